import math

from srcgrad import grad


def f(x):
    logs = []
    try:
        for v in x:
            logs.append(math.log(v))
    except ValueError:
        pass
    return sum(logs)


def mistake():
    grad(f)([1.5, 2.5])
