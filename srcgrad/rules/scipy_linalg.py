"""SciPy's linear algebra: triangular systems, factored systems, the matrix exponential.

What mirrors NumPy's is written in terms of that. Of a triangular matrix only the triangle is read,
so the derivative by anything else is zero (Giles 2008, 2.3). In the texts, `linalg` is SciPy's, as
generated text imports it; `lu_solve` takes there its two matrices one by one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from srcgrad.ir import Const
from srcgrad.kinds import Array, is_numeric
from srcgrad.operands import KindError, kind_of, literal
from srcgrad.promotion import floating, promote
from srcgrad.rules.macros import say
from srcgrad.rules.record import PARTS, TOGETHER, kind_rule, macro, vjp, written, zero


@written("scipy.linalg.inv")
def inv(a):
    return np.linalg.inv(a)


@written("scipy.linalg.det")
def det(a):
    return np.linalg.det(a)


@written("scipy.linalg.solve")
def solve(a, b):
    return np.linalg.solve(a, b)


@written("scipy.linalg.norm")
def norm(a, ord=None, axis=None, keepdims=False):
    return np.linalg.norm(a, ord, axis, keepdims)


@written("scipy.linalg.cholesky")
def cholesky(a, lower=False):
    return np.linalg.cholesky(a) if lower else np.linalg.cholesky(a, upper=True)


# ------------------------------------------------------------ triangular systems

vjp("scipy.linalg.solve_triangular", "a, b, trans=0, lower=False, unit_diagonal=False",
    kind="triangle_solved", a="triangle_back(dout, out, a, trans, lower, unit_diagonal)",
    b="linalg.solve_triangular(a, dout, other_way(trans), lower, unit_diagonal)",
    jvp="linalg.solve_triangular(a, b_dot, trans, lower, unit_diagonal)"
    " + triangle_ahead(a_dot, out, a, trans, lower, unit_diagonal)")  # fmt: skip


@kind_rule
def triangle_solved(rule, args, kind_of):
    a, b = kind_of(args["a"]), kind_of(args["b"])
    if literal(args.get("trans", Const(0))) not in (0, 1, 2, "N", "T", "C"):
        return None
    if not (isinstance(a, Array) and isinstance(b, Array)) or a.ndim != 2 or b.ndim not in (1, 2):
        return None
    return floating(Array(promote(*(Array(k.dtype, (1,)) for k in (a, b))).dtype, b.extents))


def _turned(trans) -> bool:
    return literal(trans) not in (0, "N")


@macro
def other_way(b, trans):
    return Const(0 if _turned(trans) else 1)


def _triangle(b, g, lower, unit):
    """What of a matrix is read."""
    k = int(bool(literal(unit)))
    return b.gate("numpy.tril" if literal(lower) else "numpy.triu", g,
                  *([Const(-k if literal(lower) else k)] if k else ()))  # fmt: skip


@macro
def triangle_back(b, dout, out, a, trans, lower, unit):
    names = {"dout": dout, "x": out, "a": a, "trans": trans, "lower": lower, "unit": unit}
    outer = "{0}[:, None] * {1}" if kind_of(out).ndim == 1 else "{0} @ {1}.T"
    outer = outer.format(*(("x", "y") if _turned(trans) else ("y", "x")))
    text = f"y = linalg.solve_triangular(a, dout, other_way(trans), lower, unit); -({outer})"
    return _triangle(b, say(b, text, **names), lower, unit)


@macro
def triangle_ahead(b, a_dot, out, a, trans, lower, unit):
    moved = _triangle(b, a_dot, lower, unit)
    names = {"x": out, "a": a, "trans": trans, "lower": lower, "unit": unit, "m": moved}
    m = "m.T" if _turned(trans) else "m"
    return say(b, f"-linalg.solve_triangular(a, {m} @ x, trans, lower, unit)", **names)


@written("scipy.linalg.cho_factor")
def cho_factor(a, lower=False):
    factor = np.linalg.cholesky(a) if lower else np.linalg.cholesky(a, upper=True)
    return factor, lower


@written("scipy.linalg.cho_solve")
def cho_solve(c_and_lower, b):
    from scipy import linalg  # type: ignore[import-untyped]

    c, lower = c_and_lower
    if lower:
        return linalg.solve_triangular(c, linalg.solve_triangular(c, b, 0, True), 1, True)
    return linalg.solve_triangular(c, linalg.solve_triangular(c, b, 1))


# ------------------------------------------------------------ systems by their LU factors

# P L U = a with a fixed P, which P L = a / U leaves out; L has ones on its diagonal
PARTS["scipy.linalg.lu_factor"] = tuple, {k: f"scipy.linalg.lu_factor[{k}]" for k in range(2)}
vjp("scipy.linalg.lu_factor[0]", "a", kind="square_float", a="lu_back(dout, out, a)",
    jvp="lu_ahead(a_dot, out, a)")  # fmt: skip
zero("scipy.linalg.lu_factor[1]", "a", kind="pivots")
vjp("scipy.linalg.lu_solve", "lu, piv, b, trans=0", kind="lu_solved",
    lu="lu_solve_back(dout, out, lu, piv, b, trans)",
    b="linalg.lu_solve(lu, piv, dout, other_way(trans))",
    jvp="linalg.lu_solve(lu, piv, b_dot, trans) + lu_solve_ahead(lu_dot, out, lu, piv, b, trans)")  # fmt: skip
TOGETHER["scipy.linalg.lu_solve"] = 0, 2


@kind_rule
def square_float(rule, args, kind_of):
    a = kind_of(next(iter(args.values())))
    return floating(a) if isinstance(a, Array) and a.ndim == 2 else None


@kind_rule
def pivots(rule, args, kind_of):
    a = square_float(rule, args, kind_of)
    return a and Array("i8", a.extents[:1])


@kind_rule
def lu_solved(rule, args, kind_of):
    if not is_numeric(kind_of(args["piv"])):
        raise KindError("`lu_solve` takes a tuple of a matrix and its pivots here")
    return triangle_solved(rule, {**args, "a": args["lu"]}, kind_of)


@macro
def lu_back(b, dout, lu, a):
    text = """l = np.tril(lu, -1) + np.eye(size(lu, 0)); u = np.triu(lu);
        m = np.tril(l.T @ np.tril(dout, -1), -1) + np.triu(np.triu(dout) @ u.T);
        np.linalg.solve(a.T, u.T @ linalg.solve_triangular(lu, m.T).T)"""
    return say(b, text, dout=dout, lu=lu, a=a)


@macro
def lu_ahead(b, a_dot, lu, a):
    text = """l = np.tril(lu, -1) + np.eye(size(lu, 0)); u = np.triu(lu);
        f = linalg.solve_triangular(lu, (u @ np.linalg.solve(a, a_dot)).T, 1).T;
        l @ np.tril(f, -1) + np.triu(f) @ u"""
    return say(b, text, a_dot=a_dot, lu=lu, a=a)


@macro
def lu_solve_back(b, dout, out, lu, piv, c, trans):
    outer = "{0}[:, None] * {1}" if kind_of(out).ndim == 1 else "{0} @ ({1}).T"
    if _turned(trans):
        text = f"""y = linalg.solve_triangular(lu, c, 1);
            q = linalg.solve_triangular(lu, y, 1, True, True);
            r = linalg.lu_solve(lu, piv, dout);
            -(np.triu({outer.format("y", "r")}) + np.tril({outer.format("q", "(np.triu(lu) @ r)")}, -1))"""
    else:
        text = f"""y = linalg.solve_triangular(lu, dout, 1);
            w = linalg.solve_triangular(lu, y, 1, True, True);
            -(np.triu({outer.format("y", "x")}) + np.tril({outer.format("w", "(np.triu(lu) @ x)")}, -1))"""
    return say(b, text, dout=dout, x=out, lu=lu, piv=piv, c=c)


@macro
def lu_solve_ahead(b, lu_dot, out, lu, piv, c, trans):
    if _turned(trans):
        text = """y = linalg.solve_triangular(lu, c, 1);
            q = linalg.solve_triangular(lu, y, 1, True, True);
            -linalg.lu_solve(lu, piv, np.triu(lu_dot).T @ y + np.triu(lu).T @ (np.tril(lu_dot, -1).T @ q), 1)"""
    else:
        text = """z = np.tril(lu_dot, -1) @ (np.triu(lu) @ x);
            -linalg.solve_triangular(lu, linalg.solve_triangular(lu, z, 0, True, True) + np.triu(lu_dot) @ x)"""
    return say(b, text, lu_dot=lu_dot, x=out, lu=lu, piv=piv, c=c)


# ------------------------------------------------------------ the matrix exponential

# Al-Mohy and Higham 2009, "Computing the Frechet derivative of the matrix exponential"
vjp("scipy.linalg.expm", "A", kind="square_float", A="frechet(A.T, dout)", jvp="frechet(A, A_dot)")


@macro
def frechet(b, a, direction):
    alone = (("compute_expm", Const(False)),)
    kind = replace(kind_of(a), dtype="f8")  # of float32 as well
    return b.gate("scipy.linalg.expm_frechet", a, direction, kw=alone, kind=kind, hint="slope")


@written("scipy.linalg.expm_frechet")
def expm_frechet(A, E, *, compute_expm=True):
    """By the exponential of [[A, E], [0, A]], which has it in its upper right."""
    from scipy import linalg  # type: ignore[import-untyped]

    n = len(A)
    blocks = linalg.expm(np.kron(np.eye(2), A) + np.kron(np.eye(2, k=1), E))
    if compute_expm:
        return blocks[:n, :n], blocks[:n, n:]
    return blocks[:n, n:]
