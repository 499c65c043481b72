"""NumPy: polynomials by their coefficients, the highest power first."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.record import written


@written("numpy.polyfit")
def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    if full or cov:
        raise NotImplementedError("`np.polyfit` is differentiated without `full=` and `cov=`")
    powers = np.vander(x, deg + 1)
    if w is not None:
        powers = powers * w[:, None]
        y = y * w if np.ndim(y) == 1 else y * w[:, None]
    scale = np.sqrt(np.sum(powers * powers, axis=0))
    least = len(x) * 2.220446049250313e-16 if rcond is None else rcond
    found = np.linalg.lstsq(powers / scale, y, rcond=least)[0]
    return found / scale if np.ndim(y) == 1 else found / scale[:, None]


@written("numpy.polyder")
def polyder(p, m=1):
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@written("numpy.polyint")
def polyint(p, m=1, k=None):
    """The constants of integration come one for each time."""
    for n in range(m):
        constant = 0.0 if k is None else k if np.ndim(k) == 0 else k[n]
        p = np.append(p / np.arange(len(p), 0, -1), constant)
    return p


@written("numpy.polyadd")
def polyadd(a1, a2):
    n = max(len(a1), len(a2))
    return np.pad(a1, (n - len(a1), 0)) + np.pad(a2, (n - len(a2), 0))


@written("numpy.polysub")
def polysub(a1, a2):
    return np.polyadd(a1, -a2)
