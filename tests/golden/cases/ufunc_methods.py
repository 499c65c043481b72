"""The methods of elementwise functions: what they reduce to, accumulate, and make of all pairs."""

import numpy as np

ARGS = (np.array([0.3, -0.8, 1.7]), np.array([1.1, 0.4]))
ORDER = 2


def ufunc_methods(x, w):
    table = np.multiply.outer(x, w)
    np.add.at(table, (slice(None), [0, 0]), w[0])
    steps = np.add.accumulate(x)
    return np.add.reduce(steps * x) * np.maximum.reduce(w) + np.sum(np.add.reduce(table) ** 2)
