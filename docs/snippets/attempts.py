"""A `try` that leaves in doubt what has happened, and one that does not."""

import math


def doubtful(x):
    y = x
    try:
        y = math.sqrt(x)
        y = math.log(y)
    except ValueError:
        y = y + 1.0
    return y


def log_or_line(x):
    try:
        y = math.log(x)
    except ValueError:
        y = x - 1.0
    return y * y
