"""Contexts: one that says how to compute is entered in the backward pass again."""

import contextlib
import math

import numpy as np

ARGS = (np.array([0.5, 1.5]), 0.7)
POINTS = ((np.array([0.5, 1.5]), -0.7),)
ORDER = 2


def with_statement(u, x):
    with np.errstate(all="ignore"):
        v = np.sqrt(u) * x
    total = np.sum(v * v)
    with contextlib.suppress(ValueError):
        total = total * math.log(x)
    return total
