"""Globals are read live: a number and an array."""

import numpy as np

ARGS = (np.array([0.3, -0.2, 1.4]),)
RATE = 0.5
TARGET = np.array([1.0, 2.0, 3.0])


def global_array(x):
    r = x - TARGET
    return RATE * np.sum(r * r)


def closed(x):
    return x - TARGET
