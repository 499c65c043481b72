"""SciPy: special functions, splines, integrals of samples, the normal distribution. Filled in where SciPy is imported.

Sources: Abramowitz and Stegun; the NIST Digital Library of Mathematical Functions (DLMF), whose
equations the comments name. In the texts, `special`, `interpolate` and `stats` are SciPy's, as
generated text imports them.
"""

from functools import partial

import numpy as np

from srcgrad.rules.numpy_reductions import trapezoid
from srcgrad.rules.record import OTHERWISE, PARTS, scalar, vjp, written, zero

real = partial(scalar, kind="npfloat")
_LN2, _LN10 = "0.6931471805599453", "2.302585092994046"

# the logistic function and its like
real("scipy.special.expit", "x", d="out * special.expit(-x)")
real("scipy.special.logit", "x", d="1 / (x * (1 - x))")
real("scipy.special.log_expit", "x", d="special.expit(-x)")
real("scipy.special.softplus", "x", d="special.expit(x)")
vjp("scipy.special.logsumexp", "a, axis=None, *, keepdims=False", kind="reduce_to_float",
    where="share = np.exp(a - expand(out, a, axis, keepdims))", a="share * expand(dout, a, axis, keepdims)",
    jvp="np.sum(share * a_dot, axis=axis, keepdims=keepdims)")  # fmt: skip
OTHERWISE["scipy.special.logsumexp"] = "weighted", {"b": None, "return_sign": False}


@written("scipy.special.logsumexp:weighted")
def logsumexp_weighted(a, axis=None, b=None, keepdims=False, return_sign=False):
    """A weight of 0 leaves an inf out, too."""
    if return_sign:
        raise NotImplementedError("`logsumexp` is differentiated without `return_sign=`")
    b = np.asarray(b)
    a = np.where(b != 0, a, -np.inf)
    top = np.max(a, axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0.0)
    total = np.log(np.sum(b * np.exp(a - top), axis=axis, keepdims=keepdims))
    if not keepdims:
        top = np.reshape(top, np.shape(total)) if np.ndim(total) > 0 else np.sum(top)
    return total + top


vjp("scipy.special.softmax", "x, axis=None", kind="like",
    x="out * (dout - np.sum(dout * out, axis=axis, keepdims=True))",
    jvp="out * (x_dot - np.sum(out * x_dot, axis=axis, keepdims=True))")  # fmt: skip
vjp("scipy.special.log_softmax", "x, axis=None", kind="like",
    x="dout - np.exp(out) * np.sum(dout, axis=axis, keepdims=True)",
    jvp="x_dot - np.sum(np.exp(out) * x_dot, axis=axis, keepdims=True)")  # fmt: skip

# powers and logarithms; x log 0 = 0 where x = 0
real("scipy.special.log1p", "x", d="1 / (1 + x)")
real("scipy.special.expm1", "x", d="out + 1")
real("scipy.special.exp2", "x", d=f"{_LN2} * out")
real("scipy.special.exp10", "x", d=f"{_LN10} * out")
real("scipy.special.cbrt", "x", d="1 / (3 * out * out)")
real("scipy.special.xlogy", "x, y", d=("np.log(y)", "x / (y + (x == 0) * (y == 0))"))
real("scipy.special.xlog1py", "x, y", d=("np.log1p(y)", "x / (1 + y + (x == 0) * (y == -1))"))
real("scipy.special.entr", "x", d="-np.log(x) - 1")
real("scipy.special.rel_entr", "x, y", d=("np.log(x / y) + 1", "-x / y"))
real("scipy.special.kl_div", "x, y", d=("np.log(x / y)", "1 - x / y"))
real("scipy.special.huber", "delta, r",
    d=("np.maximum(abs(r) - delta, 0.0)", "np.clip(r, -delta, delta)"))  # fmt: skip
real("scipy.special.pseudo_huber", "delta, r", where="s = np.hypot(1.0, r / delta)",
    d=("2 * out / delta - r * r / (delta * s)", "r / s"))  # fmt: skip

# error functions and the normal distribution (DLMF 7)
real("scipy.special.erf", "x", d="1.1283791670955126 * np.exp(-x * x)")
real("scipy.special.erfc", "x", d="-1.1283791670955126 * np.exp(-x * x)")
real("scipy.special.erfcx", "x", d="2 * x * out - 1.1283791670955126")
real("scipy.special.erfi", "x", d="1.1283791670955126 * np.exp(x * x)")
real("scipy.special.dawsn", "x", d="1 - 2 * x * out")
real("scipy.special.erfinv", "x", d="0.886226925452758 * np.exp(out * out)")
real("scipy.special.erfcinv", "x", d="-0.886226925452758 * np.exp(out * out)")
real("scipy.special.ndtr", "x", d="0.3989422804014327 * np.exp(-0.5 * x * x)")
real("scipy.special.log_ndtr", "x",
    d="0.7978845608028654 / special.erfcx(-0.7071067811865476 * x)")  # fmt: skip
