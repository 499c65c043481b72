"""Augmented assignment to elements, by every arithmetic operator."""

import numpy as np

ARGS = ([1.5, 2.0, 3.0], np.array([0.5, 1.5, 2.5]))


def augmented_elements(xs, v):
    ys = [x * 2 for x in xs]
    w = v * 2
    for i in range(2):
        ys[i] **= 2
        ys[i + 1] -= ys[i] * xs[i]
        w[i] *= ys[i + 1]
        w[i + 1] /= w[i]
    w -= v
    return ys[0] * ys[2] + np.sum(w)
