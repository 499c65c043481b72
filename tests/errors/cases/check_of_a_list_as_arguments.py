from srcgrad import check_grads


def f(xs):
    return xs[0] * xs[1]


def mistake():
    check_grads(f, [1.5, 2.0])