real("scipy.special.ndtri", "x", d="2.5066282746310002 * np.exp(0.5 * out * out)")
for _name, _first, _second in (
    ("fresnel", "np.sin(0.5 * np.pi * x * x)", "np.cos(0.5 * np.pi * x * x)"),
    ("sici", "np.sinc(x / np.pi)", "np.cos(x) / x"),
    ("shichi", "choose(x == 0, 1.0, np.sinh(x) / nonzero(x))", "np.cosh(x) / x"),
):
    real(f"scipy.special.{_name}[0]", "x", d=_first)
    real(f"scipy.special.{_name}[1]", "x", d=_second)
    PARTS[f"scipy.special.{_name}"] = tuple, {k: f"scipy.special.{_name}[{k}]" for k in (0, 1)}

# gamma and beta functions (DLMF 5, 8.8, 8.17); by the parameters of the incomplete ones there is none
_DENSITY = "np.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))"
_BETA_DENSITY = (
    "np.exp(special.xlogy(a - 1, {0}) + special.xlog1py(b - 1, -{0}) - special.betaln(a, b))"
)
real("scipy.special.gamma", "x", d="out * special.psi(x)")
real("scipy.special.gammaln", "x", d="special.psi(x)")
real("scipy.special.loggamma", "z", d="special.psi(z)")
zero("scipy.special.gammasgn", "x", kind="npfloat")
real("scipy.special.psi", "x", d="special.polygamma(1, x)")
scalar("scipy.special.polygamma", "n, x", d=(None, "special.polygamma(n + 1, x)"), kind="nparray")
real("scipy.special.zeta:2", "x, q", d=(None, "-x * special.zeta(x + 1, q)"))
real("scipy.special.gammainc", "a, x", d=(None, _DENSITY))
real("scipy.special.gammaincc", "a, x", d=(None, f"-{_DENSITY}"))
real("scipy.special.beta", "a, b", where="c = special.psi(a + b)",
    d=("out * (special.psi(a) - c)", "out * (special.psi(b) - c)"))  # fmt: skip
real("scipy.special.betaln", "a, b", where="c = special.psi(a + b)",
    d=("special.psi(a) - c", "special.psi(b) - c"))  # fmt: skip
real("scipy.special.betainc", "a, b, x", d=(None, None, _BETA_DENSITY.format("x")))
real("scipy.special.betaincinv", "a, b, y", d=(None, None, f"1 / {_BETA_DENSITY.format('out')}"))

# exponential integrals (DLMF 6, 8.19)
real("scipy.special.exp1", "z", d="-np.exp(-z) / z")
real("scipy.special.expi", "x", d="np.exp(x) / x")
real("scipy.special.expn", "n, x",
    d=(None, "choose(n > 0, -special.expn(n - 1, x), -np.exp(-x) * (1 + x) / (x * x))"))  # fmt: skip
real("scipy.special.exprel", "x",
    d="choose(abs(x) < 0.5, 0.5 * special.hyp1f1(2, 3, x), (np.exp(x) - out) / nonzero(x))")  # fmt: skip
real("scipy.special.spence", "z", d="choose(abs(1 - z) < 0.1,"
    " -special.hyp2f1(1, 1, 2, 1 - z), np.log(z) / nonzero(1 - z))")  # fmt: skip
real("scipy.special.hyp1f1", "a, b, x",  # DLMF 13.3.15
    d=(None, None, "a / b * special.hyp1f1(a + 1, b + 1, x)"))  # fmt: skip
real("scipy.special.hyp2f1", "a, b, c, z",  # DLMF 15.5.1
    d=(None, None, None, "a * b / c * special.hyp2f1(a + 1, b + 1, c + 1, z)"))  # fmt: skip

# Bessel functions (DLMF 10.6, 10.29); by the order there is no derivative
real("scipy.special.j0", "x", d="-special.j1(x)")
real("scipy.special.j1", "x", d="0.5 * (special.j0(x) - special.jv(2, x))")
real("scipy.special.jv", "v, z", d=(None, "0.5 * (special.jv(v - 1, z) - special.jv(v + 1, z))"))
real("scipy.special.y0", "x", d="-special.y1(x)")
real("scipy.special.y1", "x", d="special.y0(x) - out / x")
for _name in ("yn", "yv"):
    real(f"scipy.special.{_name}", "v, z",
        d=(None, "0.5 * (special.yv(v - 1, z) - special.yv(v + 1, z))"))  # fmt: skip
