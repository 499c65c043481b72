from srcgrad import grad


def area(a, b):
    return a * b


def f(x):
    return area(x)


def mistake():
    grad(f)(1.5)
