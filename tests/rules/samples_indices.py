"""Points at which arrays of subscripts are checked, as in `samples`."""

import numpy as np

X = np.array([0.3, -0.8, 1.7, 1.1])
M = np.array([[0.3, -0.8, 1.7], [1.1, 0.4, -0.6]])
S = np.array([[0.9, -0.8, 1.7], [1.1, 1.4, -0.6], [0.2, 0.1, -0.5]])
P = np.array([0.5, 1.2, 2.1])

PRELUDE = """

FOUND_AT = np.array([2, 0, 1, 2])


def lower_triangle(values):
    out = np.zeros((2, 2))
    rows, columns = np.tril_indices(2)
    out[rows, columns] = values
    return out @ out.T
"""

SAMPLES = {
    **{
        f"numpy.{which}_indices[{k}]": [
            (f"np.{which}_indices(len(x))[{k}]", X),
            (f"np.{which}_indices(3, -1, len(x))[{k}]", X),
            (f"np.{which}_indices(len(x), k=1, m=5)[{k}]", X),
        ]
        for which in ("triu", "tril")
        for k in (0, 1)
    },
    "numpy.argwhere": [("np.argwhere(x > 0)", X), ("np.argwhere(x > 0)[:, 1]", M)],
    "numpy.indices": [("np.indices((len(x), 2))[1]", X), ("np.indices((3,))[0] + len(x)", X)],
    "numpy.lexsort": [("np.lexsort((x, x > 0))", X), ("np.lexsort(x)", M)],
    "numpy.triu_indices_from": [
        ("x[np.triu_indices_from(x)] ** 2", S),
        ("x[np.triu_indices_from(x, k=1)] * y", M, P),
    ],
    "numpy.tril_indices_from": [
        ("x[np.tril_indices_from(x, -1)] ** 2", S),
        ("lower_triangle(x)", P),
    ],
    "numpy.diag_indices": [("x[np.diag_indices(3)] * y", S, P)],
    "numpy.diag_indices_from": [("x[np.diag_indices_from(x)] * y", S, P)],
    "numpy.unravel_index": [
        ("x[np.unravel_index(np.argmax(x), x.shape)] ** 2", M),
        ("x[np.unravel_index([1, 5], (2, 3))] ** 2", M),
    ],
    "numpy.ravel_multi_index": [
        ("np.ravel(x)[np.ravel_multi_index(([0, 1], [1, 2]), x.shape)] ** 2", M)
    ],
    "numpy.isin": [
        ("np.isin(FOUND_AT, [0, 1]) * len(x)", X),
        ("np.isin(x, x[:2])", X),
        ("np.isin(x, x[0], invert=True)", M),
    ],
    "numpy.in1d": [("np.in1d(x, x[:2])", X), ("np.in1d(x, x[0])", M)],
    "numpy.union1d": [("np.union1d(FOUND_AT, [len(x), 9])", X)],
    "numpy.intersect1d": [("np.intersect1d(FOUND_AT, [0, len(x), 2])", X)],
    "numpy.setdiff1d": [("np.setdiff1d(FOUND_AT, [len(x), 2])", X)],
    "numpy.setxor1d": [("np.setxor1d(FOUND_AT, [len(x), 2])", X)],
}
