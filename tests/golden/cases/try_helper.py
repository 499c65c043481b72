"""An exception that a helper raises, caught two calls further out; a table without a key."""

import math

ARGS = (0.7, 0.4)
POINTS = ((-0.7, 0.4), (7.0, 0.4))
ORDER = 2
SCALES = {"unit": 1.0, "double": 2.0}


def checked(x):
    if x < 0:
        raise ValueError("negative")
    if x > 5:
        raise OverflowError("large")
    return math.sqrt(x)


def scaled(x, name):
    try:
        return SCALES[name] * checked(x)
    except KeyError:
        return checked(x) * x


def try_helper(x, y):
    try:
        z = scaled(x, "double") + scaled(x, "none")
    except (ValueError, ArithmeticError):
        z = x * x
    return z * y
