"""A conditional expression as the whole function, and a chained comparison."""

ARGS = (0.7, 0.2)
POINTS = ((0.2, 0.7), (1.4, 0.7))
PASSES = "normalise"
ORDER = 2


def ternary(x, y):
    return x * x * y if 0 < y < x < 1 else x * y * y
