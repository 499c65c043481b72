from srcgrad import grad


class Model:
    def __call__(self, x):
        return x * x


def mistake():
    grad(Model())(1.5)
