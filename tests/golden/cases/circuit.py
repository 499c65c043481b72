"""The neuron gate by gate: `*`, `+`, `*-1`, `exp`, `+1`, `1/x`."""

import math

ARGS = ([2, -3, -3], [-1, -2])
ORDER = 2


def circuit(w, x):
    p = w[0] * x[0]
    q = w[1] * x[1]
    r = p + q
    dot = r + w[2]
    minus_dot = dot * -1
    e = math.exp(minus_dot)
    denominator = e + 1
    f = 1 / denominator
    return f


def closed(w, x):
    f = 1 / (1 + math.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))
    d = f * (1 - f)
    return [x[0] * d, x[1] * d, d], [w[0] * d, w[1] * d]
