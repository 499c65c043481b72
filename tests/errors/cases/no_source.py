from srcgrad import grad


namespace = {}
exec("def f(x):\n    return x * x\n", namespace)


def mistake():
    grad(namespace["f"])(1.5)
