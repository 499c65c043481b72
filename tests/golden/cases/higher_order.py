"""`map`, `filter`, `reduce`, and the functions of `operator`, written out."""

import functools
import math
import operator

ARGS = ([0.7, -0.4, 1.2], 0.5)
ORDER = 2


def composed(*functions):
    def run(value):
        for function in functions:
            value = function(value)
        return value

    return run


def higher_order(xs, k):
    bend = composed(math.sin, lambda v: v * k, operator.neg)
    product = functools.reduce(operator.mul, map(bend, xs), k)
    horner = functools.reduce(lambda total, x: total * k + x, xs)
    return product * horner + sum(filter(lambda x: x > 0, xs))
