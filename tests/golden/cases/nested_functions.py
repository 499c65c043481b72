"""Functions made inside see the variables around them as these are when they are called."""

import math

ARGS = (0.7, 3)
WRT = "x"
PASSES = "stage"
ORDER = 2
POINTS = ((-0.4, 0), (2.5, 1))


def nested_functions(x, n):
    total, k = 0.0, 2.0

    def add(value, *, by=k):
        nonlocal total
        if value > 1.0:
            return
        total = total * x + by * value * k

    for i in range(n):
        k = k + x
        add(math.sin(x) * i)
        add(x, by=i)
    return total * k
