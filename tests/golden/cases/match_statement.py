"""`match`: what kinds decide leaves nothing behind, what values decide is a branch."""

ARGS = (1.5, [2.0, 0.5, -1.0], "area", 2)
POINTS = ((1.5, [2.0, 0.5, -1.0], "area", 0), (1.5, [2.0, 0.5, -1.0], "area", 7))
WRT = ("x", "shape")
ORDER = 2


def match_statement(x, shape, what, n):
    match shape, what:
        case [a, *rest], "area":
            y = a * x + rest[0] * rest[1]
        case _:
            y = x
    match n:
        case 0:
            return y
        case 1 | 2 if x > 1:
            y *= x
        case k:
            y += k * x
    return y * y
