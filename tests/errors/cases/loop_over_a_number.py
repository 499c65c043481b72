from srcgrad import grad


def f(n):
    total = 0.0
    for k in n:
        total += k
    return total


def mistake():
    grad(f)(3.0)
