"""Starred targets and displays of lists of unknown length, and rows turned into columns."""

ARGS = ([[0.7, -1.2, 1.5], [0.3, 0.9, -0.4]],)


def starred(rows):
    total = 0.0
    for first, *rest in rows:
        total += first * sum(rest)
    for column in zip(*rows):
        top, *_, bottom = column
        total += top * bottom
    return total
