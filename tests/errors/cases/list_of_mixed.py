from srcgrad import grad


def f(xs):
    total = 0.0
    for x in xs:
        total += x
    return total


def mistake():
    grad(f)([1.0, "two"])
