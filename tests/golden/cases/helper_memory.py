"""A helper of its own with arrays: what it is given and what it returns is changed afterwards."""

import numpy as np

ARGS = (np.array([0.3, 0.5, 0.7]), 0.4)
MODES = ("grad", "vjp", "jvp")
ORDER = 2


def step(a, k):
    y = a * 2.0
    y = y * a
    y = y + k
    y = y * y
    y = np.sin(y)
    y = y + a
    y = y * 1.5
    y = y - k
    y = y * a
    y = y + 1.0
    y = y * 0.5
    y = y + k
    y = y * k
    y = y - a
    y = y * 2.0
    y = y + a
    y = y * a
    y = y + 0.1
    y = y * 0.3
    y = y - 0.2
    y = y * y
    y = y + k
    y = y * 0.7
    y = y + 0.3
    out = np.tanh(y)
    return out, np.sum(out), k * a


def helper_memory(a, k):
    b = a * 1.0
    for i in range(2):
        out, total, scaled = step(b, k)
        b[i] = total
        out[0] = out[1] * k
        b += out * scaled
    return np.sum(b)
