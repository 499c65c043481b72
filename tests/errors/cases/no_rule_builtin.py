from srcgrad import grad


def f(xs):
    return pow(xs[0], xs[1])


def mistake():
    grad(f)([2.0, 1.0])
