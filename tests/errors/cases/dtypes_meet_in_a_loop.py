import numpy as np

from srcgrad import grad


def f(p, n):
    for _ in range(n):
        p = p @ p.T + np.eye(2)
    return np.sum(p)


def mistake():
    grad(f, wrt="p")(np.ones((2, 2), dtype=np.float32), 3)
