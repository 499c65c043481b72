"""A table of lists, made by a comprehension and filled in place."""

MODES = ("grad", "value-and-grad", "jvp")
ORDER = 2
ARGS = ([0.7, -1.2, 1.5],)


def matrix_of_lists(x):
    n = len(x)
    table = [[0.0] * (n + 1) for _ in range(n + 1)]
    for i in range(1, n + 1):
        for j in range(1, n + 1):
            table[i][j] = 0.5 * table[i - 1][j] + table[i][j - 1] * x[j - 1] + x[i - 1]
    return table[n][n]
