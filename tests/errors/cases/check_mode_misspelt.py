from srcgrad import check_grads


def f(x):
    return x * x


def mistake():
    check_grads(f, (1.5,), modes=("reverse",))
