"""Points at which the rules of `srcgrad/rules/scipy_linalg.py` are checked, as in `samples`."""

import numpy as np

draw = np.random.default_rng(11)
A = draw.normal(size=(3, 3)) + 2 * np.eye(3)
SPD = A @ A.T + np.eye(3)
V, B = draw.normal(size=3), draw.normal(size=(3, 2))
WAYS = ["", ", lower=True", ", trans=1", ", trans='T', lower=True", ", unit_diagonal=True",
        ", 1, True, True"]  # fmt: skip

SAMPLES = {
    "scipy.linalg.inv": [("linalg.inv(x)", A)],
    "scipy.linalg.det": [("linalg.det(x)", A)],
    "scipy.linalg.solve": [("linalg.solve(x, y)", A, V)],
    "scipy.linalg.norm": [("linalg.norm(x)", A), ("linalg.norm(x, 1, axis=0)", A)],
    "scipy.linalg.cholesky": [("linalg.cholesky(x)", SPD), ("linalg.cholesky(x, lower=True)", SPD)],
    "scipy.linalg.solve_triangular": [
        (f"linalg.solve_triangular(x, y{way})", A, c) for way in WAYS for c in (V, B)
    ],
    "scipy.linalg.cho_factor": [
        ("np.triu(linalg.cho_factor(x)[0])", SPD),
        ("np.tril(linalg.cho_factor(x, lower=True)[0])", SPD),
    ],
    "scipy.linalg.cho_solve": [
        ("linalg.cho_solve(linalg.cho_factor(x), y)", SPD, V),
        ("cho_solved(x, y)", SPD, B),
    ],
    "scipy.linalg.lu_factor[0]": [
        ("linalg.lu_factor(x)[0]", A),
        ("linalg.lu_factor(x)[0]", A[::-1]),
    ],
    "scipy.linalg.lu_factor[1]": [("linalg.lu_factor(x)[1]", A[::-1])],
    "scipy.linalg.lu_solve": [
        ("lu_solved(x, y)", A[::-1], V),
        ("lu_solved(x, y)", A, B),
        ("linalg.lu_solve(linalg.lu_factor(x), y, trans=1)", A[::-1], V),
        ("linalg.lu_solve(linalg.lu_factor(x), y, 1)", A[::-1], B),
    ],
    "scipy.linalg.expm": [("linalg.expm(x)", A), ("linalg.expm(x) @ y", A - A.T, V)],
    "scipy.linalg.expm_frechet": [
        ("linalg.expm_frechet(x, y, compute_expm=False)", A, SPD),
        ("linalg.expm_frechet(x, y)[1]", A, SPD),
    ],
}

# What stands above the samples in a module of their own.
PRELUDE = """
from scipy import linalg


def cho_solved(x, y):
    c, low = linalg.cho_factor(x, lower=True)
    return linalg.cho_solve((c, low), y) * np.tril(c)[0, 0]


def lu_solved(x, y):
    lu, piv = linalg.lu_factor(x)
    return linalg.lu_solve((lu, piv), y) * lu[1, 1]
"""
