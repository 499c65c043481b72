"""Points at which running extremes, norms along axes, and `scipy.fft` are checked, as in `samples`."""

import importlib.util

import numpy as np

X = np.array([0.3, -0.8, 1.7, 1.1])
M = np.array([[0.3, -0.8, 1.7], [1.1, 0.4, -0.6]])
N = np.array([[1.2, 0.5, 0.9], [-0.7, 2.1, 0.33]])
C = np.array([0.4, 1.1, 0.6])
T = np.sin(np.arange(1.0, 25.0)).reshape(2, 3, 4)
S = np.cos(np.arange(18.0) ** 2).reshape(2, 3, 3)

PRELUDE = """


def with_nan_filled(a):
    a = a * 1.0
    return np.nan_to_num(a, copy=False) * a


def parts_squared(z):
    return np.sum(z.real**2) + np.sum(z.imag**3)
"""

SAMPLES = {
    "numpy.nan_to_num:in_place": [("with_nan_filled(x) ** 2", np.array([0.5, np.nan, -1.2]))],
    "numpy.nan_to_num": [("np.nan_to_num(x, True, 1.0) ** 2", np.array([0.5, np.nan, -1.2]))],
    "numpy.copy": [("np.stack(x) ** 2", M), ("np.vstack(x) * y", M, C)],
    "numpy.reshape": [("np.concatenate(x) ** 2", T), ("np.hstack(x) ** 2", M)],
    "numpy.prod": [("math.prod(x) ** 2", X)],
    "numpy.maximum.accumulate": [
        ("np.maximum.accumulate(x) ** 2", X),
        ("np.maximum.accumulate(x) * x", M),
        ("np.maximum.accumulate(x, axis=-1) ** 2", T),
    ],
    "numpy.minimum.accumulate": [
        ("np.minimum.accumulate(x) ** 2", X),
        ("np.minimum.accumulate(x, axis=1) ** 2", T),
    ],
    "numpy.logaddexp.reduce": [
        ("np.logaddexp.reduce(x) ** 2", X),
        ("np.logaddexp.reduce(x) * y", M, C),
        ("np.logaddexp.reduce(x, axis=1, keepdims=True) * x", M),
        ("np.logaddexp.reduce(x)", 1000.0 * X),
    ],
    "numpy.sum": [("np.add.reduce(x, axis=1, initial=1.0) ** 2", M)],
    "numpy.all": [("np.logical_and.reduce(x > -1.0)", X)],
    "numpy.any": [("np.logical_or.reduce(x > 0.0, axis=1)", M)],
    "numpy.var": [("np.var(x, axis=1, correction=1) ** 2", M)],
    "numpy.average": [("np.average(x, axis=1, weights=[1.0, 2.0, 3.0]) ** 2", M)],
    "numpy.trapezoid": [("np.trapezoid(x, x=[0.0, 1.0, 3.0]) ** 2", M)],
    "numpy.int64": [("np.int64(2) * len(x)", X)],
    "numpy.linalg.matrix_rank": [
        ("np.linalg.matrix_rank(x, tol=1e-3)", M),
        ("np.linalg.matrix_rank(x)", S),
    ],
    "numpy.linalg.norm": [
        ("np.linalg.norm(x, 'nuc', axis=(0, 1)) * y", T, X),
        ("np.linalg.norm(x, 2, axis=(0, 2), keepdims=True) * x", T),
        ("np.linalg.norm(x, -2, axis=(2, 0)) ** 2", T),
    ],
    "numpy.linalg.vector_norm": [
        ("np.linalg.vector_norm(x, axis=(0, 2), ord=3) * y", T, C),
        ("np.linalg.vector_norm(x, axis=(0, 1, 2), keepdims=True) * x", T),
    ],
}

_WAYS = {
    "fft": ("x + 1j * y", "n=3", "norm='ortho'", "axis=0"),
    "ifft": ("x + 1j * y", "n=3", "norm='ortho'", "axis=0"),
    "rfft": ("x * y", "n=3", "norm='ortho'"),
    "irfft": ("x + 1j * y", "n=3", "axis=0"),
    "fft2": ("x + 1j * y", "norm='ortho'"),
    "ifft2": ("x + 1j * y", "axes=(1, 0)"),
    "rfft2": ("x * y", "norm='forward'"),
    "irfft2": ("x + 1j * y", "s=(2, 3)"),
    "fftn": ("x + 1j * y", "axes=(0,)"),
    "ifftn": ("x + 1j * y",),
    "rfftn": ("x * y",),
    "irfftn": ("x + 1j * y",),
    "fftshift": ("x * y", "axes=1"),
    "ifftshift": ("x + 1j * y",),
}
if importlib.util.find_spec("scipy"):
    for _name, (_of, *_more) in _WAYS.items():
        SAMPLES[f"scipy.fft.{_name}"] = [
            (f"parts_squared(sfft.{_name}({', '.join([_of, *way])}) + 0j)", M, N)
            for way in ([], *([w] for w in _more))
        ]
    for _name in ("dct", "idct"):
        SAMPLES[f"scipy.fft.{_name}"] = [
            (f"sfft.{_name}(x, norm='ortho') ** 2", X),
            (f"sfft.{_name}(x, 3, axis=0, norm='ortho') * x", M),
        ]
        SAMPLES[f"scipy.fft.{_name}n"] = [
            (f"sfft.{_name}n(x, norm='ortho') ** 2", M),
            (f"sfft.{_name}n(x, axes=(0, 2), norm='ortho') ** 2", T),
        ]
    SAMPLES["scipy.fft.fftfreq"] = [("sfft.fftfreq(4, x) ** 2", 0.7)]
    SAMPLES["scipy.fft.rfftfreq"] = [("sfft.rfftfreq(5, x) ** 2", 0.7)]
    SAMPLES["scipy.special.logsumexp:weighted"] = [
        ("special.logsumexp(x, b=y)", X, X + 2.0),
        ("special.logsumexp(x, 1, y) ** 2", M, C),
        ("special.logsumexp(x, axis=0, b=y, keepdims=True) * x", 1000.0 * M, N + 1.0),
        ("special.logsumexp(x, axis=1, b=[1.0, 0.0, 2.0])", M),
    ]
    PRELUDE += "\n\nfrom scipy import fft as sfft\n"
