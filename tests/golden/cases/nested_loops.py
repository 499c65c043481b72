"""A taped loop in a taped loop, bounds that the inner loop overwrites, a loop that counts down."""

import math

ARGS = (0.4, 3)
WRT = "x"
ORDER = 2


def nested_loops(x, n):
    y = x
    for i in range(n, 0, -1):
        for j in range(i):
            y = y * x + math.sin(y) / (j + i)
        n = 7
        y += n * x
    return y
