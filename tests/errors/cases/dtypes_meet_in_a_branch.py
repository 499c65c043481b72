import numpy as np

from srcgrad import grad


def f(x, n):
    if len(x) < n:
        x = np.concatenate([x, np.zeros(n - len(x))])
    return np.sum(x)


def mistake():
    grad(f, wrt="x")(np.ones(2, dtype=np.float32), 3)
