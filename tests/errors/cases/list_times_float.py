from srcgrad import grad


def f(xs, a):
    ys = xs * a
    return ys[0]


def mistake():
    grad(f)([1.0, 2.0], 0.5)
