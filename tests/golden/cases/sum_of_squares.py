"""A loop linear in its state: no forward pass, no tape."""

ARGS = ([1.0, -2.0, 0.5, 3.0],)
PASSES = "simplify own"
ORDER = 2


def sum_of_squares(xs):
    total = 0.0
    for x in xs:
        total += x * x
    return total


def closed(xs):
    return [2 * x for x in xs]
