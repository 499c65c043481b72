"""Lists repeated: of numbers, and of one row that then lies in several places."""

MODES = ("grad", "jvp")
ORDER = 2
ARGS = ([0.7, -1.2], 3)
WRT = ("x",)


def list_repeated(x, n):
    tiled = x * n
    tiled[1] = x[0] * x[0]
    rows = [[x[0], x[1]]] * n
    rows[0][1] = tiled[3] * x[0]
    return sum(tiled) * rows[n - 1][1] + rows[1][0]
