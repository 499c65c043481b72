#!/usr/bin/env python3
"""Time per call: generated gradients beside hand-written ones and the function itself.

    python benchmarks/per_call.py

Medians of interleaved runs, as ratios within one run: `compiled` over hand-written is what the
generated text costs, `dispatch` what finding it for the arguments adds, `gradient/primal` what a
gradient costs in evaluations of the function.
"""

import copy
import math
import statistics
import time

import numpy as np

from srcgrad import grad


def neuron(w, x):
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot))
    return f


def neuron_by_hand(w, x):
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot))
    ddot = (1 - f) * f
    return [x[0] * ddot, x[1] * ddot, ddot], [w[0] * ddot, w[1] * ddot]


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
    return dr, dx, None


def ridge(w, X, y):
    r = X @ w - y
    return np.sum(r * r) + 0.1 * np.sum(w * w)


def ridge_by_hand(w, X, y):
    r = X @ w - y
    return 2 * (X.T @ r) + 0.2 * w


def medians(functions, args, budget=0.5):
    """Median seconds per call of each function, the functions taking turns."""
    takes = [[] for _ in functions]
    own = [copy.deepcopy(args) for _ in functions]
    start = time.perf_counter()
    functions[0](*own[0])
    loops = max(1, int(0.003 / max(time.perf_counter() - start, 1e-7)))
    end = time.perf_counter() + budget
    while time.perf_counter() < end or len(takes[0]) < 5:
        for f, a, out in zip(functions, own, takes):
            start = time.perf_counter()
            for _ in range(loops):
                f(*a)
            out.append((time.perf_counter() - start) / loops)
    return [statistics.median(t) for t in takes]


def main():
    rng = np.random.default_rng(0)
    cases = [
        (neuron, neuron_by_hand, ([2.0, -3.0, -3.0], [-1.0, -2.0]), None),
        (logistic, logistic_by_hand, (3.7, 0.4, 1000), None),
        (
            ridge,
            ridge_by_hand,
            (rng.normal(size=100), rng.normal(size=(10_000, 100)), rng.normal(size=10_000)),
            "w",
        ),
    ]
    print(f"{'':12s} compiled/by hand   dispatch us   gradient/primal")
    for f, by_hand, args, wrt in cases:
        df = grad(f, wrt=wrt)
        df(*copy.deepcopy(args))
        hand, compiled, called, primal = medians([by_hand, df.compiled, df, f], args)
        print(
            f"{f.__name__:12s} {compiled / hand:16.2f} {1e6 * (called - compiled):13.2f} {called / primal:17.2f}"
        )


if __name__ == "__main__":
    main()
