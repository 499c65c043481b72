from srcgrad import grad, primitive


@primitive(d=("scale", None))
def scaled(x, scale):
    return x * scale


def f(x, scale):
    return scaled(x, scale)


def mistake():
    grad(f)(1.5, 2.0)
