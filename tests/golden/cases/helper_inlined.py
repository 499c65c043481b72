"""Small helpers are inlined, each call anew, with keywords."""

import math

ARGS = (0.7, 0.4)
PASSES = "stage fuse"
ORDER = 2
RATE = 0.5


def soft(x, sharpness):
    if x > 3.0:
        return x
    return math.log(1 + math.exp(sharpness * x)) / sharpness


def both(x, y):
    return soft(x, 2.0), soft(y, sharpness=3.0)


def helper_inlined(x, y):
    u, v = both(x, y)
    return u * v * RATE + soft(u + 4, 1.0)
