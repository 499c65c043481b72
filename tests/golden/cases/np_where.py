"""A choice by mask: nothing passes to the side not taken, not even inf or nan."""

import numpy as np

ARGS = (np.array([0.3, -0.2, 0.0, 1.4]),)


def np_where(u):
    safe = np.where(u > 0, u, 1.0)
    return np.sum(np.where(u > 0, np.sqrt(safe), u * u)) + np.sum(np.sign(u) * u)


def closed(u):
    return np.where(u > 0, 0.5 / np.sqrt(np.where(u > 0, u, 1.0)), 2 * u) + np.sign(u)
