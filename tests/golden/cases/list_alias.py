"""A list changed under two names, by element and by `+=`."""

ARGS = ([1.0, 2.0, 3.0], 0.5)
PASSES = "alias activity own"


def list_alias(xs, y):
    ys = list(xs)
    zs = ys
    zs[0] = y * xs[1]
    zs += [y, y * y]
    ys[1] *= zs[0]
    total = 0.0
    for z in ys:
        total += z * z
    return total
