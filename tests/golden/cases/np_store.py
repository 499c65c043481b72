"""Functions that write: `fill`, `copyto`; arrays made with zeros and filled."""

import numpy as np

ARGS = (np.array([0.3, -0.2, 1.4]), 0.7)


def np_store(u, x):
    a = np.zeros(3)
    b = np.ones_like(u)
    a.fill(x)
    np.copyto(b, u * a)
    a[1:] = b[:-1] * x
    b[0] = x
    return np.sum(a * b)
