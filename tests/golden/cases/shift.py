"""A store whose two sides overlap."""

import numpy as np

ARGS = (np.array([0.3, -0.2, 1.4, 0.5]), np.array([1.0, 2.0, 3.0, 4.0]))
PASSES = "alias"


def shift(u, w):
    v = u * u
    v[1:] = v[:-1]
    v[0] = u[2]
    return np.sum(v * w)


def closed(u, w):
    return np.array([2 * u[0] * w[1], 2 * u[1] * w[2], 2 * u[2] * w[3] + w[0], 0.0]), np.array([u[2], u[0] ** 2, u[1] ** 2, u[2] ** 2])
