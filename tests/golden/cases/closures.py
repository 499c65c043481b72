"""Functions that are returned, chosen from a dict, decorated, and filled in with `partial`."""

import functools
import math

ARGS = (0.7, 1.3)
ORDER = 2


def twice(function):
    @functools.wraps(function)
    def inner(*args, **kw):
        return function(function(*args, **kw), **kw)

    return inner


@twice
def bent(x, by=0.5):
    return math.sin(x) + by * x


def counter(start, step):
    count = start

    def advance():
        nonlocal count
        count = count * step + start
        return count

    return advance


def line(a, b, x, c=0.0):
    return a * x + b + c * x * x


def closures(x, y):
    one, other = counter(x, y), counter(y, x)
    curves = {"line": functools.partial(line, x, c=y), "sine": lambda t: math.sin(t * x)}
    slope = functools.partial(curves["line"], 2.0)
    return one() * one() + other() * slope(y) + curves["sine"](bent(x, by=y)) + bent(y)
