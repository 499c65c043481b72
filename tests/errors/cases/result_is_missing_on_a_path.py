from srcgrad import grad


def f(x):
    if x > 0:
        return x * x


def mistake():
    grad(f)(-1.5)