real("scipy.special.i0", "x", d="special.i1(x)")
real("scipy.special.i1", "x", d="0.5 * (special.i0(x) + special.iv(2, x))")
real("scipy.special.iv", "v, z", d=(None, "0.5 * (special.iv(v - 1, z) + special.iv(v + 1, z))"))
real("scipy.special.i0e", "x", d="special.i1e(x) - np.sign(x) * out")
real("scipy.special.i1e", "x", d="0.5 * (special.i0e(x) + special.ive(2, x)) - np.sign(x) * out")
real("scipy.special.ive", "v, z",
    d=(None, "0.5 * (special.ive(v - 1, z) + special.ive(v + 1, z)) - np.sign(z) * out"))  # fmt: skip
real("scipy.special.k0", "x", d="-special.k1(x)")
real("scipy.special.k1", "x", d="-special.k0(x) - out / x")
for _name in ("kn", "kv"):
    real(f"scipy.special.{_name}", "v, z",
        d=(None, "-0.5 * (special.kv(v - 1, z) + special.kv(v + 1, z))"))  # fmt: skip
real("scipy.special.k0e", "x", d="out - special.k1e(x)")
real("scipy.special.k1e", "x", d="out - special.k0e(x) - out / x")
real("scipy.special.kve", "v, z",
    d=(None, "out - 0.5 * (special.kve(v - 1, z) + special.kve(v + 1, z))"))  # fmt: skip

# elliptic integrals (DLMF 19.4, 19.5): near 0 the difference cancels, and its series does not
real("scipy.special.ellipe", "m", d="choose(abs(m) < 0.1,"
    " -0.39269908169872414 * special.hyp2f1(0.5, 1.5, 2, m),"
    " (out - special.ellipk(m)) / (2 * nonzero(m)))")  # fmt: skip
real("scipy.special.ellipk", "m", d="choose(abs(m) < 0.1,"
    " 0.39269908169872414 * special.hyp2f1(1.5, 1.5, 2, m),"
    " (special.ellipe(m) / (1 - m) - out) / (2 * nonzero(m)))")  # fmt: skip
real("scipy.special.ellipkm1", "p", d="choose(abs(1 - p) < 0.1,"
    " -0.39269908169872414 * special.hyp2f1(1.5, 1.5, 2, 1 - p),"
    " (out - special.ellipe(1 - p) / p) / (2 * nonzero(1 - p)))")  # fmt: skip
real("scipy.special.ellipkinc", "phi, m", d=("1 / np.sqrt(1 - m * np.square(np.sin(phi)))", None))
real("scipy.special.ellipeinc", "phi, m", d=("np.sqrt(1 - m * np.square(np.sin(phi)))", None))

# Lambert's W of a real argument: W' = exp(-W) / (1 + W), by its real and imaginary parts u and v
PARTS["scipy.special.lambertw"] = (
    complex,
    {"real": "scipy.special.lambertw[real]", "imag": "scipy.special.lambertw[imag]"},
)
real(
    "scipy.special.lambertw[real]",
    "z, k=0, tol=1e-08",
    where="u = 1 + out; v = special.lambertw(z, k).imag",
    d=("np.exp(-out) * (u * np.cos(v) - v * np.sin(v)) / (u * u + v * v)", None, None),
)
real(
    "scipy.special.lambertw[imag]",
    "z, k=0, tol=1e-08",
    where="w = special.lambertw(z, k).real; u = 1 + w",
    d=("-np.exp(-w) * (u * np.sin(out) + out * np.cos(out)) / (u * u + out * out)", None, None),
)

# splines: by the knots and coefficients there is no derivative
scalar(
    "scipy.interpolate.splev",
    "x, tck, der=0, ext=0",
    d=("interpolate.splev(x, tck, der + 1, 1 if ext == 3 else ext)", None, None, None),
    kind="spline",
)
# beyond its knots a spline of two numbers is constant; SciPy differentiates it less often than its degree
scalar(
    "scipy.interpolate.bisplev",
    "x, y, tck, dx=0, dy=0",
    d=(
        "within(x, tck, 0) * interpolate.bisplev(x, y, tck, dx + 1, dy)",
        "within(y, tck, 1) * interpolate.bisplev(x, y, tck, dx, dy + 1)",
        *(None, None, None),
    ),
    kind="bispline",
)

# integrals of samples
written("scipy.integrate.trapezoid")(trapezoid)


