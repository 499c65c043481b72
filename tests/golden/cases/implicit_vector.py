"""The root of several equations, and a fixed point: a matrix of slopes, and a system to solve."""

import numpy as np

import srcgrad

ARGS = (np.array([[2.0, 1.0], [0.5, 3.0]]), np.array([1.0, -2.0]))
MODES = ("grad", "jvp")
ORDER = 2


@srcgrad.implicit_root(lambda x, A, b: A @ x + 0.1 * x**3 - b, kind="like b")
def bent(A, b):
    x = np.zeros_like(b)
    for _ in range(50):
        x = x - np.linalg.solve(A + np.diag(0.3 * x**2), A @ x + 0.1 * x**3 - b)
    return x


@srcgrad.implicit_fixed_point(lambda y, A, x: np.tanh(0.2 * (A @ y)) + x, kind="like x")
def settled(A, x):
    y = x
    for _ in range(100):
        y = np.tanh(0.2 * (A @ y)) + x
    return y


def implicit_vector(A, b):
    x = bent(A, b)
    y = settled(A, x)
    return np.sum(x * y)
