"""A slice store into the caller's array, which ends as the function leaves it."""

import numpy as np

ARGS = (np.array([0.3, -0.2, 1.4, 0.5, -0.6, 0.9]), 0.2, 3)
WRT = ("u", "alpha")
MODES = ("grad", "vjp")


def heat_in_place(u, alpha, steps):
    for _ in range(steps):
        u[1:-1] += alpha * u[1:-1] * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u * u)