@written("scipy.integrate.simpson")
def simpson(y, x=None, *, dx=1.0, axis=-1):
    """By parabolas; of an even number of samples, the last interval by that of the last three."""
    if axis != -1 and axis != y.ndim - 1:
        y = y.T if y.ndim == 2 else np.moveaxis(y, axis, -1)
        if x is not None and x.ndim > 1:
            x = x.T if x.ndim == 2 else np.moveaxis(x, axis, -1)
    n = np.shape(y)[-1]
    h = None if x is None else x[..., 1:] - x[..., :-1]
    odd = n - (1 - n % 2)
    out = _parabolas(y[..., :odd], None if h is None else h[..., : odd - 1], dx)
    if n % 2 == 1:
        last = (
            np.zeros_like(y[..., -3:]) if h is not None and np.ndim(h) > 1 else np.zeros(min(n, 3))
        )
    elif h is None:
        last = dx * np.array([0.5, 0.5] if n == 2 else [-1.0 / 12.0, 2.0 / 3.0, 5.0 / 12.0])
    else:
        last = _last_weights(h[..., -2:], n)
    return out + np.sum(last * y[..., -3:], axis=-1)


def _last_weights(h, n):
    """The weights of the last three samples in the last interval, or of two that are all."""
    b = h[..., -1]
    if n == 2:
        return np.stack([0.5 * b, 0.5 * b], axis=-1)
    a = h[..., 0]
    first = -(b**3) / (6.0 * a * (a + b))
    middle = b * (b + 3.0 * a) / (6.0 * a)
    return np.stack([first, middle, b * (2.0 * b + 3.0 * a) / (6.0 * (a + b))], axis=-1)


def _parabolas(y, h, dx):
    if h is None:
        left, middle, right = y[..., :-2:2], y[..., 1:-1:2], y[..., 2::2]
        return dx / 3.0 * np.sum(left + 4.0 * middle + right, axis=-1)
    pairs = np.reshape(h, (*[np.shape(h)[k] for k in range(np.ndim(h) - 1)], -1, 2))
    a, b = pairs[..., 0], pairs[..., 1]
    sixth = (a + b) / 6.0
    left = np.sum(sixth * (2.0 - b / a) * y[..., :-2:2], axis=-1)
    middle = np.sum(sixth * (a + b) ** 2 / (a * b) * y[..., 1::2], axis=-1)
    return left + middle + np.sum(sixth * (2.0 - a / b) * y[..., 2::2], axis=-1)


@written("scipy.integrate.cumulative_trapezoid")
def cumulative_trapezoid(y, x=None, dx=1.0, axis=-1, initial=None):
    across = axis != -1 and axis != y.ndim - 1
    if initial is not None and initial != 0:
        raise ValueError("`initial` must be `None` or `0`.")
    if across:
        y = y.T if y.ndim == 2 else np.moveaxis(y, axis, -1)
        if x is not None and x.ndim > 1:
            x = x.T if x.ndim == 2 else np.moveaxis(x, axis, -1)
    steps = dx if x is None else x[..., 1:] - x[..., :-1]
    sums = np.cumsum(steps * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)
    if initial is not None:
        whole = np.zeros(y.shape)
        whole[..., 1:] = sums
        sums = whole
    if across:
        sums = sums.T if sums.ndim == 2 else np.moveaxis(sums, -1, axis)
    return sums


# the normal distribution, by the point, its mean and its deviation
normal = partial(scalar, signature="x, loc=0, scale=1", kind="npdouble")
_Z, _P = "z = (x - loc) / scale", "p = stats.norm.pdf(x, loc, scale)"
_RATIO = "p = np.exp(stats.norm.logpdf(x, loc, scale) - out)"
normal("scipy.stats.norm.pdf", where=_Z,
    d=("-out * z / scale", "out * z / scale", "out * (z * z - 1) / scale"))  # fmt: skip
normal("scipy.stats.norm.logpdf", where=_Z, d=("-z / scale", "z / scale", "(z * z - 1) / scale"))
normal("scipy.stats.norm.cdf", where=f"{_Z}; {_P}", d=("p", "-p", "-z * p"))
normal("scipy.stats.norm.sf", where=f"{_Z}; {_P}", d=("-p", "p", "z * p"))
normal("scipy.stats.norm.logcdf", where=f"{_Z}; {_RATIO}", d=("p", "-p", "-z * p"))
normal("scipy.stats.norm.logsf", where=f"{_Z}; {_RATIO}", d=("-p", "p", "z * p"))
for _name, _sign in (("ppf", ""), ("isf", "-")):
    _slope = f"{_sign}1 / stats.norm.pdf(out, loc, scale)"
    scalar(
        f"scipy.stats.norm.{_name}",
        "q, loc=0, scale=1",
        d=(_slope, "1", "(out - loc) / scale"),
        kind="npdouble",
    )
