"""Points at which the rules of `srcgrad/rules/scipy.py` are checked, as in `samples`."""

import numpy as np

X = np.array([0.3, 0.8, 1.7])
M = np.array([[0.3, 0.8, 1.7], [1.1, 0.4, 0.6]])
MODULI = np.array([[-2.3, 0.0, 1e-6], [0.09, -0.11, 0.7]])

SIGNED = np.array([0.3, -0.8, 1.7])
LARGE = np.array([[1000.0, 999.5, 998.0], [-1000.0, -999.0, -1001.0]])


def spread(name, *orders):
    """Samples of a function of an order and a number."""
    return [(f"special.{name}({order}, x)", point) for order in orders for point in (0.7, M)]


SAMPLES = {
    "scipy.special.expit": [0.7, -30.0, SIGNED],
    "scipy.special.logit": [0.7, X / 2],
    "scipy.special.log_expit": [-0.7, SIGNED],
    "scipy.special.softplus": [-0.7, SIGNED],
    "scipy.special.logsumexp": [
        ("special.logsumexp(x) * special.logsumexp(x, keepdims=True)", M),
        ("special.logsumexp(x, axis=1)", M),
        ("special.logsumexp(x, 0, keepdims=True) * x", M),
        ("special.logsumexp(x, axis=-1)", LARGE),
    ],
    "scipy.special.softmax": [
        ("special.softmax(x) * x", X),
        ("special.softmax(x, axis=0) * x", M),
        ("special.softmax(x, axis=1) * M", LARGE),
    ],
    "scipy.special.log_softmax": [
        ("special.log_softmax(x) * x", X),
        ("special.log_softmax(x, axis=0) * M", M),
        ("special.log_softmax(x, axis=1) * M", LARGE),
    ],
    **{f"scipy.special.{name}": [0.7, X] for name in ("log1p", "expm1", "exp2", "exp10", "cbrt")},
    "scipy.special.xlogy": [("special.xlogy(x, y)", 0.7, 1.3), ("special.xlogy(x, y)", X, M)],
    "scipy.special.xlog1py": [
        ("special.xlog1py(x, y)", 0.7, -0.3),
        ("special.xlog1py(x, y)", X, M),
    ],
    "scipy.special.entr": [0.7, M],
    "scipy.special.rel_entr": [
        ("special.rel_entr(x, y)", 0.7, 1.3),
        ("special.rel_entr(x, y)", X, M),
    ],
    "scipy.special.kl_div": [("special.kl_div(x, y)", 0.7, 1.3), ("special.kl_div(x, y)", X, M)],
    "scipy.special.huber": [
        ("special.huber(x, y)", 0.7, 0.3),
        ("special.huber(x, y)", 0.7, -1.3),
        ("special.huber(1.0, y)", 2 * SIGNED),
    ],
    "scipy.special.pseudo_huber": [
        ("special.pseudo_huber(x, y)", 0.7, -1.3),
        ("special.pseudo_huber(1.0, y)", SIGNED),
    ],
    **{
        f"scipy.special.{name}": [0.7, -0.7, SIGNED]
        for name in ("erf", "erfc", "erfcx", "erfi", "dawsn", "ndtr")
    },
    "scipy.special.log_ndtr": [0.7, -0.7, -30.0, SIGNED],
    "scipy.special.erfinv": [0.7, SIGNED / 2],
    "scipy.special.erfcinv": [0.7, X],
    "scipy.special.ndtri": [0.7, X / 2],
    **{
        f"scipy.special.{name}[{k}]": [(f"special.{name}(x)[{k}]", p) for p in (0.7, M)]
        for name in ("fresnel", "sici", "shichi")
        for k in (0, 1)
    },
    "scipy.special.gamma": [2.5, -0.7, X],
    "scipy.special.gammaln": [2.5, 0.3, -0.7, X],
    "scipy.special.loggamma": [2.5, X],
    "scipy.special.gammasgn": [2.5, -0.7],
    "scipy.special.psi": [2.5, 0.3, X, ("special.digamma(x)", 0.4)],
    "scipy.special.polygamma": [("special.polygamma(2, x)", 0.7), ("special.polygamma(1, x)", M)],
    "scipy.special.zeta:2": [("special.zeta(2.5, x)", 0.7), ("special.zeta(2, x)", M)],
    "scipy.special.gammainc": [("special.gammainc(1.5, x)", 0.7), ("special.gammainc(X, x)", M)],
    "scipy.special.gammaincc": [("special.gammaincc(1.5, x)", 0.7), ("special.gammaincc(2, x)", X)],
    "scipy.special.beta": [("special.beta(x, y)", 0.7, 1.3), ("special.beta(x, y)", X, M)],
    "scipy.special.betaln": [("special.betaln(x, y)", 0.7, 1.3), ("special.betaln(x, y)", X, M)],
    "scipy.special.betainc": [
        ("special.betainc(1.5, 0.7, x)", 0.3),
        ("special.betainc(2, X, x)", M / 2),
    ],
    "scipy.special.betaincinv": [("special.betaincinv(1.5, 0.7, x)", 0.3)],
    "scipy.special.exp1": [0.7, M],
    "scipy.special.expi": [0.7, -0.7, M],
    "scipy.special.expn": spread("expn", 0, 1, 3),
    "scipy.special.exprel": [0.0, 1e-9, 0.7, np.array([[0.0, -0.4, 0.6], [-2.0, 0.1, 3.0]])],
    "scipy.special.spence": [1.0, 0.7, np.array([[1.0, 1.05, 0.95], [0.2, 2.3, 1e-3]])],
    "scipy.special.hyp1f1": [("special.hyp1f1(0.5, 1.5, x)", -0.7)],
    "scipy.special.hyp2f1": [("special.hyp2f1(0.5, 1.5, 2, x)", 0.3)],
    **{
        f"scipy.special.{name}": [0.7, M]
        for name in ("j0", "j1", "y0", "y1", "k0", "k1", "k0e", "k1e")
    },
    **{f"scipy.special.{name}": [0.7, 0.0, SIGNED] for name in ("i0", "i1")},
    **{f"scipy.special.{name}": [0.7, -0.7, SIGNED] for name in ("i0e", "i1e")},
    **{
        f"scipy.special.{name}": spread(name, 1.5, 2)
        for name in ("jv", "yv", "iv", "ive", "kv", "kve")
    },
    **{f"scipy.special.{name}": spread(name, 2) for name in ("yn", "kn")},
    "scipy.special.ellipe": [0.3, -0.3, 0.0, 1e-7, MODULI],
    "scipy.special.ellipk": [0.3, -0.3, 0.0, 1e-7, MODULI],
    "scipy.special.ellipkm1": [0.3, 1.3, 1.0, 1 - MODULI],
    "scipy.special.ellipkinc": [("special.ellipkinc(x, 0.3)", 0.7)],
    "scipy.special.ellipeinc": [("special.ellipeinc(x, -0.3)", M)],
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
    "scipy.integrate.trapezoid": [
        ("integrate.trapezoid(x, y)", M, X),
        ("integrate.trapezoid(x, dx=0.5, axis=0)", M),
    ],
    "scipy.integrate.cumulative_trapezoid": [
        ("integrate.cumulative_trapezoid(x)", M),
        ("integrate.cumulative_trapezoid(x, y, axis=0)", M, X[:2]),
        ("integrate.cumulative_trapezoid(x, y, initial=0)", M, X),
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
    "scipy.interpolate.bisplev": [
        ("interpolate.bisplev(x, y, SURFACE)", 1.3, 0.7),
        ("interpolate.bisplev(x, 0.4, SURFACE, dx=1) * x", 1.3),
        ("interpolate.bisplev(x, y, SURFACE) * x * y", 7.3, -0.7),
        ("interpolate.bisplev(x, y, (SURFACE[0], SURFACE[1], SURFACE[2], 4, 4))", 1.3, 0.7),
    ],
    **{
        f"scipy.stats.norm.{name}": [
            (f"stats.norm.{name}(x)", 0.7),
            (f"stats.norm.{name}(x, loc=y, scale=z)", 0.7, -0.3, 1.7),
            (f"stats.norm.{name}(x, y, 0.8)", SIGNED, M),
        ]
        for name in ("pdf", "logpdf", "cdf", "sf", "logcdf", "logsf")
    },
    **{
        f"scipy.stats.norm.{name}": [
            (f"stats.norm.{name}(x)", 0.7),
            (f"stats.norm.{name}(x, y, z)", X / 2, M, 1.7),
        ]
        for name in ("ppf", "isf")
    },
}

# What stands above the samples in a module of their own.
PRELUDE = """

from scipy import integrate, interpolate, special, stats

X = np.array([0.3, 0.8, 1.7])
KNOTS = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
HEIGHTS = [0.0, 1.0, 4.0, 9.0, 16.5, 20.0]
TCK = interpolate.splrep(KNOTS, HEIGHTS, k=4)
_GRID = np.meshgrid(KNOTS, KNOTS)
SURFACE = interpolate.bisplrep(*_GRID, np.sin(_GRID[0]) * np.cos(_GRID[1] / 2), kx=4, ky=4)
SPLINES = (TCK, interpolate.splrep(KNOTS, HEIGHTS[::-1], k=4))


def evaluated(*args, **kwargs):
    from scipy.interpolate import splev

    return splev(*args, **kwargs)
"""
