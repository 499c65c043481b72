"""NumPy's linear algebra: systems, inverses, determinants, decompositions, norms.

Sources, by their names in the comments: Giles 2008, "Collected matrix derivative results for forward
and reverse mode algorithmic differentiation"; Seeger et al. 2017, "Auto-differentiating linear
algebra"; Murray 2016, "Differentiation of the Cholesky decomposition"; Townsend 2016,
"Differentiating the singular value decomposition"; Walter and Lehmann 2010, "Algorithmic
differentiation of linear algebra functions"; Golub and Pereyra 1973, "The differentiation of
pseudo-inverses and nonlinear least squares problems".

`cholesky` and `eigh` read one triangle of what they are given. So do their derivatives: what they
are by an entry of the other triangle is zero. Of repeated eigenvalues and singular values the sums have derivatives, and the
vectors have none: there it is infinite, unless the cotangent does not come by them.
"""

from __future__ import annotations

import numpy as np

from srcgrad.errors import CannotDifferentiate, Problem
from srcgrad.extents import Extent, fresh_extent, may_be_one
from srcgrad.ir import Const
from srcgrad.kinds import INT, Array, element
from srcgrad.operands import KindError, kind_of, literal
from srcgrad.promotion import floating, promote
from srcgrad.rules.macros import say
from srcgrad.rules.record import ALONE, PARTS, kind_rule, linear, macro, vjp, written, zero

# ------------------------------------------------------------ small words of the texts


@macro
def each(b, x):
    """A number for each matrix of a stack, so that it multiplies the matrix."""
    return say(b, "x[..., None, None]", x=x) if isinstance(kind_of(x), Array) else x


@macro
def across(b, x):
    """A vector as a row, so that it multiplies the columns of a matrix."""
    return x if kind_of(x).ndim == 1 else say(b, "x[..., None, :]", x=x)


@macro
def folded(b, g, upper):
    """The cotangent of a symmetric matrix, of which one triangle is read."""
    if literal(upper) in (True, "U", "u"):
        return say(b, "np.triu(g) + np.tril(g, -1).mT", g=g)
    return say(b, "np.tril(g) + np.triu(g, 1).mT", g=g)


@macro
def mirrored(b, g, upper):
    """The symmetric matrix that one triangle stands for."""
    if literal(upper) in (True, "U", "u"):
        return say(b, "np.triu(g) + np.triu(g, 1).mT", g=g)
    return say(b, "np.tril(g) + np.tril(g, -1).mT", g=g)


@macro
def apart(b, x, w):
    """x[i, j] / (w[j] - w[i]): 0 where x is, also where values are repeated."""
    text = "gap = across(w) - w[..., :, None]; x / np.where((gap == 0) * (x == 0), 1.0, gap)"
    return say(b, text, x=x, w=w)


@macro
def hollow(b, x):
    """A matrix without its diagonal."""
    return say(b, "x * (1.0 - np.eye(size(x, -1)))", x=x)


@macro
def is_singular(b, det):
    zeros = b.gate("operator.eq", det, Const(0))
    return b.gate("numpy.any", zeros) if isinstance(kind_of(det), Array) else zeros


# ------------------------------------------------------------ kinds


def _stack(kind):
    """The kind of a matrix or a stack of matrices, as floats; None of anything else."""
    return floating(kind) if isinstance(kind, Array) and kind.ndim >= 2 else None


def _with(kind, *extents):
    out = Array(kind.dtype, (*kind.extents[:-2], *extents))
    return out if out.extents else element(out)


def _shorter(kind):
    """The lesser of the numbers of rows and columns."""
    rows, columns = kind.extents[-2:]
    if rows == columns or 1 in (rows, columns):
        return rows if rows == columns else 1
    return Extent(f"min({rows},{columns})", 0, may_be_one(rows) or may_be_one(columns))


@kind_rule
def matrix(rule, args, kind_of):
    return _stack(kind_of(args["a"]))


@kind_rule
def square_matrix(rule, args, kind_of):
    """Of another matrix, NumPy raises an error."""
    a = _stack(kind_of(args["a"]))
    return a and _with(a, a.extents[-1], a.extents[-1])


@kind_rule
def matrix_transposed(rule, args, kind_of):
    a = _stack(kind_of(args["a"]))
    return a and _with(a, *a.extents[:-3:-1])


