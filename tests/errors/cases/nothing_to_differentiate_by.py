from srcgrad import grad


def loss(weights=1.0):
    return weights * weights


def mistake():
    grad(loss)()
