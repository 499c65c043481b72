"""Reductions over an axis, with and without keepdims, and those with ties."""

import numpy as np

ARGS = (np.array([[0.3, -0.2, 1.4], [0.5, 1.4, 0.9]]),)
ORDER = 2


def np_reduce(m):
    s = np.sum(m, axis=0)
    t = np.mean(m * m, axis=1, keepdims=True)
    u = m - np.max(m, axis=1, keepdims=True)
    return np.sum(s * s) + np.sum(u * t) * np.mean(m) + m.min() + m.sum(axis=(0, 1))
