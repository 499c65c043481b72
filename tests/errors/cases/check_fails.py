from srcgrad import check_grads, primitive


@primitive(d="2.1 * x")
def square(x):
    return x * x


def f(w):
    return w[0] * square(w[1])


def mistake():
    check_grads(f, ([1.5, 2.0],))
