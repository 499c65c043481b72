from srcgrad import grad


def loss(weights, inputs):
    return weights * inputs


def mistake():
    grad(loss, wrt=2)
