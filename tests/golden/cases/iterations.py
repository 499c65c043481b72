"""The ways to write a loop: enumerate, zip, range with a start and a step."""

ARGS = ([0.3, -0.5, 0.7], [1.0, 2.0, 3.0])


def iterations(xs, ys):
    total = 1.0
    for i, x in enumerate(xs):
        total = total * x + i
    for x, y in zip(xs, ys):
        total = total * y + x
    for i in range(1, len(xs), 2):
        total = total + xs[i] * ys[i - 1] * total
    return total
