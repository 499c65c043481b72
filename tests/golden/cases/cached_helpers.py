"""Caches around helpers, with and without what varies; methods as functions that are handed on."""

import functools

ARGS = (0.7, 3)
WRT = "x"
ORDER = 2


@functools.lru_cache(maxsize=None)
def growth(x, n):
    return x if n < 2 else growth(x, n - 1) * growth(x, n - 2) + n


@functools.cache
def factorial(n):
    return 1.0 if n == 0 else n * factorial(n - 1)


class Curve:
    def __init__(self, rate):
        self.rate = rate

    def at(self, x):
        return self.rate * x * x

    @staticmethod
    def half(x):
        return 0.5 * x


CURVE = Curve(1.5)


def both(outer, inner, x):
    return outer(inner(x))


def cached_helpers(x, n):
    return growth(x, n) * factorial(n) + both(CURVE.at, Curve.half, x)
