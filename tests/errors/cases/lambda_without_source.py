from srcgrad import grad


def mistake():
    grad(eval("lambda x: x * x"))(1.5)
