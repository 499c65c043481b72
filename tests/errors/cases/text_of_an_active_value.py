from srcgrad import grad


def f(x):
    return float(f"{x}") * x


def mistake():
    grad(f)(1.5)
