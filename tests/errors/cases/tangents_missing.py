from srcgrad import jvp


def f(w, x):
    return w * x


def mistake():
    jvp(f)((1.0, 2.0), (1.0,))
