"""Dicts and sets whose keys are found as the function runs."""

from collections import defaultdict

MODES = ("grad", "vjp", "jvp")
ORDER = 2
ARGS = ([0.7, -1.2, 1.5, 0.3, 0.9],)


def dict_of_unknown_keys(x):
    sums = {}
    squares = defaultdict(float)
    seen = set()
    for i, v in enumerate(x):
        key = i * i % 3
        sums[key] = sums.get(key, 1.0) * v
        squares[key, i % 2] += v * v
        seen.add(key)
    total = 0.0
    for key, value in sums.items():
        if key in seen:
            total += value * squares[key, key]
    return total
