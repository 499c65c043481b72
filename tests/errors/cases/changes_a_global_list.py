from srcgrad import grad


history = []


def f(x):
    history.append(x)
    return x * history[-1]


def mistake():
    grad(f)(1.5)
