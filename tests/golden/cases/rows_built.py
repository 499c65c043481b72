"""Rows that are built and handed to a list: their cotangents are taken from its list."""

MODES = ("grad", "vjp", "jvp")
ORDER = 2
ARGS = ([0.7, -1.2, 1.5],)


def rows_built(x):
    rows = []
    for i, v in enumerate(x):
        row = []
        for w in x[: i + 1]:
            row.append(v * w)
        rows.append(row)
    total = 0.0
    for row in rows:
        total += row[0] * row[-1]
    return total
