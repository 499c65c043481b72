"""Shapes as the tuples that they are: joined, sliced, unpacked, compared, looped over."""

import math

import numpy as np
import pytest

from srcgrad import check_grads, value_and_grad


def joined(M, s):
    return np.sum(M.reshape(M.shape + (1,)) * np.ones((2,) + M.shape[1:] + (4,))) * s


def sliced(M, s):
    total = np.zeros(M.shape[:-1]) + M.sum(axis=-1) * s
    return np.sum(total.reshape(total.shape[::-1]) ** 2)


def starred(M, s):
    return np.sum(M.reshape(*M.shape, 1) * np.full((*M.shape, 2), s))


def looped(M, s):
    total = s
    for n in M.shape:
        total = total * n
    for k in range(len(M.shape)):
        total = total + M.shape[k] * M[0, 0]
    return total


def measured(M, s):
    n, m = M.shape
    sizes = math.prod(M.shape) + np.prod(M.shape) + max(M.shape) + sum(M.shape) + list(M.shape)[0]
    return (s + M[n - 1, m - 1]) * sizes


def compared(M, s):
    if M.shape != (2, 3):
        return s * 0.0
    assert M.shape == (2, 3) and M.shape in [(2, 3), (1, 3)]
    return s * np.sum(M * M)


def of_a_list(M, s):
    return np.sum(np.zeros([len(M), 3]) + M) * s


M = np.array([[0.3, -0.8, 1.7], [1.1, 0.4, -0.6]])


@pytest.mark.parametrize(
    "function", [joined, sliced, starred, looped, measured, compared, of_a_list]
)
def test_shape_as_tuple(function):
    value, _ = value_and_grad(function)(M, 0.7)
    assert value == pytest.approx(function(M, 0.7), rel=1e-14)
    check_grads(function, (M, 0.7), order=2)
