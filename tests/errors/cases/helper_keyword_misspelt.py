from srcgrad import grad


def area(width, height=1.0):
    return width * height


def f(x):
    return area(x, heigth=2.0)


def mistake():
    grad(f)(1.5)
