"""Points at which the rules of shape and movement are checked, as in `samples`."""

import numpy as np

X = np.array([0.3, 0.8, 1.7])
Y = np.array([1.2, 0.5, 0.9])
L = np.array([0.3, -0.8, 1.7, 1.1, 0.4, -0.6])
M = np.array([[0.3, -0.8, 1.7], [1.1, 0.4, -0.6]])
N = np.array([[0.2, 0.9], [-1.3, 0.6], [0.7, 1.5]])
T = np.array([[[0.3, -0.8], [1.7, 1.1], [0.4, -0.6]], [[0.2, 0.9], [-1.3, 0.6], [0.7, 1.5]]])
S = np.array([[0.9, -0.8, 1.7], [1.1, 1.4, -0.6], [0.2, 0.1, -0.5]])
E = np.zeros(0)
ONE = np.array([0.7])

REARRANGED = {
    "numpy.reshape": [
        ("np.reshape(x, (3, 2)) * y", M, N),
        ("x.reshape(6)", M),
        ("x.reshape(3, 2)", M),
        ("x.reshape(-1)", M),
        ("x.reshape(3, -1) * y", T[:, :, ::2], N),
        ("x.reshape((1, 3))", X),
        ("x.reshape(len(x), -1, order='C')", T),
        ("np.reshape(x.T, 6) * y", M, L),
    ],
    "numpy.ravel": [("np.ravel(x)", M), ("x.T.ravel()", M), ("np.ravel(x) * y", M[:, ::2], L[:4])],
    "numpy.ndarray.flatten": [("x.flatten() * y", M, L), ("x.T.flatten()", M)],
    "numpy.transpose": [
        ("np.transpose(x) * y", M, N),
        ("x.T * y", M, N),
        ("x.transpose()", X),
        ("np.transpose(x, (1, 2, 0)) * y", T, N[:, :1, None]),
        ("x.transpose(2, 0, 1) * x.transpose((-1, 0, 1))", T),
        ("np.transpose(x, axes=(1, 0)) @ y", M, N.T),
    ],
    "numpy.matrix_transpose": [("np.matrix_transpose(x) * x.mT", T)],
    "numpy.swapaxes": [("np.swapaxes(x, 0, -1) * y", T, X[:2]), ("x.swapaxes(0, 1) @ x", M)],
    "numpy.moveaxis": [
        ("np.moveaxis(x, 0, -1) * y", T, N[:, None, :]),
        ("np.moveaxis(x, (0, 1), (2, 0)) * y", T, N[:, :1, None]),
    ],
    "numpy.rollaxis": [
        ("np.rollaxis(x, 2) * y", T, X),
        ("np.rollaxis(x, 0, 3) * y", T, N[:, None]),
    ],
    "numpy.expand_dims": [
        ("np.expand_dims(x, 0) * y[:, None]", X, Y),
        ("np.expand_dims(x, -1) * y", X, Y),
        ("np.expand_dims(x, (0, 2)) * y", X, Y),
    ],
    "numpy.squeeze": [
        ("np.squeeze(x[:, :1], 1) * y", M, X[:2]),
        ("x[None, :1].squeeze(axis=(0, 1)) * y", M, X),
        ("np.squeeze(x)", M[:1]),
        ("np.squeeze(x) * x", X),
    ],
    "numpy.broadcast_to": [
        ("np.broadcast_to(x, (2, 3)) * y", X, M),
        ("np.broadcast_to(x, 3) * y", 0.7, X),
        ("np.broadcast_to(x, y.shape) * y", X, M),
        ("np.broadcast_to(x[:, None], (2, 3)) * y", X[:2], M),
    ],
    "numpy.broadcast_arrays:2": [
        ("np.broadcast_arrays(x, y)[0] * np.broadcast_arrays(x, y)[1]", X, M),
        ("np.broadcast_arrays(x[:, None], y)[0] * 2.0", X, Y),
        ("np.broadcast_arrays(x, y)[1] * y", M, 0.7),
    ],
    "numpy.flip": [
        ("np.flip(x) * x", M),
        ("np.flip(x, 0) * x", M),
        ("np.flip(x, axis=(0, -1)) * x", T),
    ],
    "numpy.fliplr": [("np.fliplr(x) * x", M)],
    "numpy.flipud": [("np.flipud(x) * x", X)],
    "numpy.rot90": [
        ("np.rot90(x) * y", M, N),
        ("np.rot90(x, 2) * x", M),
        ("np.rot90(x, -1) * y", M, N),
        ("np.rot90(x, k=4) * x", M),
        ("np.rot90(x, 1, (1, 2)) * x[:, :2, :1]", T),
    ],
    "numpy.roll": [
        ("np.roll(x, 1) * x", X),
        ("np.roll(x, -7) * x", M),
        ("np.roll(x, (1, -2), axis=(0, 1)) * x", M),
        ("np.roll(x, 1, axis=-1) * x", M),
        ("np.roll(x, len(x)) * y", M, X),
        ("np.roll(x, (1, 1), (0, 0)) * x", N),
    ],
    "numpy.triu": [("np.triu(x) * y", M, M), ("np.triu(x, 1) * x", T)],
    "numpy.tril": [("np.tril(x) * y", M, M), ("np.tril(x, k=-1) * x", N)],
    "numpy.atleast_1d": [("np.atleast_1d(x) * y", 0.7, X), ("np.atleast_1d(x) * x", X)],
    "numpy.atleast_2d": [
        ("np.atleast_2d(x) * y", X, M),
        ("np.atleast_2d(x) * y", 0.7, M),
        ("np.atleast_2d(x, y)[0] * np.atleast_2d(x, y)[1]", M, X),
    ],
    "numpy.atleast_3d": [
        ("np.atleast_3d(x) * y", X, T),
        ("np.atleast_3d(x) * y", M, X),
        ("np.atleast_3d(x) * y", 0.7, T),
        ("np.atleast_3d(x) * x", T),
    ],
}
LONGER = {
    "numpy.tile": [
        ("np.tile(x, 2) * y", X, L),
        ("np.tile(x, (2, 1)) * y", X, M),
        ("np.tile(x, (2, 2)) * y", M[:1], M[:, :1]),
        ("np.sum(np.tile(x, 0)) + x", X),
        ("np.tile(x, (2, 1, 1)) * y", M, X),
        ("np.tile(x, len(x)) * np.tile(x, reps=(3,))", X),
    ],
    "numpy.repeat": [
        ("np.repeat(x, 2) * y", X, L),
        ("np.repeat(x, 2) * np.repeat(y, 2, axis=None)", M, M),
        ("x.repeat(3, axis=0) * y", M, X),
        ("np.repeat(x, 2, axis=-1) * y", M, L),
        ("np.sum(np.repeat(x, 0)) + x", X),
        ("np.repeat(x, COUNTS) * np.repeat(y, COUNTS)", X, Y),
        ("np.repeat(x, COUNTS, axis=1) * y", M, N[:2, :1]),
        ("np.repeat(x, [2, 0, 1]) * y", X, Y),
        ("np.repeat(x, len(x), 0) * y", M, X),
    ],
    "numpy.pad": [
        ("np.pad(x, 1) * np.pad(x, 1, constant_values=2.0)", X),
        ("np.pad(x, (0, 2)) * np.pad(y, (2, 0))", X, Y),
        ("np.pad(x, ((1, 0), (0, 2))) * np.pad(x, ((0, 1), (2, 0)))", M),
        ("np.pad(x, 0) * x", M),
        ("np.pad(x, (1, len(x)))", X),
        ("np.pad(x, 2, 'edge') * np.pad(x, 2, mode='reflect')", X),
        ("np.pad(x, ((1, 2), (0, 3)), 'symmetric') * np.pad(x, ((1, 2), (0, 3)), 'wrap')", M),
        ("np.pad(x, ((2,), (1,)), 'edge') * 2.0", M),
        ("np.pad(x, 0, 'reflect') * x", X),
    ],
}
JOINED = {
    "numpy.concatenate:1": [("np.concatenate([x]) * x", X)],
    "numpy.concatenate:2": [
        ("np.concatenate([x, y]) * np.concatenate((y, x))", X, Y),
        ("np.concatenate([x, y], axis=1) * np.concatenate([y, x], axis=-1)", M, M * 2),
        ("np.concatenate((x, M), axis=0) * y", M, X),
        ("np.concatenate([x, y], axis=None) * 2.0", M, X),
        ("np.concatenate([[0.0, 1.0], x]) * np.concatenate([x, (y, y)])", X, 0.7),
        ("np.concatenate([E, x]) * x", X),
        ("np.concatenate([x[:0], y]) * y", X, Y),
    ],
    "numpy.concatenate:3": [
        ("np.concatenate([x, y, x]) * 2.0", X, Y),
        ("np.concatenate([x, y, z], axis=1) * y[:, :1]", M, N[:2], M),
        ("np.concatenate([x, WHOLE, y]) * 2.0", X, Y),
    ],
    "numpy.concatenate:list": [
        ("joined(x, y) * 2.0", X, 0.7),
        ("joined_columns(x, y)", M, 0.7),
        ("np.concatenate(rows(x))", M),
    ],
    "numpy.stack:1": [("np.stack([x]) * y", X, Y)],
    "numpy.stack:2": [
        ("np.stack([x, y]) * np.stack((y, x))", X, Y),
        ("np.stack([x, y], axis=-1) * y[:, None]", X, Y),
        ("np.stack([x, y], 1) * y[:, None]", M, M * 2),
        ("np.array([x, y]) * y", X, Y),
        ("np.stack([x, X])[0] * 2.0", X),
    ],
    "numpy.stack:3": [("np.stack([x, y, x], axis=1) @ y", X, Y)],
    "numpy.stack:list": [
        ("stacked(x, y) * x", X, 0.7),
        ("stacked_columns(x, y)", X, 0.7),
        ("np.stack(rows(x)) * y", M, X),
        ("np.vstack(rows(x)) * y", M, X),
        ("np.vstack(rows(x)) ** 2", T),
    ],
    "numpy.array": [
        ("collected(x, y) * x", X, 0.7),
        ("np.array([v * v for v in x]) * x", X),
        ("np.array(rows(x)) * y", M, X),
        ("np.array(xs) * np.asarray(xs)", [0.3, 0.8, 1.7]),
    ],
    "numpy.vstack": [
        ("np.vstack([x, y]) * y", X, Y),
        ("np.vstack((x, y)) * 2.0", M, M * 2),
        ("np.vstack((x, y)) * 2.0", X, M),
    ],
    "numpy.hstack": [
        ("np.hstack([x, y]) * np.hstack([y, x])", X, Y),
        ("np.hstack([x, y]) * 2.0", M, N[:2]),
        ("np.hstack([x, y]) * 2.0", X, 0.7),
    ],
    "numpy.dstack": [("np.dstack([x, y]) * np.dstack([y, x])", X, Y), ("np.dstack([x, y])", M, M)],
    "numpy.column_stack": [
        ("np.column_stack([x, y]) @ y[:2]", X, Y),
        ("np.column_stack([x, y])", M, X[:2]),
    ],
    "numpy.append": [
        ("np.append(x, y) * 2.0", X, 0.7),
        ("np.append(x, y) * 2.0", M, X),
        ("np.append(x, y, axis=1) * 2.0", M, N[:2]),
    ],
    "numpy.insert": [
        ("np.insert(x, 1, y) * 2.0", X, 0.7),
        ("np.insert(x, -1, y) * 2.0", X, 0.7),
        ("np.insert(x, len(x), y) * 2.0", X, 0.7),
        ("np.insert(x, 2, y) * 2.0", M, 0.7),
    ],
    "numpy.split": [
        ("np.split(x, 3)[1] * y", L, X[:2]),
        ("halves(x)", L),
        ("np.split(x, [1, 2], axis=1)[2] * np.split(x, (1,), axis=-1)[0]", M),
        ("np.sum(np.split(x, [2, 2])[1]) + x", X),
        ("np.split(x, 2)[0] * y", T, X[:2]),
    ],
    "numpy.array_split": [
        ("np.array_split(x, 2)[0] * np.array_split(x, [2])[0]", X),
        ("np.sum(np.array_split(x, 4)[3]) + x", X),
        ("np.array_split(x, 2, axis=1)[1] * x[:, 1:2]", M),
    ],
    "numpy.vsplit": [("np.vsplit(x, 2)[0] * np.vsplit(x, 2)[1]", M)],
    "numpy.hsplit": [
        ("np.hsplit(x, 3)[0] * np.hsplit(x, [1])[1]", M),
        ("np.hsplit(x, 2)[1] * y", L, X),
    ],
    "numpy.dsplit": [("np.dsplit(x, 2)[0] * np.dsplit(x, 2)[1]", T)],
    "numpy.meshgrid": [
        ("np.meshgrid(x, y)[0] * np.meshgrid(x, y)[1]", X, Y[:2]),
        ("np.meshgrid(x, y, indexing='ij')[0] * y", X, Y[:2]),
        ("np.meshgrid(x, y, sparse=True)[0] * y[:, None]", X, Y),
        ("np.meshgrid(x, y, y)[2] * np.meshgrid(x, y, x, indexing='ij')[0].sum()", X[:2], Y),
        ("np.meshgrid(x)[0] * x", X),
    ],
}
PARTS = {
    "numpy.take": [
        ("np.take(x, WHOLE) * y", L, X),
        ("np.take(x, [0, -1, 0]) * y", X, Y),
        ("np.take(x, 1) * x", X),
        ("np.take(x, -1, axis=1) * x[:, 0]", M),
        ("np.take(x, PLACES, axis=0) * y", M, X),
        ("x.take(PLACES) * 2.0", M),
        ("np.take(x, [2, 0], axis=1) * x[:, :2]", M),
    ],
    "numpy.take_along_axis": [
        ("np.take_along_axis(x, ORDER, axis=1) * x", M),
        ("np.take_along_axis(x, ORDER[1:] // 2, 0) * y", M, X),
        ("np.take_along_axis(x, PLACES[0], None)", M),
    ],
    "numpy.compress": [
        ("np.compress([True, False, True], x) * y", X, X[:2]),
        ("np.compress(x[0] > 0, x, axis=1) * 2.0", M),
        ("np.compress([False, True], x, axis=0) * y", M, X),
    ],
    "numpy.extract": [("np.extract(x > 0, x) * 2.0", M), ("np.sum(np.extract(x > 9, x)) + x", X)],
    "numpy.delete": [
        ("np.delete(x, 1) * y", X, X[:2]),
        ("np.delete(x, -1, axis=1) * 2.0", M),
        ("np.delete(x, [0, 2]) * y", X, ONE),
    ],
    "numpy.bincount": [
        ("np.bincount(WHOLE, x) * 2.0", X),
        ("np.bincount(WHOLE, weights=x, minlength=5) * 2.0", X),
    ],
    "numpy.diagflat": [("np.diagflat(x, 1) * 2.0", X), ("np.diagflat(x)", M)],
    "numpy.diag": [
        ("np.diag(x) * x", X),
        ("np.diag(x, k=-1) * 2.0", X),
        ("np.diag(x) * y", M, X[:2]),
        ("np.diag(x, 1) * 2.0", S),
    ],
    "numpy.diagonal": [
        ("np.diagonal(x) * y", S, X),
        ("x.diagonal(1) * 2.0", M),
        ("np.diagonal(x, 0, 1, 2) * x[:, 0]", T),
        ("np.diagonal(x, -1, axis1=-1, axis2=0) * 2.0", T),
    ],
    "numpy.trace": [
        ("np.trace(x) * x[0, 0]", S),
        ("x.trace(offset=1) * 2.0", M),
        ("np.trace(x, 1, 1, 0) * 2.0", M),
        ("np.trace(x, axis1=1, axis2=2) * y", T, X[:2]),
    ],
    "numpy.sort": [
        ("np.sort(x) * y", L, np.arange(6.0)),
        ("np.sort(x) * y", M, X),
        ("np.sort(x, axis=0) * y", M, X),
        ("np.sort(x, axis=None) * y", M, L),
    ],
    "numpy.partition": [
        ("np.partition(x, 2)[2] * x[0]", L),
        ("np.partition(x, 1, axis=0)[1] * y", N, X[:2]),
        ("np.partition(x, 3, axis=None)[3]", M),
    ],
    "numpy.ndarray.sort": [("in_order(x) * x", L)],
    "numpy.argpartition": [("np.argpartition(x, 2)", L)],
    "numpy.choose": [
        ("np.choose(PLACES[0] % 2, [x, y]) * x", X[:2], Y[:2]),
        ("np.choose(WHOLE - 1, (x, y, 0.5)) * x", X, 0.7),
    ],
    "numpy.select": [
        ("np.select([x > 1, x > 0.5], [x * y, y]) * x", X, Y),
        ("np.select([x < 0, x > 1], [np.log(-x), x], 2.0) * x", np.abs(M)),
        ("np.select([x > 0], [x], y) * x", M, 0.7),
    ],
}
MADE = {
    "numpy.full": [
        ("np.full(3, x) * y", 0.7, X),
        ("np.full((2, 3), x) * y", 0.7, M),
        ("np.full(x.shape, y) * x", X, 0.7),
    ],
    "numpy.full_like": [("np.full_like(x, y) * x", X, 0.7), ("np.full_like(M, y) * y", 0.7)],
    "numpy.copy": [
        ("np.copy(x) * x", M),
        ("x.copy() * np.array(x)", X),
        ("np.asarray(x, dtype=float) * x", X),
    ],
    "numpy.zeros": [
        ("np.zeros(3) + x", X),
        ("np.zeros((2, 3)) + x", X),
        ("np.zeros(3, x.dtype) + x", X),
    ],
    "numpy.ones": [("np.ones(3) * x", X)],
    "numpy.empty": [("np.empty(3) * 0.0 + x", X)],
    "numpy.zeros_like": [("np.zeros_like(x) + x", X), ("np.zeros_like(WHOLE, dtype=float) + x", X)],
    "numpy.ones_like": [("np.ones_like(x) * x", X)],
    "numpy.empty_like": [("np.empty_like(x) * 0.0 + x", X)],
    "numpy.eye": [("np.eye(3) @ x", X), ("np.eye(2, 3, k=1) * x", M), ("np.eye(len(x)) * x", X)],
    "numpy.tril_indices[0]": [("np.tril_indices(int(x), k=-1, m=2)[0]", 3.5)],
    "numpy.tril_indices[1]": [("np.tril_indices(int(x))[1]", 3.5)],
    "numpy.triu_indices[0]": [("np.triu_indices(int(x), 1)[0]", 3.5)],
    "numpy.triu_indices[1]": [("np.triu_indices(int(x))[1]", 3.5)],
    "numpy.tril_indices_from": [("x[np.tril_indices_from(x, -1)] ** 2", M)],
    "numpy.triu_indices_from": [("x[np.triu_indices_from(x, 1)] ** 2", M)],
    "numpy.diag_indices": [("x[np.diag_indices(3)] ** 2", S), ("x[np.diag_indices(2, 3)] ** 2", T)],
    "numpy.diag_indices_from": [("x[np.diag_indices_from(x)] ** 2", S)],
    "numpy.unravel_index": [
        ("x[np.unravel_index(np.argmax(x), x.shape)] ** 2", M),
        ("x[np.unravel_index(np.argmin(x), np.shape(x))] ** 2", X),
        ("x[np.unravel_index(np.argmax(x), x.shape)] ** 2", T),
    ],
    "numpy.bartlett": [("np.bartlett(int(x))", 4.5)],
    "numpy.blackman": [("np.blackman(int(x))", 4.5)],
    "numpy.hamming": [("np.hamming(int(x))", 4.5)],
    "numpy.hanning": [("np.hanning(int(x))", 4.5)],
    "numpy.identity": [("np.identity(3) @ x", X)],
    "numpy.tri": [("np.tri(3) @ x", X), ("np.tri(2, 3, -1, dtype=float) * x", M)],
    "numpy.arange:1": [
        ("np.arange(len(x))", X),
        ("np.arange(int(x) + 3)", 1.3),
        ("np.arange(2.5 + x)", 1.3),
        ("np.arange(2.5 + x, dtype=float)", 1.3),
    ],
    "numpy.arange": [
        ("np.arange(int(x), 5) * x", 1.3),
        ("np.arange(x, 3.5) * 2.0", 0.7),
        ("np.arange(x, 3.6, y)", 0.3, 1.1),
        ("np.arange(1, 4) * np.arange(len(x)) * x", X),
    ],
    "numpy.linspace": [
        ("np.linspace(x, y, 5) * x", 0.3, 0.9),
        ("np.linspace(0.0, y, num=4, endpoint=False) * y", 0.9),
        ("np.linspace(x, 2, 1)", 0.3),
    ],
    "numpy.logspace": [
        ("np.logspace(x, y, 4) * x", 0.3, 0.9),
        ("np.logspace(x, 1.0, 3, base=y)", 0.3, 2.5),
    ],
    "numpy.geomspace": [("np.geomspace(x, y, 4) * x", 0.3, 0.9)],
}
GRIDS = {
    "numpy.diff": [
        ("np.diff(x) * np.diff(x)", L),
        ("np.diff(x, axis=0) * 2.0", M),
        ("np.diff(x, n=2) * x[:4]", L),
        ("np.diff(x, 0) * x", X),
        ("np.sum(np.diff(x, 5)) + x", X),
        ("np.diff(x, axis=1) * 2.0", T),
        ("np.diff(x, 1, -2) * 2.0", T),
        ("np.diff(x, axis=-2) * 2.0", M),
    ],
    "numpy.ediff1d": [
        ("np.ediff1d(x) * 2.0", M),
        ("np.ediff1d(x, to_end=y, to_begin=[0.5, 1.0]) * 2.0", X, 0.7),
    ],
    "numpy.gradient": [
        ("np.gradient(x) * x", L),
        ("np.gradient(x, 0.5) * np.gradient(x, y)", L, 0.7),
        ("np.gradient(x, y) * x", X, np.cumsum(Y)),
        ("np.gradient(x, y, edge_order=2) * x", X, np.cumsum(Y)),
        ("np.gradient(x, edge_order=2) * x", L),
        ("np.gradient(x, axis=1) * np.gradient(x, axis=0)", M),
        ("np.gradient(x)[0] * np.gradient(x, 0.5, y)[1]", M, 0.7),
        ("np.gradient(x, y, axis=-1) * x", M, np.cumsum(Y)),
    ],
    "numpy.unwrap": [("np.unwrap(x) * x", 3 * L), ("np.unwrap(x, axis=0)", 5 * M)],
    "numpy.interp": [
        ("np.interp(x, BREAKS, y) * x", X, L[:4]),
        ("np.interp(x, y, z) * x", X, np.array([0.1, 0.5, 1.2, 3.0]), L[:4]),
        ("np.interp(x, BREAKS, y)", 0.7, L[:4]),
        ("np.interp(x, BREAKS, y, left=z, right=2.0)", 3 * M, L[:4], 0.7),
        ("np.interp(x, BREAKS, y)", np.array([-1.0, 5.0]), L[:4]),
    ],
    "numpy.digitize": [("np.digitize(x, BREAKS)", X)],
    "numpy.convolve": [
        ("np.convolve(x, y) * 2.0", X, L),
        ("np.convolve(x, y, 'same') * x", L, X),
        ("np.convolve(x, y, mode='same') * 2.0", X[:2], L),
        ("np.convolve(x, y, 'same') * 2.0", L, L[:4]),
        ("np.convolve(x, y, 'valid') * 2.0", L, X[:2]),
        ("np.convolve(x, y, 'valid') * 2.0", X, L),
    ],
    "numpy.correlate": [
        ("np.correlate(x, y) * 2.0", L, X),
        ("np.correlate(x, y) * 2.0", X, L),
        ("np.correlate(x, y, 'full') * 2.0", L, X),
        ("np.correlate(x, y, 'full') * 2.0", X[:2], L),
        ("np.correlate(x, y, 'same') * 2.0", L, X[:2]),
        ("np.correlate(x, y, 'same') * 2.0", X[:2], L),
        ("np.correlate(x, y, mode='same') * 2.0", X, L[:4]),
    ],
    "numpy.polyval": [
        ("np.polyval(x, y)", X, 0.7),
        ("np.polyval(x, y) * y", L, Y),
        ("np.polyval(x, y)", X, M),
        ("np.polyval(x, y)", ONE, Y),
    ],
    "numpy.vander": [
        ("np.vander(x) * 2.0", X),
        ("np.vander(x, 2) @ y", X, Y[:2]),
        ("np.vander(x, 4, increasing=True) * 2.0", X),
        ("np.vander(x, 1)", X),
    ],
    "numpy.cov": [
        ("np.cov(x) * 2.0", X),
        ("np.cov(x) * x[0, 0]", M),
        ("np.cov(x, y)", X, Y),
        ("np.cov(x, rowvar=False, bias=True)", N),
        ("np.cov(x, ddof=0)", M),
    ],
    "numpy.corrcoef": [("np.corrcoef(x) * 2.0", M), ("np.corrcoef(x, y)[0, 1]", X, Y)],
    "numpy.block": [("np.block([[x, y], [x, x]])[0]", M, M), ("np.block([x, y]) * 2.0", X, 0.7)],
}
GRIDS.pop("numpy.block")
SAMPLES = {**REARRANGED, **LONGER, **JOINED, **PARTS, **MADE, **GRIDS}

# What stands above the samples in a module of their own.
PRELUDE = """

E = np.zeros(0)
X = np.array([0.3, 0.8, 1.7])
COUNTS = np.array([2, 0, 1])
PLACES = np.array([[1, 0], [0, 0]])
ORDER = np.array([[2, 0, 1], [0, 2, 0]])
BREAKS = np.array([0.1, 0.5, 1.2, 3.0])


def joined(x, y):
    rows = []
    for k in range(3):
        rows.append(x[: k + 1] * y)
    return np.concatenate(rows)


def joined_columns(x, y):
    rows = [x]
    while len(rows) < 3:
        rows.append(rows[-1] * y)
    return np.concatenate(rows, axis=1)


def stacked(x, y):
    rows = [x]
    for k in range(3):
        rows.append(rows[k] * y)
    return np.stack(rows)


def stacked_columns(x, y):
    return np.stack([x * y * k for k in range(3)], axis=-1)


def collected(x, y):
    found = []
    for v in x:
        found.append(v * v * y)
    return np.array(found)


def rows(x):
    return [x[k] * x[0] for k in range(len(x))]


def halves(x):
    a, b = np.split(x, 2)
    return a * b


def in_order(x):
    y = x * x
    y.sort()
    return y
"""