@kind_rule
def number_of_matrix(rule, args, kind_of):
    a = _stack(kind_of(args["a"]))
    return a and _with(a)


@kind_rule
def values_of_matrix(rule, args, kind_of):
    a = _stack(kind_of(args["a"]))
    return a and _with(a, a.extents[-1])


# ------------------------------------------------------------ systems and inverses

# `a` takes what of `b` the result passes on (Giles 2.3)
_matrix = {
    "21": "-np.linalg.solve(conj(a).T, dout)[:, None] * conj(out)",
    "*": "-np.linalg.solve(conj(a).mT, dout) @ conj(out).mT",
}
vjp("numpy.linalg.solve", "a, b", kind="solved", a=_matrix, b="np.linalg.solve(conj(a).mT, dout)",
    jvp="np.linalg.solve(a, b_dot) + -np.linalg.solve(a, a_dot @ out)")  # fmt: skip
vjp("numpy.linalg.inv", "a", kind="matrix", a="-(conj(out).mT @ dout @ conj(out).mT)",
    jvp="-(out @ a_dot @ out)")  # fmt: skip

# of matrices whose rank does not change nearby (Golub and Pereyra)
vjp("numpy.linalg.pinv", "a, rcond=None", kind="matrix_transposed", a="pinv_back(dout, out, a)",
    jvp="pinv_ahead(a_dot, out, a)")  # fmt: skip


@macro
def pinv_back(b, dout, out, a):
    text = """x = dout.mT @ out @ out.mT; y = out.mT @ out @ dout.mT;
              x - a @ (out @ x) + (y - (y @ out) @ a) - out.mT @ dout @ out.mT"""
    return say(b, text, dout=dout, out=out, a=a)


@macro
def pinv_ahead(b, a_dot, out, a):
    text = """x = out @ out.mT @ a_dot.mT; y = a_dot.mT @ out.mT @ out;
              x - (x @ a) @ out + (y - out @ (a @ y)) - out @ a_dot @ out"""
    return say(b, text, a_dot=a_dot, out=out, a=a)


# the solution, the residuals, the rank, the singular values
_least = "a, b, rcond=None"
PARTS["numpy.linalg.lstsq"] = tuple, {k: f"numpy.linalg.lstsq[{k}]" for k in range(4)}
vjp("numpy.linalg.lstsq[0]", _least, kind="least_squares", a="lstsq_back(dout, out, a, b)",
    b="np.linalg.pinv(a).T @ dout", jvp="lstsq_ahead(a_dot, out, a, b) + np.linalg.pinv(a) @ b_dot")  # fmt: skip
vjp("numpy.linalg.lstsq[1]", _least, kind="least_residuals", jvp="None")
zero("numpy.linalg.lstsq[2]", _least, kind="least_rank")
vjp("numpy.linalg.lstsq[3]", _least, kind="least_values", a="singular_back(dout, a, False)",
    jvp="singular_ahead(a_dot, a, False)")  # fmt: skip


@macro
def lstsq_back(b, dout, out, a, c):
    matrices = """p = np.linalg.pinv(a); y = p.T @ dout;
        (c - a @ out) @ (p @ y).T - y @ out.T + p.T @ out @ (dout - a.T @ y).T"""
    vectors = """p = np.linalg.pinv(a); y = p.T @ dout;
        (c - a @ out)[:, None] * (p @ y) - y[:, None] * out + (p.T @ out)[:, None] * (dout - a.T @ y)"""
    return say(b, vectors if kind_of(c).ndim == 1 else matrices, dout=dout, out=out, a=a, c=c)


@macro
def lstsq_ahead(b, a_dot, out, a, c):
    text = """p = np.linalg.pinv(a); z = a_dot.T @ (p.T @ out);
        p @ (p.T @ (a_dot.T @ (c - a @ out)) - a_dot @ out) + z - p @ (a @ z)"""
    return say(b, text, a_dot=a_dot, out=out, a=a, c=c)


@kind_rule
def least_squares(rule, args, kind_of):
    a, b = kind_of(args["a"]), kind_of(args["b"])
    if not (isinstance(a, Array) and isinstance(b, Array)) or a.ndim != 2 or b.ndim not in (1, 2):
        return None
    dtype = promote(*(Array(k.dtype, (1,)) for k in (a, b))).dtype
    return floating(Array(dtype, (a.extents[1], *b.extents[1:])))


