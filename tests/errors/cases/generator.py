from srcgrad import grad


@grad
def f(x):
    yield x * x


def mistake():
    f(1.5)
