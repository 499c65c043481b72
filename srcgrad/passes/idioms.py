"""Group gates into a bigger gate whose local gradient is known to be simpler and safer.

    1.0 / (1 + math.exp(-dot))      →      f = idiom.sigmoid(dot),  df/ddot = (1 - f) * f

What the user computes is not changed: the group keeps the expression that it was found in, and
only temporaries go into it. The sigmoid's gradient by its result does not overflow where that of
its parts does (`exp(-dot) * f * f`).
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.ir import Block, Const, Function, Gate, Value, map_stmt, uses, walk


def idioms(function: Function) -> Function:
    """Replace each recognised group of gates by one gate."""
    read = uses(function.body)
    makers = {s.out: s for s in walk(function.body) if isinstance(s, Gate) and s.out is not None}

    def temporary(o, *ops):
        """The gate of these operations behind an operand that only this expression reads."""
        maker = makers.get(o) if isinstance(o, Value) else None
        if maker is not None and maker.op in ops and read[o] == 1 and not o.named:
            return maker
        return None

    def sigmoid(g):
        if g.op != "operator.truediv" or not _one(g.args[0]):
            return None
        total = temporary(g.args[1], "operator.add")
        if total is None or not any(map(_one, total.args)):
            return None
        exp = temporary(total.args[_one(total.args[0])], "math.exp", "numpy.exp")
        minus = exp and temporary(exp.args[0], "operator.neg")
        if not minus:
            return None
        exp = replace(exp, args=(minus,))
        total = replace(total, args=tuple(a if _one(a) else exp for a in total.args))
        whole = replace(g, args=(g.args[0], total))
        return replace(g, op="idiom.sigmoid", args=(minus.args[0], whole))

    def block(b):
        return Block(tuple(stmt(s) for s in b.stmts), b.yields)

    def stmt(s):
        if isinstance(s, Gate):
            return sigmoid(s) or s
        return map_stmt(s, lambda o: o, block)

    return replace(function, body=block(function.body))


def _one(o) -> bool:
    return isinstance(o, Const) and type(o.value) in (int, float) and o.value == 1
