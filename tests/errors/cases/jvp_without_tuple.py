from srcgrad import jvp


def f(x):
    return x * x


def mistake():
    jvp(f)(1.5, 1.0)
