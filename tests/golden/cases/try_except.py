"""A `try` in a loop: the backward pass takes the way that was taken, turn by turn."""

import math

ARGS = ([2.0, 0.0, 0.7, -1.2], 1.5)
POINTS = (([2.0, 3.0], 1.5), ([-2.0], 0.3))
PASSES = "normalise stage reverse"
MODES = ("grad", "jvp", "vjp")
ORDER = 2


def try_except(xs, y):
    total = 0.0
    for x in xs:
        try:
            total += math.log(x * y) / x
        except ValueError:
            total = total * y
    return total
