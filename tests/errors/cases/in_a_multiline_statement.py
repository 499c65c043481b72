import math

from srcgrad import grad


def f(x):
    return (
        x
        * math.nextafter(
            x,
            2.0,
        )
    )


def mistake():
    grad(f)(1.5)
