"""The user's own `dx`, `x_tape` and `x_2` are not captured."""

import math

ARGS = ([0.3, 0.5], 0.7)
MODES = ("grad", "vjp", "jvp")


def names(x, dx):
    x_tape = 1.0
    x_2 = dx * dx
    for dy in x:
        x_tape = math.sin(x_tape * dy) + x_2
    pullback = x_tape * dx
    return pullback
