"""Strings, flags, None and range bounds: gradient None."""

import math

ARGS = (0.7, "sin", True, None, 3)
PASSES = "fuse"


def non_numbers(x, name, flag, option, n):
    y = x
    for _ in range(n):
        y = math.sin(y) if name == "sin" else math.cos(y)
    if flag and option is None:
        y = y * y
    return y
