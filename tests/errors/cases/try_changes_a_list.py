import math

from srcgrad import grad


def f(x):
    logs = []
    try:
        for v in x:
            logs.append(math.log(v))
    except ValueError:
        return 0.0
    return sum(logs)


def mistake():
    grad(f)([1.5, 2.5])
