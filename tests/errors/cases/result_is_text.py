from srcgrad import grad


def f(x):
    return str(x)


def mistake():
    grad(f)(1.5)
