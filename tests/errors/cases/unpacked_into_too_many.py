from srcgrad import grad


def f(xs):
    a, b, c = xs
    return a * b * c


def mistake():
    grad(f)([1.0, 2.0])