@kind_rule
def least_residuals(rule, args, kind_of):
    kind = least_squares(rule, args, kind_of)
    return kind and Array(kind.dtype, (fresh_extent(),))


@kind_rule
def least_rank(rule, args, kind_of):
    return least_squares(rule, args, kind_of) and INT


@kind_rule
def least_values(rule, args, kind_of):
    kind = least_squares(rule, args, kind_of)
    return kind and Array(kind.dtype, (_shorter(kind_of(args["a"])),))


# ------------------------------------------------------------ determinants

# the cofactors, by the singular values where there is no inverse (Giles 2.2.4)
vjp(
    "numpy.linalg.det",
    "a",
    kind="number_of_matrix",
    a="each(dout) * (cofactors(a) if is_singular(out) else each(out) * np.linalg.inv(a).mT)",
    jvp="np.sum((cofactors(a) if is_singular(out) else each(out) * np.linalg.inv(a).mT) * a_dot, axis=(-2, -1))",
)
PARTS["numpy.linalg.slogdet"] = (
    type(np.linalg.slogdet(np.eye(1))),
    {"sign": "numpy.linalg.slogdet[0]", "logabsdet": "numpy.linalg.slogdet[1]"},
)
zero("numpy.linalg.slogdet[0]", "a", kind="number_of_matrix")
vjp("numpy.linalg.slogdet[1]", "a", kind="number_of_matrix", a="each(dout) * np.linalg.inv(a).mT",
    jvp="np.sum(np.linalg.inv(a).mT * a_dot, axis=(-2, -1))")  # fmt: skip


@macro
def cofactors(b, a):
    """Of each singular value the product of the others: none of it divides by one that is 0."""
    text = """u = np.linalg.svd(a, False)[0]; s = np.linalg.svd(a, False)[1];
        v = np.linalg.svd(a, False)[2];
        rest = np.prod(np.where(np.eye(size(s, -1)) == 1, 1.0, across(s)), axis=-1);
        each(np.linalg.det(u @ v)) * ((u * across(rest)) @ v)"""
    return say(b, text, a=a)


# ------------------------------------------------------------ decompositions

# Murray, equation 10
vjp("numpy.linalg.cholesky", "a, *, upper=False", kind="square_matrix", a="cholesky_back(dout, out, upper)",
    jvp="cholesky_ahead(a_dot, out, upper)")  # fmt: skip


@macro
def cholesky_back(b, dout, out, upper):
    text = """p = np.tril(out.mT @ dout); p = p + np.tril(p, -1).mT;
        s = np.linalg.solve(out.mT, np.linalg.solve(out.mT, p).mT);
        0.5 * (np.tril(s) + np.tril(s, -1))"""
    if not literal(upper):
        return say(b, text, dout=dout, out=out)
    lower = say(b, text, dout=say(b, "x.mT", x=dout), out=say(b, "x.mT", x=out))
    return say(b, "x.mT", x=lower)


@macro
def cholesky_ahead(b, a_dot, out, upper):
    text = """x = np.tril(a_dot); x = np.linalg.solve(out, x + np.tril(x, -1).mT);
        x = np.linalg.solve(out, x.mT); out @ (0.5 * (np.tril(x) + np.tril(x, -1)))"""
    if not literal(upper):
        return say(b, text, a_dot=a_dot, out=out)
    lower = say(b, text, a_dot=say(b, "x.mT", x=a_dot), out=say(b, "x.mT", x=out))
    return say(b, "x.mT", x=lower)


# Seeger et al., section 3.2; the part of the cotangent along the vectors themselves does not matter
PARTS["numpy.linalg.eigh"] = (
    type(np.linalg.eigh(np.eye(1))),
    {"eigenvalues": "numpy.linalg.eigh[0]", "eigenvectors": "numpy.linalg.eigh[1]"},
)
vjp("numpy.linalg.eigh[0]", "a, UPLO='L'", kind="values_of_matrix",
    where="v = np.linalg.eigh(a, UPLO)[1]", a="folded((v * across(dout)) @ v.mT, UPLO)",
    jvp="np.sum(v * (mirrored(a_dot, UPLO) @ v), axis=-2)")  # fmt: skip
