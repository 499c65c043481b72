"""A slice store into a copy of the caller's array."""

import numpy as np

ARGS = (np.array([0.3, -0.2, 1.4, 0.5, -0.6, 0.9]), 0.2, 3)
WRT = ("u", "alpha")
PASSES = "alias save own"


def heat(u, alpha, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += alpha * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u * u)
