from srcgrad import grad


def f(x):
    y = x * x


def mistake():
    grad(f)(1.5)
