"""Masks: what they choose is read and stored, and each place is chosen once."""

import numpy as np

MODES = ("grad", "jvp")
ARGS = (np.array([0.3, -0.8, 1.7, 0.5]), np.array([1.1, 0.4, -0.6, 0.2]), 0.7)
ORDER = 2


def masks(x, w, low):
    above = x > 0
    y = w * low
    y[above] = x[above] ** 2
    y[~above] *= low
    return np.sum(y[above] * w[above]) + np.sum(y * y)
