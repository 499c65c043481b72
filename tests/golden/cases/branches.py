"""if/elif/else, a branch without else, a nested one, a conditional expression."""

import math

ARGS = (0.7, -0.4)
MODES = ("grad", "vjp", "jvp")
ORDER = 2
POINTS = ((-0.7, 0.4), (2.5, 0.1), (0.2, 3.0))
PASSES = "stage reverse"


def branches(x, y):
    if x < 0:
        z = x * y
    elif x < 1:
        z = math.sin(x)
        if y < 0:
            z = z * y
    else:
        z = x * x
        x = y
    if z * y > 1:
        z += x
    w = z * z if y > 0 else z * x
    return w + x
