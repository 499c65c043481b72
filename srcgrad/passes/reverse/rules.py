"""What a gate adds to the cotangents of its operands, by its rule.

y = math.exp(x)                         dx = operator.mul(y, dy)                    the partial `out`
s = numpy.sum(x, axis=0)                dx = numpy.broadcast_to(ds, shape(x))       the text for `x`
"""

from __future__ import annotations

import ast
from dataclasses import replace

from srcgrad.build import bind
from srcgrad.errors import CannotDifferentiate, Problem
from srcgrad.ir import Const, Value
from srcgrad.joins import same_shape
from srcgrad.kinds import Array, Scalar
from srcgrad.memory import where
from srcgrad.operands import kind_of
from srcgrad.passes.reverse.masks import PICKED
from srcgrad.rules.record import TABLE

# their pullbacks take a number that stands for an array of it
_LAZY = (
    "numpy.where",
    "builtins.sum",
    "math.fsum",
    "numpy.copy",
    "numpy.concatenate",
    "numpy.stack",
    "numpy.reshape",
    "numpy.ravel",
    "numpy.ndarray.flatten",
    "numpy.expand_dims",
    "numpy.squeeze",
)


class Rules:
    """Methods of the turn for gates that have a rule."""

    def by_rule(self, g, dout):
        rule = TABLE[g.op]
        if rule.flavour == "zero":
            return
        if rule.jvp is not None and not rule.d:
            what = f"the gate `{g.form}` has no `vjp`"
            raise CannotDifferentiate((Problem(where(g.loc), what, "write it in its rule"),))
        args = bind(rule, g.args, dict(g.kw))
        texts = {n: _by_rank(text, args) for n, text in rule.d.items() if self.active(args[n])}
        if not texts:
            return
        if rule.flavour == "vjp" and not _takes_number(rule, g, args, dout):
            dout = self.b.full(dout, g.out)
        out = self.aliases.results.get(g.out, g.out)
        env: dict = {**args, "out": out, "np": None, "math": None, "dout": dout}
        if rule.where and any(_reads(t, dict(rule.where)) for t in texts.values()):
            for name, text in rule.where:
                env[name] = self.b.text(text, env)
        for n, text in texts.items():
            c = self.b.text(text, env)
            masked = self.is_masked(c) or dout in self.masked or g.op in PICKED
            c = self.contribution(rule, c, dout, args[n], g.out)
            if masked and isinstance(c, Value):
                self.masked.add(c)
            self.accumulate(args[n], c)

    def shaped(self, c, dout, out):
        """A partial times a cotangent that is of the result's shape is of that shape, whatever it is made of."""
        have, given, want = kind_of(c), kind_of(dout), kind_of(out)
        if (
            isinstance(c, Value)
            and all(isinstance(kind, Array) for kind in (have, given, want))
            and given.extents == want.extents
            and have.ndim == given.ndim
        ):
            c.kind = replace(have, extents=want.extents)
        return c

    def contribution(self, rule, c, dout, x, out):
        """What a text gives as a cotangent of the operand `x`; a partial is multiplied first."""
        if rule.flavour == "scalar":
            c = self.b.conj(c)
            if isinstance(c, Const) and c.value == 0:
                return c
            return self.b.fit(self.shaped(self.product(c, dout), dout, out), x, out)
        have, want = kind_of(c), kind_of(x)
        if not isinstance(have, Array) or not isinstance(want, (Array, Scalar)):
            return c
        if isinstance(want, Scalar) or have.ndim >= want.ndim:
            c = self.b.fit(c, x, c)
        return self.b.cast(c, want)


def _takes_number(rule, g, args, dout) -> bool:
    """Whether a pullback takes a cotangent that is a number standing for an array of it."""
    if isinstance(kind_of(dout), Array) and isinstance(kind_of(g.out), Array):
        return False
    if g.op == "numpy.where" and not _alike(args["condition"], g.out):
        return False  # a number for each element of the condition would be too few
    plain, _, form = g.op.partition(":")
    return plain in _LAZY and form != "list" or rule.kind == "reduction"


def _by_rank(text, args):
    """A text, chosen by the ranks of the arguments where the rule has several."""
    if not isinstance(text, dict):
        return text
    ranks = "".join(str(kind_of(a).ndim) for a in args.values() if isinstance(kind_of(a), Array))
    return text.get(ranks) or text["*"]


def _alike(a, b) -> bool:
    """Whether two operands are surely of one shape."""
    one, two = kind_of(a), kind_of(b)
    return isinstance(one, Array) and same_shape(replace(one, dtype=two.dtype), two)


def _reads(tree, names):
    return any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(tree))
