"""What may raise. Everything may, but for arithmetic that is closed over floats and ints.

total + x * y                   # of numbers: no
math.sqrt(x), xs[i], u + v      # a domain, a bound, two shapes: yes
"""

from __future__ import annotations

from srcgrad.ir import Gate, If, values_in, walk
from srcgrad.kinds import BOOL, FLOAT, INT, Record
from srcgrad.operands import kind_of

_CLOSED = {
    *("operator." + op for op in ("add", "sub", "mul", "neg", "pos", "abs", "not_")),
    *("operator." + op for op in ("lt", "le", "gt", "ge", "eq", "ne", "and_", "or_")),
    *("and", "or", "ifexp", "builtins.abs", "stop_gradient"),
    *("math." + name for name in ("fabs", "copysign", "atan", "atan2", "asinh", "tanh")),
}
_NEVER = {
    *("commit", "caught", "entered", "global", "len", "size", "shape", "extent", "nonempty"),
    *("list", "build", "copy", "snapshot", "append", "push", "tape"),
}
_NUMBERS = (FLOAT, INT, BOOL)  # NumPy's may raise, if numpy.errstate says so


def may_raise(stmt) -> bool:
    """Whether a statement, or one in it, may raise for some values of its operands."""
    return any(isinstance(g, Gate) and _may_raise(g) for g in walk(stmt))


def _may_raise(g):
    if g.op in _NEVER:
        return False
    if g.op == "getitem":
        return not isinstance(kind_of(g.args[0]), Record)
    values = [v for a in g.args for v in values_in(a)]
    return g.op not in _CLOSED or not all(v.kind in _NUMBERS for v in values)


def early(stmts, ops, fails=False) -> list:
    """The gates of these operations that something follows which may raise.

    `fails`: whether something after all of the statements may.
    """
    out: list = []
    for s in reversed(stmts):
        if isinstance(s, If) and not fails:
            out += [*early(s.then.stmts, ops), *early(s.orelse.stmts, ops)]
        elif fails or not isinstance(s, Gate) and may_raise(s):
            out += [g for g in walk(s) if isinstance(g, Gate) and g.op in ops]
        fails = fails or may_raise(s)
    return out
