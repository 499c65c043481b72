from srcgrad import grad


def f(x):
    with open("scale.txt") as file:
        return x * float(file.read())


def mistake():
    grad(f)(1.5)
