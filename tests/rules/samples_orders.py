"""Points at which orders, windows, stores, pads and polynomials are checked, as in `samples`."""

import numpy as np

X = np.array([0.3, -0.8, 1.7, 1.1])
Y = np.array([1.2, 0.5, -0.9, 0.7])
C = np.array([0.4, 1.1, -0.6])
W = np.array([0.5, 1.5, 2.5, 3.7])
M = np.array([[0.3, -0.8, 1.7], [1.1, 0.4, -0.6]])
N = np.array([[0.2, 0.9], [-1.3, 0.6], [0.7, 1.5]])
T = np.array([[[0.3, -0.8], [1.7, 1.1], [0.4, -0.6]], [[0.2, 0.9], [-1.3, 0.6], [0.7, 1.5]]])

PRELUDE = """

from numpy.lib.stride_tricks import sliding_window_view


def after_put(a, at, v):
    a = a * 1.0
    np.put(a, at, v)
    a.put(0, v[0])
    return a


def after_put_along(a, v, axis):
    a = a * 1.0
    np.put_along_axis(a, np.argmax(a, axis=axis, keepdims=True), v, axis)
    return a


def after_place(a, v):
    a = a * 1.0
    np.place(a, a > 0, [v, 2.0 * v])
    return a


def after_putmask(a, v):
    a = a * 1.0
    np.putmask(a, a > 0.35, v)
    return a


def after_copyto(a, v):
    a = a * 1.0
    np.copyto(a, v, where=a > 0.35)
    return a


def after_partition(a, axis):
    a = a * 1.0
    a.partition(1, axis=axis)
    return a


def after_flat(a, v):
    a = a * 1.0
    a.flat[::2] = v
    a.flat[-1] = v[0]
    return a


def powers_in_place(a, b):
    a = a * 1.0
    a **= 2
    a @= a.T @ (a * b)
    return a


def first_rows(a):
    p, q = np.unstack(a)
    return p * q


def scaled(row, by=1.0):
    return row * row.sum() * by
"""

_AXES = ("np.{}(x, (2, 1), mode={!r})", "np.{}(x, ((1, 0), (2, 1)), mode={!r})")
PADS = [
    (text.format("pad", mode) + " ** 2", point)
    for mode in ("mean", "maximum", "minimum", "median", "linear_ramp")
    for text, point in zip(_AXES, (X, M))
]

