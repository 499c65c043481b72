"""A list of the caller's, changed in place: it ends as the function leaves it."""

ARGS = ([1.0, 2.0, 3.0], 0.5)


def list_argument(xs, y):
    for i in range(len(xs)):
        xs[i] = xs[i] * xs[i] * y
    xs[0] += y
    return xs[0] * xs[2] + xs[1]
