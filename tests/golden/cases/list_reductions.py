"""Products, distances and extremes of lists of any length."""

import math

ARGS = ([0.5, 1.2, -0.7], [0.1, 0.4, 0.3], 3)


def list_reductions(xs, ys, n):
    s = 0.0
    for k in range(n):
        xs[k] = xs[k] * 1.5
        s += max(xs) * math.prod(xs) - min(ys)
    return s * math.dist(xs, ys)
