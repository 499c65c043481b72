from srcgrad import grad


def f(x):
    if x > 0:
        step = lambda y: y * y
    else:
        step = lambda y: 2 * y
    return step(x)


def mistake():
    grad(f)(1.5)
