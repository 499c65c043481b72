"""Functions that generated text carries along where it needs them: their source goes into it.

They are written in the language that the compiler accepts, so that text which uses them can be
differentiated again. The modules that it may need besides `math` and `numpy` are here, too.
"""

import copy
import math

import numpy as np

__all__ = ["before", "carried", "copy", "digamma", "stop_gradient"]


def digamma(x):
    """The derivative of `math.lgamma` (Abramowitz and Stegun 6.3.5, 6.3.7 and 6.3.18)."""
    y = 0.0
    if x < 0:
        y = -math.pi / math.tan(math.pi * (x - math.floor(x)))
        x = 1 - x
    while x < 10:
        y -= 1 / x
        x += 1
    u = 1 / (x * x)
    tail = 1 / 252 - u * (1 / 240 - u * (1 / 132 - u * (691 / 32760 - u / 12)))
    return y + math.log(x) - 0.5 / x - u * (1 / 12 - u * (1 / 120 - u * tail))


def before(x):
    """The product of the elements before each, along the first axis."""
    product = np.ones_like(x)
    product[1:] = np.cumprod(x[:-1], axis=0)
    return product


def carried(c, w):
    """c, and to each element w times the one before it added, along the first axis."""
    total = c.copy()
    for k in range(len(w)):
        total[k + 1] += w[k] * total[k]
    return total


def made(cls, **parts):
    """An object of a class with these attributes: nothing that the class does to new ones is run."""
    out = object.__new__(cls)
    for name, value in parts.items():
        object.__setattr__(out, name, value)
    return out


def stop_gradient(x):
    """x itself, taken for a constant: its derivative is zero."""
    return x
