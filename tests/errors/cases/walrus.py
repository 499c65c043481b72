from srcgrad import grad


def f(x):
    if (y := x * x) > 1.0:
        return y
    return x


def mistake():
    grad(f)(1.5)
