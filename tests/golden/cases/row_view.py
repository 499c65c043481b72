"""A row of a matrix under a name of its own, written through."""

import numpy as np

ARGS = (np.array([[0.3, -0.2, 1.4], [0.5, -0.6, 0.9]]), 0.7)
PASSES = "stage alias activity reverse"


def row_view(a, x):
    m = a * a
    row = m[1]
    row[0] = x * x
    row *= 3
    total = 0.0
    for i in range(2):
        part = m[i]
        part[2] = part[0] * part[1]
        total += np.sum(part)
    return total + row[1]
