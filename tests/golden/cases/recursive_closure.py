"""A nested function that calls itself and returns a tuple; its gradient is differentiated, too."""

import math

ARGS = (0.7, 4)
WRT = "x"
MODES = ("grad", "vjp", "jvp")
PASSES = "stage"
ORDER = 2
POINTS = ((1.1, 0), (-0.3, 1))


def recursive_closure(x, n):
    rate = x * x

    def waves(k, a, b):
        if k == 0:
            return a, b, 1
        up, down, count = waves(k - 1, b * rate, math.sin(a))
        return up * down + rate, up, count + 1

    up, down, count = waves(n, x, 1.0)
    return up * count + down
