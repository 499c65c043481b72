from srcgrad import grad


def f(params):
    total = 0.0
    for value in params.values():
        total += value * value
    return total


def mistake():
    grad(f)({"a": 1.0, "b": 2.0})
