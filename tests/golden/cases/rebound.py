"""An array that is changed as a whole, and that nothing else refers to, is a value."""

import numpy as np

ARGS = (
    np.array([[0.3, -0.2, 1.4], [0.5, 1.4, 0.9]]),
    np.array([[1.0, 0.5], [0.25, -0.5], [-1.0, 2.0]]),
)
ORDER = 2


def rebound(s, v):
    e = np.exp(s - s.max(axis=1, keepdims=True))
    e /= e.sum(axis=1, keepdims=True)
    h = e @ v
    h += 0.5
    h **= 2
    h[:] = np.tanh(h)
    return np.sum(h)
