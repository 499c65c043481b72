"""Arrays taken for what Python makes of them: rows, elements, sequences, numbers."""

import numpy as np

MODES = ("grad", "jvp")
ARGS = (np.array([[0.3, -0.8], [1.7, 0.5], [0.2, 0.9]]), np.array([1.1, 0.4, -0.6]))
ORDER = 2


def array_elements(m, w):
    total = 0.0
    for k, (row, v) in enumerate(zip(m, w)):
        total += k * v * (row @ row)
    first, second, _ = m
    a, b = first
    low, *rest = w
    return total * max(w) + a * b * low * rest[0] + np.sum(sum(m) * second) * (w @ w).item()
