from srcgrad import grad


def f(w, x):
    return w * x


def mistake():
    grad(f)(1.0, y=2.0)
