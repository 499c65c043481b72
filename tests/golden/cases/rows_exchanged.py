"""Rows that change places, as in Gaussian elimination: the forward pass moves their shadows, too."""

MODES = ("grad", "vjp", "jvp")
ORDER = 2
ARGS = ([[0.5, 1.2, 0.3], [2.0, 0.1, 0.7], [0.3, 0.9, 1.5]],)


def rows_exchanged(m):
    rows = [row[:] for row in m]
    det = 1.0
    for i in range(len(rows)):
        pivot = max(range(i, len(rows)), key=lambda r: abs(rows[r][i]))
        if pivot != i:
            rows[i], rows[pivot] = rows[pivot], rows[i]
            det = -det
        det *= rows[i][i]
        for row in rows[i + 1 :]:
            factor = row[i] / rows[i][i]
            for k in range(i, len(row)):
                row[k] -= factor * rows[i][k]
    return det
