"""Subscripts that are arrays, for the page on refusals."""

import numpy as np


def scaled(k, x):
    return np.sum(np.array([k, 2 * k]) * np.array(x))


def histogram(w, places):
    counts = np.zeros(10)
    np.add.at(counts, places, w)
    return np.sum(counts**2)
