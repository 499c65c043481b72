"""A neuron: a weighted sum of two inputs and a bias, squashed by a sigmoid."""

import math


def neuron(w, x):
    """The activation of a neuron with weights `w` (the last one is the bias) and inputs `x`.

    >>> neuron([2, -3, -3], [-1, -2])
    0.7310585786300049
    """
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot))
    return f
