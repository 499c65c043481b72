from srcgrad import grad


class Point:
    x = 1.5


def f(p):
    return p.x * p.x


def mistake():
    grad(f)(Point())
