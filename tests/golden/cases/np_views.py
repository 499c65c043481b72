"""Functions whose result is a view, or may be one: of values, and of memory that is written later."""

import numpy as np

ARGS = (np.array([[0.3, -0.2, 1.4], [0.5, 1.4, 0.9]]),)


def np_views(m):
    t = m.T
    flat = m.ravel()
    square = m.reshape(3, 2)
    wide = np.broadcast_to(flat, (2, 6))
    return np.sum(t * square) + np.sum(wide * wide) + flat[2] * t[1, 0]
