"""Group gates into a bigger gate whose local gradient is known to be simpler and safer.

    1.0 / (1 + math.exp(-dot))      →      f = idiom.sigmoid(dot),  df/ddot = (1 - f) * f
    np.log(1 + np.exp(z))           →      f = idiom.softplus(z),   df/dz = -np.expm1(-f)

What the user computes is not changed: the group keeps the expression that it was found in, and
temporaries that nothing else reads go into it. The gradients by the result do not overflow where
those of the parts do (`exp(-dot) * f * f`, `exp(z) / (1 + exp(z))`).
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.ir import Block, Function, Gate, Value, map_stmt, uses, walk
from srcgrad.operands import equals

_EXP, _LOG = ("math.exp", "numpy.exp"), ("math.log", "numpy.log")
_LOG1P, _ADD = ("math.log1p", "numpy.log1p"), ("operator.add", "numpy.add")


def idioms(function: Function) -> Function:
    """Replace each recognised group of gates by one gate."""
    find = _Idioms(function)

    def block(b):
        return Block(tuple(stmt(s) for s in b.stmts), b.yields)

    def stmt(s):
        if isinstance(s, Gate):
            return find.sigmoid(s) or find.softplus(s) or s
        return map_stmt(s, lambda o: o, block)

    return replace(function, body=block(function.body))


class _Idioms:
    def __init__(self, function: Function):
        self.read = uses(function.body)
        gates = [s for s in walk(function.body) if isinstance(s, Gate) and s.out is not None]
        self.makers = {g.out: g for g in gates}

    def maker(self, o, ops) -> Gate | None:
        """The gate of these operations that made an operand."""
        found = self.makers.get(o) if isinstance(o, Value) else None
        return found if found is not None and found.op in ops else None

    def sigmoid(self, g):
        if g.op != "operator.truediv" or not equals(g.args[0], 1):
            return None
        exp = self.one_plus_exp(g.args[1])
        minus = exp and self.maker(exp.args[0], ("operator.neg", "numpy.negative"))
        return minus and self.group(g, "idiom.sigmoid", minus.args[0], minus.out)

    def softplus(self, g):
        if g.op in _LOG1P:
            exp = self.maker(g.args[0], _EXP)
        elif g.op in _LOG and len(g.args) == 1:
            exp = self.one_plus_exp(g.args[0])
        else:
            return None
        return exp and self.group(g, f"idiom.softplus:{g.op.partition('.')[0]}", exp.args[0])

    def one_plus_exp(self, o):
        """The exponential in `1 + exp(x)`."""
        total = self.maker(o, _ADD)
        if total is None or not any(equals(a, 1) for a in total.args):
            return None
        return self.maker(total.args[equals(total.args[0], 1)], _EXP)

    def group(self, g, op, x, end=None):
        """The gate for all of it, which holds what is only computed for it: down to x, or to `end`."""

        def inside(o):
            maker = self.makers.get(o) if isinstance(o, Value) and o is not x else None
            if maker is None or self.read[o] != 1 or o.named:
                return o
            return replace(maker, args=maker.args if o is end else tuple(map(inside, maker.args)))

        whole = replace(g, args=tuple(map(inside, g.args)))
        return replace(g, op=op, args=(x, whole), kw=())