vjp("numpy.linalg.eigh[1]", "a, UPLO='L'", kind="matrix", a="eigh_back(dout, out, a, UPLO)",
    jvp="eigh_ahead(a_dot, out, a, UPLO)")  # fmt: skip


@macro
def eigh_back(b, dout, v, a, upper):
    text = """w = np.linalg.eigh(a, upper)[0]; x = v.mT @ dout; x = 0.5 * (x - x.mT);
        folded(v @ apart(x, w) @ v.mT, upper)"""
    return say(b, text, dout=dout, v=v, a=a, upper=upper)


@macro
def eigh_ahead(b, a_dot, v, a, upper):
    text = """w = np.linalg.eigh(a, upper)[0]; x = v.mT @ mirrored(a_dot, upper) @ v;
        v @ apart(hollow(x), w)"""
    return say(b, text, a_dot=a_dot, v=v, a=a, upper=upper)


@written("numpy.linalg.eigvalsh")
def eigvalsh(a, UPLO="L"):
    return np.linalg.eigh(a, UPLO)[0]


# Townsend, equations 11 and 16 to 18, for the vectors that the values belong to
_thin = "a, full_matrices=True, compute_uv=True, hermitian=False"
PARTS["numpy.linalg.svd"] = (
    type(np.linalg.svd(np.eye(1))),
    {key: f"numpy.linalg.svd[{k}]" for k, key in enumerate(("U", "S", "Vh"))},
)
ALONE["numpy.linalg.svd"] = "compute_uv", (False,)
vjp("numpy.linalg.svd[0]", _thin, kind="singular", a="left_back(dout, out, a, full_matrices)",
    jvp="left_ahead(a_dot, out, a, full_matrices)")  # fmt: skip
vjp("numpy.linalg.svd[1]", _thin, kind="singular", a="singular_back(dout, a, full_matrices)",
    jvp="singular_ahead(a_dot, a, full_matrices)")  # fmt: skip
vjp("numpy.linalg.svd[2]", _thin, kind="singular", a="right_back(dout, out, a, full_matrices)",
    jvp="right_ahead(a_dot, out, a, full_matrices)")  # fmt: skip


@written("numpy.linalg.svd")
def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    return np.linalg.svd(a, False, True, hermitian)[1]


@written("numpy.linalg.svdvals")
def svdvals(x, /):
    return np.linalg.svd(x, False)[1]


@kind_rule
def singular(rule, args, kind_of):
    a = _stack(kind_of(args["a"]))
    if literal(args["hermitian"]) is not False:
        raise KindError(
            "`np.linalg.svd` is not differentiated with `hermitian=`: use np.linalg.eigh"
        )
    if a is None:
        return None
    (rows, columns), k = a.extents[-2:], _shorter(a)
    full = literal(args["full_matrices"])
    shapes = ((rows, rows if full else k), (k,), (columns if full else k, columns))
    return _with(a, *shapes[int(rule.name[-2])])


def _svd(b, a, full):
    """Both matrices of vectors, and the values."""
    square = kind_of(a).extents[-1] == kind_of(a).extents[-2]
    flag = Const(square and bool(literal(full)))  # of no other does it matter
    u, s, v = (b.call(f"np.linalg.svd[{k}]", [a, flag], ()) for k in range(3))
    return {"u": u, "s": s, "v": v}


@macro
def singular_back(b, dout, a, full):
    return say(b, "(u * across(dout)) @ v", dout=dout, **_svd(b, a, full))


@macro
def singular_ahead(b, a_dot, a, full):
    return say(b, "np.sum((u.mT @ a_dot) * v, axis=-1)", a_dot=a_dot, **_svd(b, a, full))


def _refuse_full(b, a, full):
    """The vectors that no value belongs to may turn freely: nothing says how they follow `a`."""
    rows, columns = kind_of(a).extents[-2:]
    if literal(full) and rows != columns:
        what = "the vectors of `np.linalg.svd` are differentiated with `full_matrices=False`"
        where = b.loc and b.loc[0].location(b.loc[1])
        raise CannotDifferentiate(
            (Problem(where, what, "pass that: of a square matrix they are the same"),)
        )


def _more(a, one, two) -> str:
    """A test of the lengths of axes; `False` where they are one length."""
    rows, columns = kind_of(a).extents[-2:]
    return "False" if rows == columns else f"size(a, {one}) > size(a, {two})"


