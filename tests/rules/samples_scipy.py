"""Points at which the rules of `srcgrad/rules/scipy.py` are checked, as in `samples`."""

import numpy as np

X = np.array([0.3, 0.8, 1.7])
M = np.array([[0.3, 0.8, 1.7], [1.1, 0.4, 0.6]])
MODULI = np.array([[-2.3, 0.0, 1e-6], [0.09, -0.11, 0.7]])

SAMPLES = {
    "scipy.special.ellipe": [0.3, -0.3, 0.0, 1e-7, MODULI],
    "scipy.special.ellipk": [0.3, -0.3, 0.0, 1e-7, MODULI],
    "scipy.special.hyp2f1": [("special.hyp2f1(0.5, 1.5, 2, x)", 0.3)],
    "scipy.special.gammainc": [("special.gammainc(1.5, x)", 0.7), ("special.gammainc(X, x)", M)],
    "scipy.special.gammaincc": [("special.gammaincc(1.5, x)", 0.7), ("special.gammaincc(2, x)", X)],
    "scipy.special.xlogy": [("special.xlogy(x, y)", 0.7, 1.3), ("special.xlogy(x, y)", X, M)],
    "scipy.special.gammaln": [2.5, 0.3, -0.7, X],
    "scipy.special.psi": [2.5, 0.3, X, ("special.digamma(x)", 0.4)],
    "scipy.special.polygamma": [("special.polygamma(2, x)", 0.7), ("special.polygamma(1, x)", M)],
    "scipy.special.lambertw[real]": [
        ("special.lambertw(x).real", 0.7),
        ("float(special.lambertw(x, -1).real)", -0.2),
        ("special.lambertw(x, k=-1).real", -0.7),
        ("special.lambertw(x, 2).real", X),
        ("special.lambertw(x).real * x", M),
    ],
    "scipy.special.lambertw[imag]": [
        ("special.lambertw(x).imag", -0.7),
        ("special.lambertw(x, -1).imag", X),
    ],
    "scipy.interpolate.splev": [
        ("interpolate.splev(x, TCK)", 1.3),
        ("float(interpolate.splev(x, TCK)) * x", 1.3),
        ("interpolate.splev(x, tck=TCK, der=1)", 1.3),
        ("interpolate.splev(x, TCK, ext=3) * x", np.array([-0.4, 1.2, 3.1, 4.3])),
        ("interpolate.splev(x, TCK, 0, 1)", np.array([[-0.4, 1.2], [3.1, 4.3]])),
        ("interpolate.splev(x, SPLINES[int(y)])", 1.3, 1.5),
        ("evaluated(x, (SPLINES[0][0], SPLINES[0][1], 4))", 1.3),
    ],
}

# What stands above the samples in a module of their own.
PRELUDE = """

from scipy import interpolate, special, stats

X = np.array([0.3, 0.8, 1.7])
KNOTS = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
HEIGHTS = [0.0, 1.0, 4.0, 9.0, 16.5, 20.0]
TCK = interpolate.splrep(KNOTS, HEIGHTS, k=4)
SPLINES = (TCK, interpolate.splrep(KNOTS, HEIGHTS[::-1], k=4))


def evaluated(*args, **kwargs):
    from scipy.interpolate import splev

    return splev(*args, **kwargs)
"""
