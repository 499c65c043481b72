"""The heat equation on a rod: an array updated in place, a slice at a time."""

import numpy as np


def heat(u, alpha, steps):
    """The energy left in a rod of temperatures `u` after some `steps` of diffusion at rate `alpha`.

    The caller's `u` stays as it is. The two ends of the rod are held at their temperatures.

    >>> float(heat(np.array([0.0, 0.0, 4.0, 0.0, 0.0]), 0.25, 2))
    4.25
    """
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += alpha * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u * u)
