"""Gradients at the ends of the range: finite where the derivative is, also far from 0."""

import numpy as np
import pytest

from srcgrad import grad, jvp

X = np.array([-1000.0, -30.0, -1.0, 0.5, 30.0, 1000.0])
E = np.exp(-np.abs(X))
SIGMOID = np.where(X >= 0, 1 / (1 + E), E / (1 + E))
SLOPE = SIGMOID * (1 - SIGMOID)
ROOT = np.where(X > 0, 0.5 / np.sqrt(np.abs(X)), 0.0)


def sigmoid(x):
    return np.sum(1 / (1 + np.exp(-x)))


def sigmoid_of_a_variable(x):
    e = np.exp(-x)
    return np.sum(1.0 / (1.0 + e))


def sigmoid_by_sign(x):
    return np.sum(np.where(x > 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x))))


def sigmoid_by_tanh(x):
    return np.sum(0.5 * (1 + np.tanh(0.5 * x)))


def softplus(x):
    return np.sum(np.log1p(np.exp(x)))


def softplus_by_log(x):
    return np.sum(np.log(1 + np.exp(x)))


def softplus_by_parts(x):
    return np.sum(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))


def softplus_by_logaddexp(x):
    return np.sum(np.logaddexp(0, x))


def log_sigmoid(x):
    return np.sum(-np.log(1 + np.exp(-x)))


def logsumexp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def root_where_positive(x):
    return np.sum(np.where(x > 0, np.sqrt(x), 0))


def root_of_a_mask(x):
    y = np.zeros_like(x)
    y[x > 0] = np.sqrt(x[x > 0])
    return np.sum(y)


CASES = [
    (sigmoid, SLOPE),
    (sigmoid_of_a_variable, SLOPE),
    (sigmoid_by_sign, SLOPE),
    (sigmoid_by_tanh, SLOPE),
    (softplus, SIGMOID),
    (softplus_by_log, SIGMOID),
    (softplus_by_parts, SIGMOID),
    (softplus_by_logaddexp, SIGMOID),
    (log_sigmoid, 1 - SIGMOID),
    (logsumexp, np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])),
    (root_where_positive, ROOT),
    (root_of_a_mask, ROOT),
]


@pytest.mark.parametrize("f, expected", CASES, ids=[f.__name__ for f, _ in CASES])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_far_from_zero(f, expected):
    assert np.allclose(grad(f)(X), expected, rtol=1e-9, atol=1e-15)
    for k in range(len(X)):
        assert np.isclose(jvp(f)((X,), (np.eye(len(X))[k],))[1], expected[k], atol=1e-15)
