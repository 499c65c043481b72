"""A row of a matrix under a name of its own, written through."""

import numpy as np

ARGS = (np.array([[0.3, -0.2, 1.4], [0.5, -0.6, 0.9]]), 0.7)
PASSES = "alias activity"


def row_view(a, x):
    m = a * a
    row = m[1]
    row[0] = x * x
    row *= 3
    row[1:] += row[0]
    return np.sum(m * a) + row[1]
