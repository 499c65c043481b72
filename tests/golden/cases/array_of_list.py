"""A list that is built in a loop, as an array; and an array as a list."""

import numpy as np

ARGS = (0.3, np.array([0.5, 1.5, -0.2]))
ORDER = 2


def array_of_list(x, w):
    powers = []
    term = 1.0
    for k in range(3):
        powers.append(term / (k + 1))
        term *= x
    first, *_ = (w * w).tolist()
    return np.array(powers) @ w + first
