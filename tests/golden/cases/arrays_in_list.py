"""A list of arrays, of which elements are stored anew and changed in place."""

import numpy as np

MODES = ("grad", "vjp", "jvp")
ORDER = 2
ARGS = (np.array([0.7, -1.2, 1.5]), 3)
WRT = ("u",)


def arrays_in_list(u, n):
    states = [np.zeros(3) for _ in range(n + 1)]
    states[0] = u
    for k in range(n):
        states[k + 1] = states[k] * u + np.sin(states[k])
        states[k + 1][0] = states[k][1] * 0.5
    states[1] += u
    return np.sum(states[n] * states[1])
