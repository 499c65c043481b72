"""At the kinks: `abs'(0) = 0`, ties of `max` and `min` share evenly, `hypot'(0, 0) = 0`."""

import math

ARGS = (0.0, 0.0, 1.5)


def kinks(x, y, z):
    a = 2 * abs(x) + 3 * math.fabs(x)
    b = 4 * max(x, y) + 8 * min(x, y) + 12 * max(x, y, x * y)
    c = 16 * math.hypot(x, y)
    d = max(z, 1.5) + min(1.5, z)
    return a + b + c + d


def closed(x, y, z):
    return 4.0 / 2 + 8.0 / 2 + 12.0 / 3, 4.0 / 2 + 8.0 / 2 + 12.0 / 3, 1.0
