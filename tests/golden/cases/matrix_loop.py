"""Elements of an array read and written in scalar loops."""

import numpy as np

ARGS = (np.array([[0.3, -0.2], [0.5, -0.6], [0.1, 1.2]]), np.array([0.7, -0.4]))


def matrix_loop(a, x):
    y = np.zeros(3)
    for i in range(3):
        for j in range(len(x)):
            y[i] += a[i, j] * x[j]
    total = 0.0
    for i in range(3):
        total += y[i] * y[i]
    return total


def closed(a, x):
    y = a @ x
    return 2 * np.outer(y, x), 2 * a.T @ y
