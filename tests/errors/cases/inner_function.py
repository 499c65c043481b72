from srcgrad import grad


def f(x):
    def square(y):
        return y * y

    return square(x)


def mistake():
    grad(f)(1.5)
