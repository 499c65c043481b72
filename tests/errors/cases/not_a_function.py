from srcgrad import grad


def mistake():
    grad(3.0)
