"""A dict of parameters: a loop over its items is written out, each turn of its own kind."""

import numpy as np

MODES = ("grad", "jvp")
ARGS = ({"w": np.array([0.7, -1.2]), "b": 0.4, "scale": 2.0}, [0.3, 0.1])
WRT = ("params",)


def dict_views(params, x):
    updated = {name: p * 0.9 for name, p in params.items() if name != "scale"}
    penalty = 0.0
    for name, p in updated.items():
        penalty += np.sum(p * p) if name.startswith("w") else p * p
    total = params["scale"] * penalty
    for v, name in zip(x, sorted(params)):
        if name in updated and name != "w":
            total += v * updated[name]
    return total
