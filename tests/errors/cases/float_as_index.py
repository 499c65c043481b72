from srcgrad import grad


def f(xs, k):
    return xs[k] * k


def mistake():
    grad(f)([1.0, 2.0], 1.0)
