"""Arrays and lists in a `try`: changed last, or made there."""

import math

import numpy as np

ARGS = (np.array([4.0, -1.0, 2.0]), [0.5, 1.5, 2.5])
POINTS = ((np.array([4.0, 1.0, 2.0]), [0.5, 1.5, -2.5]),)


def try_array(u, xs):
    for k in range(3):
        try:
            u[k] = math.sqrt(u[k]) * u[0]
        except ValueError:
            u[k] *= u[0]
    try:
        roots = [math.sqrt(x) for x in xs]
        last = roots[-1]
    except ValueError:
        last = xs[0]
    return np.sum(u * u) * last
