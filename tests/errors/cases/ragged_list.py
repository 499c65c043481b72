from srcgrad import grad


def f(rows):
    total = 0.0
    for row in rows:
        total += row[0]
    return total


def mistake():
    grad(f)([[1.0, 2.0], 3.0])
