"""Points at which the rules of `srcgrad/rules/numpy_linalg.py` are checked, as in `samples`."""

import numpy as np

draw = np.random.default_rng(7)
A = draw.normal(size=(3, 3))
SPD = A @ A.T + np.eye(3)
STACK = draw.normal(size=(2, 3, 3))
SPDS = STACK @ STACK.mT + np.eye(3)
TALL, WIDE = draw.normal(size=(4, 2)), draw.normal(size=(2, 4))
TALLS, WIDES = draw.normal(size=(2, 4, 2)), draw.normal(size=(2, 2, 4))
LOW = np.outer([1.0, 2.0, -1.0], [0.5, 1.0, 2.0]) + np.outer([0.0, 1.0, 1.0], [1.0, -1.0, 0.3])
V = draw.normal(size=3)
NORMS = [
    *(
        f"np.linalg.norm(x, {order})"
        for order in (None, 1, 2, 3, 2.5, 0.5, -1, "np.inf", "-np.inf")
    ),
    "np.linalg.norm(x, axis=0)",
    "np.linalg.norm(x, keepdims=True)",
]

SAMPLES = {
    "numpy.linalg.solve": [
        ("np.linalg.solve(x, y)", A, V),
        ("np.linalg.solve(x, y)", STACK, STACK[::-1]),
        ("np.linalg.solve(x, y)", STACK, A),
        ("np.linalg.solve(x, y)", A, STACK),
        ("np.linalg.solve(x, y)", STACK, TALLS[:, :3]),
    ],
    "numpy.linalg.inv": [("np.linalg.inv(x)", A), ("np.linalg.inv(x)", STACK)],
    "numpy.linalg.pinv": [
        ("np.linalg.pinv(x)", A),
        ("np.linalg.pinv(x)", TALL),
        ("np.linalg.pinv(x)", WIDE),
        ("np.linalg.pinv(x)", TALLS),
        ("np.linalg.pinv(np.outer(x, y))", V, TALL[:, 0]),
    ],
    "numpy.linalg.lstsq[0]": [
        ("np.linalg.lstsq(x, y)[0]", TALL, TALL[:, 0]),
        ("np.linalg.lstsq(x, y)[0]", TALL, WIDE.T @ np.ones((2, 3)) + draw.normal(size=(4, 3))),
        ("np.linalg.lstsq(x, y, rcond=None)[0]", WIDE, V[:2]),
        ("np.linalg.lstsq(np.outer(x, y), z)[0]", TALL[:, 0], V, TALL[:, 1]),
    ],
    "numpy.linalg.lstsq[1]": [("np.linalg.lstsq(TALL, ONES)[1] * x", 0.7)],
    "numpy.linalg.lstsq[2]": [("np.linalg.lstsq(x, ONES)[2]", TALL)],
    "numpy.linalg.lstsq[3]": [("np.linalg.lstsq(x, ONES)[3]", TALL)],
    "numpy.linalg.det": [
        ("np.linalg.det(x)", A),
        ("np.linalg.det(x)", STACK),
        ("np.linalg.det(x)", np.diag([2.0, 3.0, 0.0])),
        ("np.linalg.det(x)", np.stack([A, np.diag([2.0, 0.0, 3.0])])),
    ],
    "numpy.linalg.slogdet[0]": [("np.linalg.slogdet(x)[0]", A), ("signs(x)", STACK)],
    "numpy.linalg.slogdet[1]": [
        ("np.linalg.slogdet(x).logabsdet", A),
        ("np.linalg.slogdet(x)[1]", STACK),
        ("volume(x)", A),
    ],
    "numpy.linalg.cholesky": [
        ("np.linalg.cholesky(x)", SPD),
        ("np.linalg.cholesky(x)", SPDS),
        ("np.linalg.cholesky(x, upper=True)", SPD),
        ("np.linalg.cholesky(x @ x.T + np.eye(3))", A),
    ],
    "numpy.linalg.eigh[0]": [
        ("np.linalg.eigh(x)[0]", A),
        ("np.linalg.eigh(x, 'U').eigenvalues", A),
        ("np.linalg.eigh(x, UPLO='U')[0]", STACK),
        ("spectrum(x)", SPD),
    ],
    "numpy.linalg.eigh[1]": [
        ("np.linalg.eigh(x)[1]", A),
        ("np.linalg.eigh(x, 'U').eigenvectors", A),
        ("np.linalg.eigh(x)[1]", STACK),
    ],
    "numpy.linalg.eigvalsh": [
        ("np.linalg.eigvalsh(x)", A),
        ("np.linalg.eigvalsh(x, UPLO='U')", STACK),
    ],
    "numpy.linalg.svd[0]": [
        *(
            (f"np.linalg.svd(x, {mode})[0]", a)
            for a in (A, TALL, WIDE, STACK, TALLS, WIDES)
            for mode in ["full_matrices=False"]
        ),
        ("np.linalg.svd(x @ x.T)[0]", A),
    ],
    "numpy.linalg.svd[1]": [
        ("np.linalg.svd(x, full_matrices=False)[1]", TALLS),
        ("np.linalg.svd(x)[1]", TALL),
        ("np.linalg.svd(x)[1]", WIDES),
        ("parts(x)", TALL),
        ("reconstructed(x)", A),
    ],
    "numpy.linalg.svd[2]": [
        ("np.linalg.svd(x, False)[2]", a) for a in (A, TALL, WIDE, STACK, TALLS, WIDES)
    ],
    "numpy.linalg.svd": [("np.linalg.svd(x, compute_uv=False)", TALL)],
    "numpy.linalg.svdvals": [("np.linalg.svdvals(x)", WIDE)],
    "numpy.linalg.qr[0]": [("np.linalg.qr(x)[0]", a) for a in (A, TALL, STACK, TALLS)],
    "numpy.linalg.qr[1]": [("np.linalg.qr(x).R", a) for a in (A, TALL, STACK, TALLS)]
    + [("product(x)", TALL)],
    "numpy.linalg.qr": [("np.linalg.qr(x, mode='r')", TALL)],
    "numpy.linalg.norm": [
        *((text, V) for text in NORMS),
        ("np.linalg.norm(x)", A),
        ("np.linalg.norm(x)", STACK),
        *((f"np.linalg.norm(x, {p!r}, axis=1)", A) for p in (1, 2, 3, np.inf) if p != np.inf),
        ("np.linalg.norm(x, np.inf, axis=-1, keepdims=True)", STACK),
        ("np.linalg.norm(x, axis=(0, 2))", STACK),
        *(
            (f"np.linalg.norm(x, {p})", A)
            for p in ("'fro'", "'nuc'", 2, -2, 1, -1, "np.inf", "-np.inf")
        ),
        *(
            (f"np.linalg.norm(x, {p}, axis=(1, 2))", STACK)
            for p in ("'fro'", "'nuc'", 2, 1, "np.inf")
        ),
        ("np.linalg.norm(x, 1, axis=(0, 2), keepdims=True)", STACK),
        ("np.linalg.norm(x, 'nuc', axis=(-2, -1), keepdims=True)", STACK),
        ("np.linalg.norm(x, ord='nuc')", TALL),
    ],
    "numpy.linalg.vector_norm": [
        ("np.linalg.vector_norm(x)", A),
        ("np.linalg.vector_norm(x, ord=3, axis=0)", A),
    ],
    "numpy.linalg.matrix_norm": [
        ("np.linalg.matrix_norm(x)", STACK),
        ("np.linalg.matrix_norm(x, ord='nuc')", A),
    ],
    "numpy.linalg.cond": [
        *((f"np.linalg.cond(x, {p})", A) for p in (None, 2, -2, 1, "'fro'", "np.inf")),
        ("np.linalg.cond(x)", STACK),
    ],
    "numpy.ndarray.mT": [("x.mT * y", TALLS, WIDES), ("x.mT * y", TALL, WIDE)],
}

# What stands above the samples in a module of their own.
PRELUDE = """

TALL = np.array([[0.3, -0.8], [1.1, 0.4], [-0.6, 0.2], [0.7, 1.5]])
ONES = np.ones(4)


def signs(x):
    sign, _ = np.linalg.slogdet(x)
    return sign


def volume(x):
    sign, logarithm = np.linalg.slogdet(x)
    return sign * np.exp(logarithm)


def spectrum(x):
    w, v = np.linalg.eigh(x @ x.T)
    return v * np.exp(w) @ v.T


def parts(x):
    found = np.linalg.svd(x, full_matrices=False)
    u, s, vh = found
    return np.sum(found.U * u) + np.sum(s * found.S) + np.sum(found[2] * x[:2])


def reconstructed(x):
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return u * s @ vh


def product(x):
    q, r = np.linalg.qr(x)
    return q @ r
"""
