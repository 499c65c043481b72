"""The neuron as a circuit: one gate on each line."""

import math


def circuit(w, x):
    """The neuron of `neuron.py`, gate by gate: `*`, `+`, `*-1`, `exp`, `+1`, `1/x`.

    >>> circuit([2, -3, -3], [-1, -2])
    0.7310585786300049
    """
    p = w[0] * x[0]
    q = w[1] * x[1]
    r = p + q
    dot = r + w[2]
    minus_dot = dot * -1
    e = math.exp(minus_dot)
    denominator = e + 1
    f = 1 / denominator
    return f
