from srcgrad import grad


def f(x):
    class Point:
        pass

    return x


def mistake():
    grad(f)(1.5)
