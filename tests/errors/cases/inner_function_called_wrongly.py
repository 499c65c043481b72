from srcgrad import grad


def f(x):
    def scaled(y, *, by=2.0):
        return x * y * by

    return scaled(x, 3.0) + scaled(x, factor=2.0)


def mistake():
    grad(f)(1.5)
