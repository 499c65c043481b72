from srcgrad import grad, primitive


def mistake():
    @primitive
    def square(x):
        return x * x

    grad(lambda x: square(x))(1.5)
