"""A softmax cross-entropy: reductions where a broadcast was, nothing else."""

import numpy as np

ARGS = (
    np.array([[0.3, -0.2, 1.4], [0.5, 1.4, 0.9]]),
    np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
)
WRT = "z"
ORDER = 2


def softmax(z, y):
    z = z - np.max(z, axis=1, keepdims=True)
    e = np.exp(z)
    p = e / np.sum(e, axis=1, keepdims=True)
    return -np.sum(y * np.log(p))


def closed(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) - y
