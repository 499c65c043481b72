from srcgrad import grad


def f(x):
    def scaled(y):
        return x * y

    return scaled


def mistake():
    grad(f)(1.5)
