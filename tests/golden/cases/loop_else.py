"""`else` of loops, `:=`, `del` and starred targets."""

ARGS = ([0.5, 1.5, 2.5], 2.0)
POINTS = (([0.5, 1.5, 2.5], 9.0), ([2.5, 0.5], 0.1))
ORDER = 2


def loop_else(xs, limit):
    first, *rest = xs
    for x in rest:
        if (square := x * x) > limit:
            found = square * first
            break
    else:
        found = first * limit
    del first
    return found * found
