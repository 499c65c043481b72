"""A helper with a default: a literal, and one that is read where the function holds it."""

ARGS = (0.7,)
RATE = 3.0


def scaled(x, factor=2.0, rate=RATE):
    return x * x * factor + rate * x


def helper_defaults(x):
    return scaled(x) * scaled(x, rate=1.0)


def closed(x):
    return (4 * x + 3) * (2 * x * x + x) + (2 * x * x + 3 * x) * (4 * x + 1)
