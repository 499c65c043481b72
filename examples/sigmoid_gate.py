"""The neuron again, its sigmoid grouped into one gate that carries its own local gradient."""

import math

from srcgrad import primitive


@primitive(d="(1 - out) * out")
def sigmoid(x):
    """The logistic function; its local gradient needs nothing but its own output, `out`."""
    return 1.0 / (1 + math.exp(-x))


def neuron(w, x):
    """The neuron of `neuron.py`, with `sigmoid` as a gate of the user's own.

    >>> neuron([2, -3, -3], [-1, -2])
    0.7310585786300049
    """
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    return sigmoid(dot)
