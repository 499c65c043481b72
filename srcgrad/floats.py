"""Which scalars are floats when the text runs, where their kinds leave open whether they are ints.

    da = operator.add(a, a)         # a float where `a` is: an element of a list of ints is none
    db = operator.mul(2, dc)        # a float where `dc` is, which started as 1.0

Gradients are promised to be of floats: an int among them would make arrays of ints elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from srcgrad.ir import UNDEFINED, Block, Const, For, Function, Gate, If, Operand, Value, While, walk
from srcgrad.kinds import F8, FLOAT, Array, Record, Scalar
from srcgrad.operands import is_numeral, kind_of


@dataclass
class Floats:
    """The scalars of a function that are floats at run time.

    Parameters
    ----------
    params : set of Value
    flows : dict
        Of what branches and loops pass on: the values that it may be.
    makers : dict
        The gates by what they make.
    among : bool
        Whether ints may stand in lists and tapes of floats (they may: [1, 2.5] is one).
    operand : function
        What stands for an operand by now.
    """

    params: set[Value]
    flows: dict[Value, tuple]
    makers: dict[Value, Gate] = field(default_factory=dict)
    among: bool = True
    operand: Callable[[Operand], Operand] = lambda o: o

    @classmethod
    def of(cls, function: Function, among: bool = True) -> Floats:
        """Those of a function that is not being rewritten."""
        gates = (s for s in walk(function.body) if isinstance(s, Gate))
        made = {g.out: g for g in gates if g.out is not None}
        return cls(set(function.params), flows(function.body), made, among)

    def has(self, o: Operand, assumed: frozenset = frozenset()) -> bool:
        """Whether an operand is a float; `assumed`: what is known to be one if this is."""
        o = self.operand(o)
        if isinstance(o, Const):
            return isinstance(o.value, float) or o is UNDEFINED
        if not isinstance(o, Value) or o in assumed:
            return isinstance(o, Value)
        assumed = assumed | {o}
        if o in self.flows:
            return all(self.has(x, assumed) for x in self.flows[o])
        if o in self.params:
            return o.kind in (FLOAT, F8)
        g = self.makers.get(o)
        return g is not None and self._is_made(o, g, assumed)

    def _is_made(self, o, g, assumed):
        if g.op == "part":
            g = self.makers.get(g.args[0], g)
        if g.op == "call_backward":  # it is linear in the cotangents that it is given
            return o.kind == FLOAT and self._all(g.args[0], assumed)
        if g.op in _LINEAR:
            return any(self.has(a, assumed) for a in g.args if not _is_neutral(a))
        if g.op in ("getitem", "pop", "pop_tape") and not isinstance(
            kind_of(g.args[0]), Record | Array
        ):
            return not self.among and o.kind in (FLOAT, F8)  # ... NumPy's, too
        item = g.op == "getitem" and isinstance(kind_of(g.args[0]), Record)
        sure = item or g.op.startswith("math.") or g.op in _FLOATS
        return o.kind == F8 or sure and o.kind == FLOAT

    def _all(self, seed, assumed):
        """Whether a cotangent, or each of a tuple of cotangents, is a float or an array."""
        g = self.makers.get(seed) if isinstance(seed, Value) else None
        seeds = g.args if g is not None and g.op == "build" else (seed,)
        return all(not isinstance(kind_of(s), Scalar) or self.has(s, assumed) for s in seeds)


def flows(body: Block) -> dict[Value, tuple]:
    """Of what branches and loops pass on: the values that it may be."""
    out: dict = {}
    for s in walk(body):
        match s:
            case If():
                for o, a, b in zip(s.outs, s.then.yields, s.orelse.yields):
                    out[o] = (a, b)
            case For() | While():
                nexts = s.body.yields[1:] if s.breaks else s.body.yields
                for o, h, init, after in zip(s.outs, s.carried, s.inits, nexts):
                    out[h], out[o] = (init, after), (h,)
    return out


_LINEAR = {"operator.add", "operator.sub", "operator.mul", "operator.neg"}
_FLOATS = {
    "builtins.float",
    "getattr",
    "global",
    "idiom.sigmoid",
    "idiom.softplus:math",
    "numpy.imag:complex",
    "numpy.real:complex",
    "operator.truediv",
}


def _is_neutral(o) -> bool:
    """Whether an operand is a number that may be left out of a sum or a product later."""
    return is_numeral(o) and o.value in (0, 1, -1)
