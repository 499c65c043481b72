"""Each assignment needs the value that it overwrites: three webs of one name."""

import math

ARGS = (0.7,)
PASSES = "save"
ORDER = 2


def overwritten_operand(x):
    x = math.sin(x)
    x = x * x * x
    x = math.exp(x) / x
    return x


def closed(x):
    s = math.sin(x)
    c = s**3
    return (math.exp(c) / c - math.exp(c) / c**2) * 3 * s**2 * math.cos(x)
