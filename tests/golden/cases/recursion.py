"""A function that calls itself once, and one that calls itself twice."""

import math

ARGS = (0.7, 4)
WRT = "x"
MODES = ("grad", "vjp", "jvp")
ORDER = 2


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def tree(x, n):
    if n == 0:
        return math.sin(x)
    return tree(x * 0.5, n - 1) * tree(x + 0.1, n - 1)


def recursion(x, n):
    return power(x, n) + tree(x, 3)
