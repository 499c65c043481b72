import numpy as np


def classifier(W1, b1, W2, b2, x, labels):
    h = np.tanh(x @ W1 + b1)
    z = h @ W2 + b2
    z = z - np.max(z, axis=1, keepdims=True)
    logp = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(labels)), labels])


def huber(r, d):
    a = np.abs(r)
    return np.sum(np.where(a <= d, 0.5 * r**2, d * (a - 0.5 * d)))


def smoothness(x, c):
    y = np.concatenate([c, x, c])
    return np.sum(np.diff(y) ** 2)


def log_determinant(L, x):
    K = L @ L.T + np.diag(x**2)
    return np.linalg.slogdet(K)[1]


def roughness(x, axis):
    after, before = [slice(None)] * x.ndim, [slice(None)] * x.ndim
    after[axis], before[axis] = slice(1, None), slice(None, -1)
    return np.sum((x[tuple(after)] - x[tuple(before)]) ** 2)
