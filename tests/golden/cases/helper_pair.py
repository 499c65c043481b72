"""A helper too long to be inlined gets a forward and a backward function, called in a loop."""

import math

ARGS = ([0.3, 0.5, 0.7], 1.1)
MODES = ("grad", "vjp", "jvp")
ORDER = 2
PASSES = "reverse"


def long_helper(x, a):
    y = x * a
    y = math.sin(y)
    y = y * y + x
    y = math.cos(y)
    y = y * a - x
    y = y * y
    y = y + a
    y = math.sqrt(y)
    y = y * x
    y = y + 1
    y = math.log(y)
    y = y * a
    y = math.exp(-y)
    y = y + x
    y = y / a
    y = math.atan(y)
    y = y * y
    y = y - x * a
    y = math.sin(y)
    y = y + 2
    y = y * a
    y = math.sqrt(y)
    y = y * x
    y = y * y
    y = y + x
    y = math.tanh(y)
    return y


def helper_pair(xs, a):
    total = 0.0
    for x in xs:
        total = total * a + long_helper(x, a)
    return total
