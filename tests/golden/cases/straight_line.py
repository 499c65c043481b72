"""Overwriting, a swap, tuple unpacking, augmented assignment, a name used in its own assignment."""

import math

ARGS = (0.7, 1.3, 0.4)
PASSES = "normalise stage simplify"
ORDER = 2


def straight_line(a, b, c):
    x = a * b
    y = x + c
    x, y = y, x * y
    x *= math.sin(y)
    x = x * x - a
    (u, v), t = (x, y), x / c
    t -= u
    t /= 2 + v * v
    return t * u + v
