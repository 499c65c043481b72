"""Products of matrices and vectors in each combination of ranks."""

import numpy as np

ARGS = (
    np.array([[0.3, -0.2], [0.5, 1.4], [1.0, 2.0]]),
    np.array([[0.7, 0.1, -0.3], [0.2, -0.6, 0.8]]),
    np.array([1.0, -2.0]),
)
MODES = ("grad", "jvp")
ORDER = 2


def np_matmul(a, b, v):
    y = a @ v
    z = y @ a
    return np.sum((a @ b) * (b.T @ a.T)) + z @ v + np.dot(y, b.T @ v)
