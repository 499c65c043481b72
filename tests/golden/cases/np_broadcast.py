"""Broadcasting of every shape to every other, undone by sums."""

import numpy as np

ARGS = (
    np.array([[0.3, -0.2, 1.4], [0.5, 1.4, 0.9]]),
    np.array([1.0, 2.0, -1.0]),
    np.array([[0.5], [2.0]]),
    1.5,
)
PASSES = "reverse simplify"
ORDER = 2


def np_broadcast(m, row, column, x):
    a = m * row + column
    b = column * row - x
    return np.sum(a * b * x) + np.sum(row * x)
