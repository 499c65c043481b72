"""Stores at arrays of subscripts: the last one wins, but `np.add.at` counts each."""

import numpy as np

ARGS = (np.array([0.3, -0.8, 1.7]), np.array([0.5, 0.2, 0.9]), np.array([0, 2, 2]))
WRT = ("x", "v")
ORDER = 2


def stored_at(x, v, places):
    y = x * x
    np.add.at(y, places, v)
    y[places] = 2 * v
    y[[0, 1]] += v[:2]
    return np.sum(y * y * x)
