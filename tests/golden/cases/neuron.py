"""The main example: two records, one sigmoid."""

import math

ARGS = ([2, -3, -3], [-1, -2])
MODES = ("grad", "value-and-grad", "vjp", "jvp")
PASSES = "normalise stage alias activity reverse simplify save own fuse"
ORDER = 2


def neuron(w, x):
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot))
    return f


def closed(w, x):
    f = 1 / (1 + math.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))
    d = f * (1 - f)
    return [x[0] * d, x[1] * d, d], [w[0] * d, w[1] * d]
