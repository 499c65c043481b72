"""Stores to slices of a list, which change its length, and `del` of one."""

MODES = ("grad", "jvp")
ORDER = 2
ARGS = ([0.7, -1.2, 1.5, 0.4], 2)
WRT = ("x",)


def list_store_slices(x, k):
    y = [v * v for v in x]
    y[1:k] = [x[0] * x[1], x[2], x[3] * x[3]]
    del y[-1:]
    y[:] = [v * 0.5 for v in y]
    return y[0] * y[1] + sum(y)
