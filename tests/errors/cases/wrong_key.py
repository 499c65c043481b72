from srcgrad import grad


def f(params):
    return params["weigth"] * 2.0


def mistake():
    grad(f)({"weight": 1.0, "bias": 2.0})
