"""Maxima that are taken away for stability and given back take no derivative; others do."""

import math

import numpy as np
import pytest

from srcgrad import check_grads, grad

Z = np.array([[0.3, -0.8, 1.7], [1.1, 0.4, -0.6]])
C = np.array([[0.2, 0.5, -1.0], [0.7, 0.1, 0.4]])


def softmax(z, c):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return np.sum(c * e / np.sum(e, axis=1, keepdims=True))


def log_softmax(z, c):
    z = z - z.max(axis=-1, keepdims=True)
    return np.sum(c * (z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True))))


def logsumexp(z, c):
    m = np.max(z, axis=1)
    return np.sum(c[:, 0] * (m + np.log(np.sum(np.exp(z - m[:, None]), axis=1))))


def of_all(z, c):
    e = np.exp(z - np.max(z))
    return np.sum(c * (e / e.sum()))


def of_two(x, y):
    m = max(x, y)
    return m + math.log(math.exp(x - m) + math.exp(y - m))


def shared_mean(z, c):
    e = np.exp(z - np.max(z, axis=0))
    return np.sum(c * e / np.mean(e, axis=0))


def and_class(z, c):
    z = z - np.max(z, axis=1, keepdims=True)
    hit = np.argmax(z, axis=1)
    return np.sum(c[:, 0] * hit * np.log(np.sum(np.exp(z), axis=1))) + 0.0 * np.sum(
        z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    )


CANCEL = [
    (softmax, (Z, C)),
    (log_softmax, (Z, C)),
    (logsumexp, (Z, C)),
    (of_all, (Z, C)),
    (of_two, (0.3, 0.9)),
    (shared_mean, (Z, C)),
]


@pytest.mark.parametrize("f, args", CANCEL, ids=[f.__name__ for f, _ in CANCEL])
def test_cancels(f, args):
    check_grads(f, args)
    derivative = grad(f)
    derivative(*args)
    backward = derivative.source.partition("# backward pass")[2] or derivative.source
    assert "==" not in backward  # a maximum passes its cotangent on to what is equal to it


def kept(z, c):
    """The maximum goes with one part only."""
    z = z - np.max(z, axis=1, keepdims=True)
    return np.sum(c * z) + np.sum(np.log(np.sum(np.exp(z), axis=1)))


def scaled(z, c):
    z = z - np.max(z, axis=1, keepdims=True)
    return np.sum(c * (2.0 * z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))))


def other_axis(z, c):
    """The sum goes along the axis that the maximum varies along."""
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return np.sum(c * e / np.sum(e, axis=0))


def crossed(z, c):
    """A row of maxima is given back to a column."""
    z = z @ z.T
    m = np.max(z, axis=1)
    return np.sum(m + np.log(np.sum(np.exp(z - m[:, None]), axis=1, keepdims=True))) + c[0, 0]


def changed(z, c):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    total = np.sum(e, axis=1, keepdims=True)
    e *= 2.0
    e[0] += total[0]
    return np.sum(c * e / total)


def in_a_loop(z, c):
    m = np.max(z)
    total = 0.0
    for k in range(3):
        total += np.sum(np.exp(z[:, k] - m))
    return np.sum(c) * total


def returned(z, c):
    m = np.max(z, axis=1, keepdims=True)
    return np.sum(z - m + np.log(np.sum(np.exp(m - z), axis=1, keepdims=True)))


KEEP = [kept, scaled, other_axis, crossed, changed, in_a_loop, returned, and_class]


@pytest.mark.parametrize("f", KEEP, ids=[f.__name__ for f in KEEP])
def test_does_not_cancel(f):
    check_grads(f, (Z, C))
