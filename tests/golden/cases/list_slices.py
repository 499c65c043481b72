"""Slices of lists and sums of lists are lists of their own."""

ARGS = ([0.5, 1.2, -0.7, 1.9], 2)
MODES = ("grad", "vjp", "jvp")


def list_slices(xs, n):
    ys = xs[:]
    ys[n] = ys[n] * 3.0
    s = ys[n] * xs[n]
    for a, b in zip(ys[:-1], ys[1:]):
        s = s * a + b
    zs = [s] + xs[1:n] + ys[::-1]
    zs[0] *= 2.0
    return sum(zs) * zs[n] * sum(xs[::n])
