"""A row written through under a name that is bound anew in each turn of a loop."""

import numpy as np

ARGS = (np.array([[0.3, -0.2, 1.4], [0.5, -0.6, 0.9]]),)


def row_in_loop(a):
    m = a * a
    total = 0.0
    for i in range(2):
        part = m[i]
        part[2] = part[0] * part[1]
        total += np.sum(part)
    return total
