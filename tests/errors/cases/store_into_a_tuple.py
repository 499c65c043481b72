from srcgrad import grad


def f(t):
    t[0] = 2.0
    return t[0] * t[1]


def mistake():
    grad(f)((1.0, 2.0))
