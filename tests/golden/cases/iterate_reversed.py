"""A list walked from its end."""

ARGS = ([1.0, 2.0, 3.0],)
MODES = ("grad", "vjp", "jvp")


def iterate_reversed(xs):
    total = 0.0
    for x in reversed(xs):
        total = total * 0.5 + x * x
    return total


def closed(xs):
    return [2 * x * 0.5**k for k, x in enumerate(xs)]
