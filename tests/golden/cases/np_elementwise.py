"""Scalar rules on arrays, by argument and by result, and an operator between arrays and numbers."""

import numpy as np

ARGS = (np.array([0.3, 0.8, 1.4]), 0.7)
ORDER = 2


def np_elementwise(x, a):
    y = np.exp(a * x) + np.tanh(x) * np.sqrt(x)
    z = np.sin(y) / (1 + x**2) + np.maximum(x, a)
    return np.sum(z * np.log(x + 2) - abs(z))
