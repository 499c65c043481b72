"""What the result does not depend on leaves nothing behind: zeros for ignored arguments."""

import math

ARGS = (0.7, [1.0, 2.0], {"a": 3.0, "b": (1.0, 2)}, 5.0)
PASSES = "activity simplify"


def dead_code(x, ignored, nothing, y):
    z = math.exp(x)
    t = z * y
    t = t + 1
    if y > 100:
        t = t * y
    return z * z


def closed(x, ignored, nothing, y):
    return 2 * math.exp(2 * x), [0.0, 0.0], {"a": 0.0, "b": (0.0, 0.0)}, 0.0
