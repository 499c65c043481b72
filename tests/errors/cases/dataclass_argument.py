from srcgrad import grad


from dataclasses import dataclass


@dataclass
class Model:
    w: float
    b: float


def f(model, x):
    return model.w * x + model.b


def mistake():
    grad(f)(Model(1.0, 2.0), 0.5)