@macro
def left_back(b, dout, out, a, full):
    _refuse_full(b, a, full)
    text = f"""x = u.mT @ dout; inner = u @ (apart(x - x.mT, s * s) * across(s));
        (inner + (dout - u @ x) / across(s) if {_more(a, -2, -1)} else inner) @ v"""
    return say(b, text, dout=dout, a=a, **_svd(b, a, full))


@macro
def right_back(b, dout, out, a, full):
    _refuse_full(b, a, full)
    text = f"""x = v @ dout.mT; inner = s[..., :, None] * apart(x - x.mT, s * s) @ v;
        u @ (inner + (dout - x.mT @ v) / s[..., :, None] if {_more(a, -1, -2)} else inner)"""
    return say(b, text, dout=dout, a=a, **_svd(b, a, full))


@macro
def left_ahead(b, a_dot, out, a, full):
    _refuse_full(b, a, full)
    text = f"""y = a_dot @ v.mT; x = u.mT @ y; z = x * across(s);
        inner = u @ apart(hollow(z + z.mT), s * s);
        inner + (y - u @ x) / across(s) if {_more(a, -2, -1)} else inner"""
    return say(b, text, a_dot=a_dot, a=a, **_svd(b, a, full))


@macro
def right_ahead(b, a_dot, out, a, full):
    _refuse_full(b, a, full)
    text = f"""y = u.mT @ a_dot; x = y @ v.mT; z = s[..., :, None] * x;
        inner = apart(hollow(z + z.mT), s * s).mT @ v;
        inner + (y - x @ v) / s[..., :, None] if {_more(a, -1, -2)} else inner"""
    return say(b, text, a_dot=a_dot, a=a, **_svd(b, a, full))


# Walter and Lehmann, of matrices that are not wider than they are high: of others, `solve` raises
PARTS["numpy.linalg.qr"] = (
    type(np.linalg.qr(np.eye(1))),
    {"Q": "numpy.linalg.qr[0]", "R": "numpy.linalg.qr[1]"},
)
ALONE["numpy.linalg.qr"] = "mode", ("r",)
vjp("numpy.linalg.qr[0]", "a, mode='reduced'", kind="triangular",
    where="r = np.linalg.qr(a)[1]",
    a="np.linalg.solve(r, (dout - out @ mirrored(dout.mT @ out, False)).mT).mT",
    jvp="np.linalg.solve(r.mT, a_dot.mT).mT - out @ rising(out.mT @ np.linalg.solve(r.mT, a_dot.mT).mT)")  # fmt: skip
vjp("numpy.linalg.qr[1]", "a, mode='reduced'", kind="triangular",
    where="q = np.linalg.qr(a)[0]",
    a="np.linalg.solve(out, (q @ mirrored(out @ dout.mT, False)).mT).mT",
    jvp="rising(q.mT @ np.linalg.solve(out.mT, a_dot.mT).mT) @ out")  # fmt: skip


@macro
def rising(b, c):
    """The upper triangle of what an orthogonal matrix turns by, and what that leaves."""
    return say(b, "np.triu(c) + np.tril(c, -1).mT", c=c)


@written("numpy.linalg.qr")
def qr(a, mode="reduced"):
    return np.linalg.qr(a)[1]


@kind_rule
def triangular(rule, args, kind_of):
    a = _stack(kind_of(args["a"]))
    if literal(args["mode"]) != "reduced":
        raise KindError("`np.linalg.qr` is differentiated with `mode='reduced'` or `'r'` only")
    if a is None:
        return None
    (rows, columns), k = a.extents[-2:], _shorter(a)
    return _with(a, *((rows, k) if rule.name.endswith("[0]") else (k, columns)))


@kind_rule
def rank_of_matrix(rule, args, kind_of):
    a = _stack(kind_of(args["A"]))
    return a and _with(Array("i8", a.extents))


zero(
    "numpy.linalg.matrix_rank", "A, tol=None, hermitian=False, *, rtol=None", kind="rank_of_matrix"
)


@written("numpy.linalg.cond")
def cond(x, p=None):
    if p is None or p == 2 or p == -2:
        s = np.linalg.svd(x, False)[1]
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return np.linalg.norm(x, p, (-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, (-2, -1))


# a transposed stack is written `x.mT`
linear("numpy.ndarray.mT", "x", kind="transposed_matrices", x="dout.mT", alias="view", cheap=True)
