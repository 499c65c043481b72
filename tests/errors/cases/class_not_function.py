from srcgrad import grad


class Model:
    def __init__(self, w):
        self.w = w


def mistake():
    grad(Model)(1.5)
