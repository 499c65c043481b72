"""SciPy: special functions, splines, the normal distribution. Filled in where SciPy is imported.

Sources: Abramowitz and Stegun; the NIST Digital Library of Mathematical Functions (DLMF), whose
equations the comments name. In the texts, `special`, `interpolate` and `stats` are SciPy's, as
generated text imports them.
"""

from srcgrad.rules.record import PARTS, scalar

# elliptic integrals (DLMF 19.4.1, 19.5): near 0 their quotient cancels, and the series does not
scalar(
    "scipy.special.ellipe",
    "m",
    d="choose(abs(m) < 0.1, -0.39269908169872414 * special.hyp2f1(0.5, 1.5, 2, m),"
    " (out - special.ellipk(m)) / (2 * nonzero(m)))",
    kind="npfloat",
)
scalar(
    "scipy.special.ellipk",
    "m",
    d="choose(abs(m) < 0.1, 0.39269908169872414 * special.hyp2f1(1.5, 1.5, 2, m),"
    " (special.ellipe(m) / (1 - m) - out) / (2 * nonzero(m)))",
    kind="npfloat",
)
scalar(
    "scipy.special.hyp2f1",  # DLMF 15.5.1
    "a, b, c, z",
    d=(None, None, None, "a * b / c * special.hyp2f1(a + 1, b + 1, c + 1, z)"),
    kind="npfloat",
)

# incomplete gamma functions, by x (DLMF 8.8.13)
_DENSITY = "np.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))"
scalar("scipy.special.gammainc", "a, x", d=(None, _DENSITY), kind="npfloat")
scalar("scipy.special.gammaincc", "a, x", d=(None, f"-{_DENSITY}"), kind="npfloat")
scalar("scipy.special.xlogy", "x, y", d=("np.log(y)", "x / y"), kind="npfloat")
scalar("scipy.special.gammaln", "x", d="special.psi(x)", kind="npfloat")
scalar("scipy.special.psi", "x", d="special.polygamma(1, x)", kind="npfloat")
scalar("scipy.special.polygamma", "n, x", d=(None, "special.polygamma(n + 1, x)"), kind="spline")

# Lambert's W of a real argument: W' = exp(-W) / (1 + W), by its real and imaginary parts u and v
PARTS["scipy.special.lambertw"] = (
    complex,
    {"real": "scipy.special.lambertw[real]", "imag": "scipy.special.lambertw[imag]"},
)
scalar(
    "scipy.special.lambertw[real]",
    "z, k=0, tol=1e-08",
    where="u = 1 + out; v = special.lambertw(z, k).imag",
    d=("np.exp(-out) * (u * np.cos(v) - v * np.sin(v)) / (u * u + v * v)", None, None),
    kind="npfloat",
)
scalar(
    "scipy.special.lambertw[imag]",
    "z, k=0, tol=1e-08",
    where="w = special.lambertw(z, k).real; u = 1 + w",
    d=("-np.exp(-w) * (u * np.sin(out) + out * np.cos(out)) / (u * u + out * out)", None, None),
    kind="npfloat",
)

# splines: by the knots and coefficients there is no derivative
scalar(
    "scipy.interpolate.splev",
    "x, tck, der=0, ext=0",
    d=("interpolate.splev(x, tck, der + 1, 1 if ext == 3 else ext)", None, None, None),
    kind="spline",
)
