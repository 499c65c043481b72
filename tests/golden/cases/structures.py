"""Results in containers, arguments in nested containers."""

import math

import numpy as np

ARGS = ({"w": [0.5, 2.0], "b": 0.3, "m": np.array([1.0, 2.0])}, (0.7, [1.5, 2]))
MODES = ("vjp", "jvp")


def structures(params, x):
    y = params["w"][0] * x[0] + params["w"][1] * x[1][0] + params["b"]
    z = params["m"] * x[1][1] * y
    return {"loss": math.sin(y), "parts": [y, (z, y * y)], "shift": np.sum(z)}
