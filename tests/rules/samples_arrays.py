"""Points at which the rules of `srcgrad/rules/numpy_arrays.py` are checked, as in `samples`."""

import numpy as np

X = np.array([0.3, -0.8, 1.7])
M = np.array([[0.3, -0.8, 1.7], [1.1, 0.4, -0.6]])

SAMPLES = {
    "numpy.array": [
        ("np.array([x, y * x, 2])", 0.3, -0.8),
        ("np.array([[x, -y], [y, 1]])", 0.3, -0.8),
        ("np.array([x, x * x])", X),
        ("np.asarray((xs, xs)) ** 2", [0.3, 0.8]),
        ("np.array(xs) ** 2", [[0.3, 0.8], [1.7, 0.2]]),
        ("np.array(x * x)", 0.3),
        ("np.array(x, dtype=float) * x", X),
        ("np.array([x, y], np.float64) * x", 0.3, 0.8),
    ],
    "numpy.nonzero": [("np.nonzero(x > 0)[1]", M)],
    "builtins.max:array": [("max(x) * x[0]", X), ("max(np.round(x)) * x[0]", X)],
    "builtins.min:array": [("min(x) * x[0]", X)],
    "numpy.ndarray.item": [("x.item() * x[0, 0]", M[:1, :1]), ("x[1, 2:].item() ** 2", M)],
    "numpy.ndarray.tolist": [("sum(x.tolist()) * x[0]", X), ("x.tolist()[1]", M)],
    "numpy.ndarray.astype": [("x.astype(float) * x", M), ("x.astype('float64') * x", X)],
}
