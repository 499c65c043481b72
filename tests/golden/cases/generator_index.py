"""A sum over a range: its index is a factor."""

ARGS = (1.1,)


def generator_index(a):
    return sum(a * a * k for k in range(4))


def closed(a):
    return 12 * a
