"""Arrays made of numbers, of rows, and of lists: each part of the cotangent goes where it came from."""

import math

import numpy as np

MODES = ("grad", "jvp")
ARGS = (0.4, np.array([0.3, -0.8]), [0.2, 0.5])
ORDER = 2


def array_of_numbers(t, x, ws):
    c, s = math.cos(t), math.sin(t)
    turn = np.array([[c, -s], [s, c]])
    both = np.array([turn @ x, x])
    weights = np.array(ws)
    return np.sum(both * both) * weights @ np.array([t, 1])
