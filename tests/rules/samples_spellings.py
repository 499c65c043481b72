"""Points at which other spellings of NumPy's functions are checked, as in `samples`."""

import numpy as np

V = np.array([0.5, -1.2, 2.1, 0.9, -0.3])
W = np.array([1.4, 0.6, -0.8, 1.1, 0.2])
P = np.array([0.5, 1.2, 2.1])
Q = np.array([1.4, 0.6, 0.8])
M = np.array([[0.3, -0.8, 1.7], [1.1, 0.4, -0.6]])
N = np.array([[0.2, 0.9], [-1.3, 0.6], [0.7, 1.5]])
T = np.arange(24.0).reshape(2, 3, 4) % 7 - 2.5
S = np.array([[0.9, -0.8, 1.7], [1.1, 1.4, -0.6], [0.2, 0.1, -0.5]])
UP = np.array([0.1, 0.5, 1.2, 2.0, 3.1])

PRELUDE = """

RISING = np.array([0.1, 0.5, 1.2, 2.0, 3.1])


def multiplied(pair):
    a, b = pair
    return a * b


def with_diagonal(a, value):
    a = a * 1.0
    np.fill_diagonal(a, value)
    return a
"""

SAMPLES = {
    "numpy.r_": [
        ("np.r_[x, y, 1.0] * 2.0", V, 0.7),
        ("np.r_[0:3, x] * np.r_[x, 1:4]", P),
        ("np.r_[x, y]", M, M + 1),
        ("np.r_[x]", V),
    ],
    "numpy.c_": [("np.c_[x, y, [1.0, 2.0, y[0]]] * 2.0", P, Q), ("np.c_[x, y]", N, P)],
    "numpy.piecewise": [
        ("np.piecewise(x, [x < 0, x >= 0], [lambda v: v**2, lambda v: np.sin(v)])", V),
        ("np.piecewise(x, [x < 0, x > 1], [lambda v: v**2, 3.0, lambda v: -v]) * x", V),
        ("np.piecewise(x, [x < 0], [lambda v: v**2]) * x", M),
        ("np.piecewise(x, x < 0, [lambda v, a: a * v, lambda v, a: v**a], y)", V, 1.3),
    ],
    "numpy.diag:vector": [("np.diag(x) ** 2", P), ("np.diag(np.diag(x @ x.T) ** 2) * y", M, 0.7)],
    "numpy.diagonal": [
        ("np.diag(x, 1) ** 2", M),
        ("np.diagonal(x, -1) ** 2", N),
        ("np.diag(x @ x.T, -1) * y", S, P[:2]),
        ("np.diag(x) * y", M, 0.7),
    ],
    "numpy.unique": [("np.unique(x) * y", V, W), ("np.unique(x) ** 2", M)],
    "numpy.ndarray.compress": [("x.compress([True, False, True]) ** 2", P)],
    "numpy.fill_diagonal": [
        ("with_diagonal(x, y) ** 2", S, 0.7),
        ("with_diagonal(x, y) ** 2", S, P),
        ("with_diagonal(x, y) ** 2", M, 0.7),
        ("with_diagonal(x, y) ** 2", N, 0.7),
        ("with_diagonal(x, 0) ** 2", S),
    ],
    "numpy.insert": [
        ("np.insert(x, [1, 3], y) ** 2", V, P[:2]),
        ("np.insert(x, (3, 1, -1), y) ** 2", V, P),
        ("np.insert(x, [1, 1], y) ** 2", V, 0.7),
        ("np.insert(x, 2, y) ** 2", V, P),
        ("np.insert(x, 1, y, axis=0) ** 2", M, P),
        ("np.insert(x, 1, y, axis=1) ** 2", M, P[:2]),
        ("np.insert(x, -1, y, axis=-1) ** 2", M, 0.7),
        ("np.insert(x, 1, y, axis=1) ** 2", M, N),
        ("np.insert(x, [0, 2], y, axis=1) ** 2", M, M[:, :2]),
    ],
    "numpy.diff": [
        ("np.diff(x, prepend=y) ** 2", V, 0.7),
        ("np.diff(x, 2, append=y) ** 2", V, P),
        ("np.diff(x, prepend=[y, 1.0], append=0) ** 2", V, 0.7),
        ("np.diff(x, axis=0, prepend=y) ** 2", M, 0.7),
        ("np.diff(x, append=y) ** 2", M, M),
        ("np.diff(x, 0, prepend=y) ** 2", V, 0.7),
    ],
    "numpy.linspace:arrays": [
        ("np.linspace(x, y, 4) ** 2", P, Q),
        ("np.linspace(x, y, 4, endpoint=False) ** 2", P, 0.7),
        ("np.linspace(0.0, y, 4, axis=-1) ** 2", M),
        ("np.linspace(x, y, 3, axis=1) ** 2", M, P),
    ],
    "numpy.geomspace:arrays": [
        ("np.geomspace(x, y, 4)", P, Q),
        ("np.geomspace(x, y, 4, axis=-1)", P, 0.7),
        ("np.geomspace(x, y, 4, endpoint=False)", -P, -0.7),
    ],
    "numpy.logspace": [
        ("np.logspace(x, y, 4, base=2.0)", P, Q),
        ("np.logspace(x, 1.0, 4, axis=1)", P),
    ],
    "numpy.full:array": [("np.full((2, 3), x) * y", P, M)],
    "numpy.full_like:array": [("np.full_like(x, y) * x", M, P)],
    "numpy.interp:period": [
        ("np.interp(3.0 * x, RISING, y, period=3.5)", V, W),
        ("np.interp(3.0 * x, RISING[::-1], y, period=-2.3)", V, W),
        ("np.interp(x, y, RISING, period=z)", 0.7, UP, 2.3),
    ],
    "numpy.average:returned": [
        ("multiplied(np.average(x, returned=True))", V),
        ("multiplied(np.average(x, axis=0, returned=True))", M),
        ("multiplied(np.average(x, None, y, True))", V, W + 1),
        ("multiplied(np.average(x, axis=1, weights=y, returned=True))", M, P),
        ("multiplied(np.average(x, axis=0, weights=y, returned=True, keepdims=True))", M, M + 2),
    ],
    "numpy.cumulative_sum": [
        ("np.cumulative_sum(x) ** 2", V),
        ("np.cumulative_sum(x, include_initial=True) ** 2", V),
        ("np.cumulative_sum(x, axis=1, include_initial=True) ** 2", M),
    ],
    "numpy.cumulative_prod": [
        ("np.cumulative_prod(x, axis=0) ** 2", M),
        ("np.cumulative_prod(x, include_initial=True) ** 2", V),
        ("np.cumulative_prod(x, axis=-1, include_initial=True) ** 2", M),
    ],
    "numpy.unwrap": [("np.unwrap(x, period=3.0) ** 2", 3 * V)],
    "numpy.linalg.matrix_transpose": [("np.linalg.matrix_transpose(x) ** 2", T)],
    "numpy.linalg.diagonal": [("np.linalg.diagonal(x, offset=1) ** 2", T)],
    "numpy.linalg.trace": [
        ("np.linalg.trace(x) ** 2", S),
        ("np.linalg.trace(x, offset=1) ** 2", T),
    ],
    "numpy.linalg.vector_norm": [
        ("np.linalg.vector_norm(x, keepdims=True)", M),
        ("np.linalg.vector_norm(x, axis=(0, 1))", M),
        ("np.linalg.vector_norm(x, axis=(0, 2), keepdims=True)", T),
        ("np.linalg.vector_norm(x, ord=1, keepdims=True)", M),
    ],
    "numpy.histogram": [
        ("np.histogram(x, 3)[0] * x[:3]", V),
        ("np.histogram(x, bins=[-2.0, 0.0, 1.0, 3.0])[0] * x[:3]", V),
        ("np.histogram(x, 4, (-2.0, 3.0))[0] * y[:4]", M, V),
        ("np.histogram(x, 3)[1] ** 2", V),
        ("np.histogram(x, y)[1] ** 2", V, UP),
    ],
    "numpy.nanargmax": [("np.nanargmax(x)", V), ("np.nanargmax(x, axis=1)", M)],
    "numpy.nanargmin": [("np.nanargmin(x)", V)],
    "numpy.nonzero": [("np.where(x > 0)[1]", M), ("np.where(x > 0)[0]", V)],
    "numpy.sort": [("np.sort(x, kind='stable') * y", V, W)],
    "scipy.integrate.simpson": [
        ("integrate.simpson(x, dx=0.3) ** 2", V),
        ("integrate.simpson(x[:4], dx=y)", V, 0.3),
        ("integrate.simpson(x[:2])", V),
        ("integrate.simpson(x, axis=0) ** 2", M),
        ("integrate.simpson(x)", T),
    ],
}
