from srcgrad import grad


def f(xs):
    scaled = []
    for x in xs:
        scaled.append(lambda y: x * y)
    return scaled[0](2.0)


def mistake():
    grad(f)([1.5, 0.5])
