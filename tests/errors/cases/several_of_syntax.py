from srcgrad import grad


def f(x):
    global calls
    calls = 1

    class Point:
        pass

    return (yield x)


def mistake():
    grad(f)(1.5)
