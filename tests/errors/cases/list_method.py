from srcgrad import grad


def f(x):
    xs = [x]
    xs.push(2.0 * x)
    return xs[0]


def mistake():
    grad(f)(1.5)
