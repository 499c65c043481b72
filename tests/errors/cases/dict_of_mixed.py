import numpy as np

from srcgrad import grad


def f(params, x):
    k = 0
    while k < 2:
        x = x @ params[f"W{k}"] + params[f"b{k}"]
        k += 1
    return np.sum(x)


def mistake():
    layer = {"W0": np.ones((2, 2)), "b0": np.ones(2), "W1": np.ones((2, 1)), "b1": np.ones(1)}
    grad(f)(layer, np.ones((3, 2)))
