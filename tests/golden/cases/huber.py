"""An early return that is a tail branch: each branch has its own backward part."""

ARGS = (-2.3, 1.0)
POINTS = ((0.3, 1.0), (1.0, 1.0))
MODES = ("grad", "vjp", "jvp")
PASSES = "simplify"


def huber(r, delta):
    a = abs(r)
    if a <= delta:
        return 0.5 * r * r
    return delta * (a - 0.5 * delta)


def closed(r, delta):
    if abs(r) <= delta:
        return r, 0.0
    return (delta if r > 0 else -delta), abs(r) - delta
