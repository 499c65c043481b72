"""Functions with the gradient that an expert writes, and the arguments they are timed at."""

import math
from dataclasses import dataclass

import numpy as np


def neuron(w, x):
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot))
    return f


def neuron_by_hand(w, x):
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot))
    ddot = (1 - f) * f
    return [x[0] * ddot, x[1] * ddot, ddot], [w[0] * ddot, w[1] * ddot]


def rosenbrock(x):
    a, b = x[:-1], x[1:]
    return np.sum(100.0 * (b - a * a) ** 2 + (1 - a) ** 2)


def rosenbrock_by_hand(x):
    a = x[:-1]
    r = 200.0 * (x[1:] - a * a)
    dx = np.zeros_like(x)
    dx[:-1] = -2 * a * r - 2 * (1 - a)
    dx[1:] += r
    return dx


def classifier(W1, b1, W2, b2, x, y):
    h = np.tanh(x @ W1 + b1)
    z = h @ W2 + b2
    z = z - np.max(z, axis=1, keepdims=True)
    logp = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.sum(y * logp) / len(y)


def classifier_by_hand(W1, b1, W2, b2, x, y):
    h = np.tanh(x @ W1 + b1)
    z = h @ W2 + b2
    z = z - np.max(z, axis=1, keepdims=True)
    exp_z = np.exp(z)
    total = np.sum(exp_z, axis=1, keepdims=True)
    dlogp = y * (-1.0 / len(y))
    dz = dlogp - np.sum(dlogp, axis=1, keepdims=True) * exp_z / total
    dpre = (dz @ W2.T) * (1 - h * h)
    return x.T @ dpre, np.sum(dpre, axis=0), h.T @ dz, np.sum(dz, axis=0)


def logistic(r, x, n):
    for _ in range(n):
        x = r * x * (1 - x)
    return x


def logistic_by_hand(r, x, n):
    tape = []
    for _ in range(n):
        tape.append(x)
        x = r * x * (1 - x)
    dr, dx = 0.0, 1.0
    for _ in range(n):
        x = tape.pop()
        dr += x * (1 - x) * dx
        dx *= r * (1 - 2 * x)
    return dr, dx


def logistic_for_jax(r, x, n):
    """A loop that is compiled as one: unrolled, a thousand turns take a minute to compile."""
    from jax import lax

    return lax.fori_loop(0, n, lambda _, x: r * x * (1 - x), x)


def ridge(w, X, y):
    r = X @ w - y
    return np.sum(r * r) + 0.1 * np.sum(w * w)


def ridge_by_hand(w, X, y):
    r = X @ w - y
    return 2 * (X.T @ r) + 0.2 * w


@dataclass(frozen=True)
class Case:
    """One row: `wrt` are the names of the arguments that are differentiated."""

    name: str
    function: object
    by_hand: object
    args: tuple
    wrt: tuple
    for_jax: object = None
    static: tuple = ()  # positions that JAX compiles for their values


def cases():
    """The rows, with arrays drawn from one seed."""
    rng = np.random.default_rng(0)
    weights = ("W1", "b1", "W2", "b2")
    network = (
        rng.normal(size=(100, 100)) / 10,
        rng.normal(size=100),
        rng.normal(size=(100, 10)) / 10,
        rng.normal(size=10),
        rng.normal(size=(64, 100)),
        np.eye(10)[rng.integers(0, 10, 64)],
    )
    data = rng.normal(size=100), rng.normal(size=(10_000, 100)), rng.normal(size=10_000)
    return [
        Case("neuron", neuron, neuron_by_hand, ([2.0, -3.0, -3.0], [-1.0, -2.0]), ("w", "x")),
        Case("rosenbrock 10", rosenbrock, rosenbrock_by_hand, (rng.normal(size=10),), ("x",)),
        Case("rosenbrock 1000", rosenbrock, rosenbrock_by_hand, (rng.normal(size=1000),), ("x",)),
        Case("classifier", classifier, classifier_by_hand, network, weights),
        Case(
            "logistic 1000",
            logistic,
            logistic_by_hand,
            (3.7, 0.4, 1000),
            ("r", "x"),
            logistic_for_jax,
            (2,),
        ),
        Case("ridge", ridge, ridge_by_hand, data, ("w",)),
    ]
