"""Stage functions of several results, and the arguments that say which function is meant.

w, v = np.linalg.eigh(a)                →       w = eigh[0](a); v = eigh[1](a)
np.linalg.norm(x, np.inf, axis=[0, 1])  →       numpy.linalg.norm(x, inf, axis=(0, 1))
"""

from __future__ import annotations

import math
from collections.abc import Callable

from srcgrad.build import Builder
from srcgrad.ir import Const, Gate, Value
from srcgrad.kinds import INT, Array, Scalar
from srcgrad.operands import kind_of
from srcgrad.passes.stage.binding import Struct
from srcgrad.rules.record import ALONE, ARRAY, NUMBER, OTHERWISE, PARTS, TABLE

_INFINITE = ("np.inf", "math.inf")


class Several:
    """Methods of the stager for functions of several results."""

    b: Builder
    rule_gate: Callable

    def call_several(self, name, args, kw, node):
        """A function of several results: one gate each."""
        whole, parts = PARTS[name]
        items = tuple(self.rule_gate(part, args, kw, node) for part in parts.values())
        if all(isinstance(i, Value) and _are_places(i.kind) for i in items):
            for item in items:
                item.kind = items[0].kind  # a pair of subscripts is of one length
        return Struct(whole, tuple(parts), items)

    def otherwise(self, rule, args, kw):
        """The rule that serves these arguments, where the one of this name serves others."""
        if rule.name not in OTHERWISE:
            return rule
        suffix, expected = OTHERWISE[rule.name]
        other = TABLE[f"{rule.name}:{suffix}"]
        given = dict(zip(other.names[: other.positional], args)) | kw
        fits = (_is_expected(given[p], what) for p, what in expected.items() if p in given)
        return rule if all(fits) else other

    def as_literal(self, binding, name=None):
        """An argument of a library's function; orders, axes and shapes as the literals that they are."""
        if name == "s":  # lengths that are taken one by one, which a shape may give
            binding = self.as_tuple(binding)
        if not isinstance(binding, Struct) or binding.type not in (list, tuple):
            return self.known(binding)
        items = tuple(map(self.as_literal, binding.items))
        return (
            Struct(tuple, binding.keys, items) if items and all(map(_is_whole, items)) else binding
        )

    def known(self, binding):
        """`np.inf` and `-np.inf` as the literals that they are; anything else as it is."""
        if not isinstance(binding, Value):
            return binding
        made = next((s for s in self.b.stmts if isinstance(s, Gate) and s.out is binding), None)
        if made is not None and made.op == "operator.neg":
            inner = self.known(made.args[0])
            return Const(-inner.value) if isinstance(inner, Const) else binding
        infinite = made is not None and made.op == "global" and made.args[0].value in _INFINITE
        return Const(math.inf) if infinite else binding


def _is_expected(binding, what) -> bool:
    """Whether an argument is a number, none, or the literal that is expected of it, or one of several."""
    if what is NUMBER:
        return not isinstance(binding, Struct) and not getattr(kind_of(binding), "ndim", 0)
    if what is ARRAY:
        return isinstance(binding, Struct) or not isinstance(kind_of(binding), Scalar)
    values = what if isinstance(what, frozenset) else {what}
    return isinstance(binding, Const) and binding.value in values


def _are_places(kind) -> bool:
    return isinstance(kind, Array) and (kind.dtype, kind.ndim) == ("i8", 1)


def _is_whole(item):
    if isinstance(item, Struct):
        return item.type is tuple
    return kind_of(item) == INT


def is_alone(name, args, kw) -> bool:
    """Whether a function of several results is told to give one of them."""
    if name not in ALONE:
        return False
    parameter, values = ALONE[name]
    given = dict(zip(TABLE[name].names, args)) | kw
    return isinstance(given.get(parameter), Const) and given[parameter].value in values
