"""Points at which the rules of `srcgrad/rules/numpy_reductions.py` are checked, as in `samples`."""

import numpy as np

X = np.array([0.3, 0.8, 1.7, -0.4])
M = np.array([[0.3, -0.8, 1.7], [1.1, 0.4, -0.6]])
T = np.array([[[0.3, -0.8], [1.7, 0.5]], [[1.1, 0.4], [-0.6, 0.9]]])
ZEROS = np.array([[0.3, 0.0, 1.7], [0.0, 0.0, -0.6]])  # none, one and two of a product
W = np.array([0.5, 1.5])
RISING = np.array([0.1, 0.4, 1.1])

AXES = ["", ", axis=0", ", axis=-1, keepdims=True", ", axis=(0, 1)", ", axis=(-1,)"]
MASKED = [", where=SOME", ", axis=0, where=SOME", ", axis=1, where=ROW, keepdims=True"]


def along(name, point, more=()):
    """A reduction with all sorts of axes, and as a method."""
    return [
        *((f"np.{name}(x{how})", point) for how in [*AXES, *more]),
        *([] if name.startswith("nan") else [(f"x.{name}(1)", point)]),
        (f"np.{name}(x[:, ::2].T)", point),
    ]


def first(name):
    """A reduction with a value to begin with."""
    return [
        (f"np.{name}(x, initial=y)", M, 1.3),
        (f"np.{name}(x, axis=1, initial=y, where=SOME)", M, 0.35),
    ]


SAMPLES = {
    **{
        f"numpy.{nan}{name}": [
            *along(f"{nan}{name}", M, MASKED),
            *first(f"{nan}{name}"),
            (f"np.{nan}{name}(x, axis=(0, 2))", T) if name == "sum" else (f"np.{nan}{name}(x)", X),
        ]
        for nan in ("", "nan")
        for name in ("sum", "prod")
    },
    **{
        f"numpy.{nan}{name}": along(f"{nan}{name}", M, MASKED)
        for nan in ("", "nan")
        for name in ("mean", "var", "std")
    },
    **{
        f"numpy.{nan}{name}": [*along(f"{nan}{name}", M), *first(f"{nan}{name}")]
        for nan in ("", "nan")
        for name in ("max", "min")
    },
    "numpy.amax": [X, ("np.amax(x, axis=1)", M)],
    "numpy.amin": [X, ("np.amin(x, axis=1)", M)],
    "numpy.median": along("median", M)[:-2] + [("np.median(x)", X), ("np.median(x[:3])", X)],
    "numpy.nanmedian": [*along("nanmedian", M), ("np.nanmedian(x + GAPS)", X)],
    "numpy.cumsum": [
        X,
        ("np.cumsum(x) * np.cumsum(x, axis=None)", M),
        ("np.cumsum(x, axis=0)", M),
        ("x.cumsum(1)", M),
        ("np.cumsum(x, axis=-2)", T),
    ],
    "numpy.cumprod": [
        X,
        M,
        ZEROS,
        ("np.cumprod(x, axis=0)", M),
        ("np.cumprod(x, axis=0)", ZEROS),
        ("x.cumprod(axis=-1)", ZEROS),
        ("np.cumprod(x) * 2.0", ZEROS[1]),
    ],
    "numpy.nancumsum": [("np.nancumsum(x + GAPS)", X), ("np.nancumsum(x, axis=1)", M)],
    "numpy.nancumprod": [("np.nancumprod(x + GAPS)", X), ("np.nancumprod(x, 1)", ZEROS)],
    "numpy.ptp": [X, ("np.ptp(x, axis=1)", M), ("np.ptp(x, 0, keepdims=True)", M)],
    "numpy.average": [
        *along("average", M)[:-2],
        ("np.average(x, weights=y)", X, X + 1),
        ("np.average(x, weights=y)", M, M + 2),
        ("np.average(x, axis=1, weights=y, keepdims=True)", M, M + 2),
        ("np.average(x, 0, y)", M, W),
        ("np.average(x, axis=-1, weights=y, keepdims=True)", T, W),
        ("np.average(x, axis=1, weights=y)", T, W),
    ],
    "numpy.quantile": [
        ("np.quantile(x, 0.3)", M),
        ("np.quantile(x, 0.3, axis=1)", M),
        ("np.quantile(x, LEVELS, axis=-1, keepdims=True)", M),
        ("np.quantile(x, LEVELS, axis=(0, 1))", M),
        ("np.quantile(x, LEVELS)", X),
        *((f"np.quantile(x, 0.3, method={m!r})", M) for m in "hazen weibull lower higher".split()),
        *((f"np.quantile(x, LEVELS, 0, method={m!r})", M) for m in ("midpoint", "nearest")),
    ],
    "numpy.percentile": [
        ("np.percentile(x, 30)", X),
        ("np.percentile(x, 100 * LEVELS, axis=0)", M),
        ("np.percentile(x, 0)", X),
        ("np.percentile(x, 100)", X),
        ("np.percentile(x, 40.0, method='median_unbiased')", X),
    ],
    "numpy.nanquantile": [
        ("np.nanquantile(x + GAPS, 0.3)", X),
        ("np.nanquantile(x, LEVELS, axis=1)", M),
        ("np.nanquantile(x + GAPS, 0.6, method='normal_unbiased')", X),
    ],
    "numpy.nanpercentile": [
        ("np.nanpercentile(x + GAPS, 30)", X),
        ("np.nanpercentile(x, 30, axis=0, keepdims=True)", M),
    ],
    "numpy.trapezoid": [
        X,
        ("np.trapezoid(x, dx=y)", M, 0.3),
        ("np.trapezoid(x, y)", M, RISING),
        ("np.trapezoid(x, y, axis=0)", M, RISING[:2]),
        ("np.trapezoid(x, y, axis=0)", M, M * M),
        ("np.trapezoid(x, axis=-1)", T),
    ],
    "numpy.trapz": [("np.trapz(x, y)", M, RISING)],
}
SAMPLES["numpy.prod"] += [
    ("np.prod(x)", ZEROS),
    ("np.prod(x, axis=0)", ZEROS),
    ("np.prod(x, axis=1)", ZEROS),
    ("np.prod(x, axis=(1, 0))", ZEROS),
    ("np.prod(x, axis=(0,))", T),
]
for _name in ("sum", "mean", "prod", "std", "max"):
    SAMPLES[f"numpy.nan{_name}"].append((f"np.nan{_name}(x + GAPS)", X))
for _name in ("var", "std"):
    SAMPLES[f"numpy.{_name}"] += [
        (f"np.{_name}(x, ddof=1)", X),
        (f"np.{_name}(x, axis=1, ddof=1.5)", M),
    ]

# What stands above the samples in a module of their own.
PRELUDE = """

SOME = np.array([[True, False, True], [True, True, True]])
ROW = np.array([True, False, True])
GAPS = np.array([0.0, np.nan, 0.0, 0.0])
LEVELS = np.array([0.0, 0.3, 0.8])
"""
