from srcgrad import grad


def f(x):
    global calls
    calls = len({x, 2 * x})

    class Point:
        pass

    return x


def mistake():
    grad(f)(1.5)