SAMPLES = {
    "numpy.reshape:order": [
        ("np.reshape(x, (3, 2), order='F') * y", M, N),
        ("np.reshape(x, (3, -1), 'F') * y", M, N),
        ("x.reshape(3, 4, order='F') ** 2", T),
        ("x.reshape(-1, order='F')[:2] ** 2", M),
    ],
    "numpy.ravel:order": [("np.ravel(x, 'F')[:4] * y", M, X), ("x.ravel(order='F')[1:] ** 2", T)],
    "numpy.ndarray.flatten:order": [("x.flatten('F')[:4] * y", M, X)],
    "numpy.lib.stride_tricks.sliding_window_view": [
        ("np.lib.stride_tricks.sliding_window_view(x, 2).mean(axis=-1) ** 2", X),
        ("sliding_window_view(x, (2, 2)) * y", M, N[:2]),
        ("sliding_window_view(x, 2, axis=1) ** 2", M),
        ("sliding_window_view(x, window_shape=(2,), axis=(-1,)) @ y", M, C[:2]),
    ],
    "numpy.unstack": [("first_rows(x)", M), ("np.unstack(x, axis=1)[2] ** 2", M)],
    "numpy.apply_along_axis": [
        ("np.apply_along_axis(scaled, 1, x)", M),
        ("np.apply_along_axis(scaled, 0, x, by=y)", M, 0.7),
        ("np.apply_along_axis(lambda v: v @ v, -1, x) ** 2", M),
        ("np.apply_along_axis(scaled, 0, x)", X),
    ],
    "numpy.expand_dims:number": [
        ("np.expand_dims(x, 0) ** 2", 0.7),
        ("np.expand_dims(x, (0, 1)) * y", 0.7, M),
    ],
    "numpy.tile:number": [("np.tile(x, 3) * y", 0.7, C), ("np.tile(x, (2, 3)) * y", 0.7, M)],
    "numpy.repeat:number": [("np.repeat(x, 3) * y", 0.7, C)],
    "numpy.ascontiguousarray": [("np.ascontiguousarray(x.T) * y", M, N)],
    "numpy.asfortranarray": [("np.asfortranarray(x) * y", M, M + 1)],
    "numpy.ndarray.astype:copy": [("x.astype(float, copy=False) ** 2", M)],
    "numpy.astype": [("np.astype(x, float) ** 2", M), ("np.astype(x, float, copy=False) ** 2", M)],
    "numpy.ndarray.view": [("x.view() ** 2", M)],
    "numpy.take:mode": [
        ("np.take(x, [5, -1, 0], mode='wrap') ** 2", X),
        ("np.take(x, np.array([1, 7]), axis=1, mode='clip') * y", M, C[:2]),
        ("x.take(9, mode='clip') ** 2", M),
    ],
    "numpy.put": [
        ("after_put(x, [0, 2], y) ** 2", X, C[:2]),
        ("after_put(x, [1, -2], y) ** 2", M, C[:2]),
        ("after_flat(x, y) ** 2", M, C),
    ],
    "numpy.put_along_axis": [
        ("after_put_along(x, y, 1) ** 2", M, 0.7),
        ("after_put_along(x, y, 0) ** 2", M, C),
        ("after_put_along(x, y, 0) ** 2", X, 0.7),
        ("after_put_along(x, y, -1) ** 2", T, 0.7),
    ],
    "numpy.place": [("after_place(x, y) ** 2", M, 0.7)],
    "numpy.putmask": [("after_putmask(x, y) ** 2", M, 0.7), ("after_putmask(x, y) ** 2", X, Y)],
    "numpy.copyto:where": [("after_copyto(x, y) ** 2", M, C), ("after_copyto(x, y) ** 2", M, 0.7)],
    "numpy.ndarray.partition": [
        ("after_partition(x, -1)[:, 0] ** 2", M),
        ("after_partition(x, 0)[0] ** 2", M),
    ],
    "numpy.pad:computed": [
        *PADS,
        ("np.pad(x, 2, mode='linear_ramp', end_values=((1.0, 2.0), (3.0, 4.0))) ** 2", M),
        ("np.pad(x, (1, 3), mode='mean', stat_length=2) ** 2", X),
        ("np.pad(x, 1, 'maximum', stat_length=((1, 2), (3, 1))) ** 2", M),
    ],
    "numpy.polyfit": [
        ("np.polyfit(x, y, 1)", W, Y),
        ("np.polyfit(x, y, deg=2)", W, Y),
        ("np.polyfit(x, y, 1, w=z)", W, Y, np.array([0.4, 1.1, 0.6, 0.9])),
        ("np.polyfit(x, y, 1)", W, np.stack([X, Y], 1)),
        ("np.polyfit([0.0, 1.0, 2.0, 3.0], x, 1)", Y),
    ],
    "numpy.polyder": [("np.polyder(x) ** 2", X), ("np.polyder(x, 2) ** 2", X)],
    "numpy.polyint": [
        ("np.polyint(x) ** 2", X),
        ("np.polyint(x, 2, k=y) ** 2", C, 0.7),
        ("np.polyint(x, 2, k=[1.0, 2.0]) ** 2", C),
    ],
    "numpy.polyadd": [("np.polyadd(x, y) ** 2", C, X), ("np.polyadd(x, y) ** 2", X, Y)],
    "numpy.polysub": [("np.polysub(x, y) ** 2", X, C)],
    "numpy.unique": [
        ("np.unique(x, return_index=True, return_counts=True)[0] ** 2", X),
        ("x * np.unique(np.array([2, 0, 1, 2]), return_inverse=True)[1]", X),
        ("x[np.unique(np.array([2, 0, 1, 2]), return_index=True)[1]] ** 2", X),
        ("np.unique(np.array([2, 0, 1, 2]), return_counts=True)[1] * x", C),
    ],
    "operator.matmul": [("powers_in_place(x, y)", np.array([[0.3, 0.8], [1.7, 1.1]]), N[:2])],
}
