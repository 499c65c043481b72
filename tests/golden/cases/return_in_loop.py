"""A return inside a loop, and a `break` and a `continue`."""

ARGS = ([0.5, 2.0, -1.0, 3.0], 1.5)
POINTS = (([0.5, 2.0, 1.0], 1.5), ([5.0, 5.0], 0.5), ([-1.0], 2.0))


def return_in_loop(xs, limit):
    total = 0.0
    for x in xs:
        if x < 0:
            return total * x
        if x > 1.8:
            continue
        total += x * x
        if total > limit * 100:
            break
    return total * limit
