"""Early returns that are no tail branches: more than one, before shared code."""

import math

ARGS = (0.7, 0.4)
POINTS = ((0.7, -0.4), (-0.7, 0.4), (-0.7, -0.4))
PASSES = "normalise reverse"
ORDER = 2


def early_return(x, y):
    s = x * y
    if x > 0:
        if y > 0:
            return s * math.exp(x)
        s += y * y
    s = s * s
    if s > 0.2:
        s = s * x
        return s
    return s + math.sin(y)
