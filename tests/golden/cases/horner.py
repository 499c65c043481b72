"""A loop with one tape."""

ARGS = ([1.0, 2.0, 3.0, -1.0], 0.7)
MODES = ("grad", "value-and-grad", "vjp", "jvp")
PASSES = "save own fuse"
ORDER = 2


def horner(coeffs, x):
    y = 0.0
    for c in coeffs:
        y = y * x + c
    return y


def closed(coeffs, x):
    n = len(coeffs)
    slope = sum((n - 1 - k) * c * x ** (n - 2 - k) for k, c in enumerate(coeffs[:-1]))
    return [x ** (n - 1 - k) for k in range(n)], slope
