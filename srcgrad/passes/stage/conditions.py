"""Stage tests: comparisons, membership, `and`, `or`, and the choice between two expressions.

a < b < c               →       test = a < b, and where that is so, b < c
x if n > 0 else y       →       a branch whose two sides are expressions
"""

from __future__ import annotations

import ast
import enum
import types
from collections.abc import Callable

import numpy as np

from srcgrad.build import COMPARE, Builder
from srcgrad.ir import UNDEFINED, Const, Value
from srcgrad.kinds import (
    BOOL,
    Array,
    List,
    Literal,
    Maybe,
    described,
)
from srcgrad.operands import kind_of
from srcgrad.passes.stage.binding import (
    Closure,
    Known,
    Map,
    Object,
    Refused,
    Struct,
)

NOTHING: frozenset = frozenset()
UNPROVED = NOTHING, NOTHING  # what a test proves where it is true, and where it is false
_NAMED = (str, bool, type, types.FunctionType, enum.Enum, np.dtype)


class Conditions:
    """Methods of the stager that test."""

    b: Builder
    expr: Callable
    runtime: Callable

    def expr_BoolOp(self, node):
        return self.selection(isinstance(node.op, ast.And), list(node.values), node)

    def tested(self, node):
        """An expression of which only the truth is asked."""
        if not isinstance(node, ast.BoolOp):
            return self.truth(self.expr(node), node)
        return self.selection(isinstance(node.op, ast.And), list(node.values), node, self.tested)

    def selection(self, conjunction, operands, node, stage=None):
        """`a and b`, `a or b`: one of the operands, the second staged only where the first leaves it open."""
        first = (stage or self.expr)(operands[0])
        if len(operands) == 1:
            return first
        test = self.truth(first, operands[0])
        if isinstance(test, Const):
            goes_on = bool(test.value) == conjunction
            return self.selection(conjunction, operands[1:], node, stage) if goes_on else first
        stays = Const(not conjunction) if first is test and kind_of(test) == BOOL else first

        def rest():
            return self.selection(conjunction, operands[1:], node, stage)

        return self.choose(
            test, *((rest, lambda: stays) if conjunction else (lambda: stays, rest)), node
        )

    def expr_Compare(self, node):
        return self.comparisons(self.expr(node.left), list(zip(node.ops, node.comparators)), node)

    def comparisons(self, left, rest, node):
        """`a < b < c`: each operand is evaluated once, and only as far as it takes."""
        (op, right), *more = rest
        if isinstance(op, (ast.In, ast.NotIn)) and self.is_range(right):
            test = self.member_of_range(left, op, right, node)
        else:
            right = self.expr(right)
            test = self.comparison(left, op, right, node)
        if not more:
            return test
        test = self.truth(test, node)
        if isinstance(test, Const):
            return self.comparisons(right, more, node) if test.value else test
        then = lambda: self.truth(self.comparisons(right, more, node), node)  # noqa: E731
        return self.choose(test, then, lambda: Const(False), node)

    def comparison(self, left, op, right, node):
        if isinstance(left, Struct) or isinstance(right, Struct):
            left, right = self.as_tuple(left), self.as_tuple(right)
        known = self.known_comparison(left, op, right)
        if known is not None:
            return known
        known = self.compare_objects(left, op, right, node)
        if known is not None:
            return known
        if isinstance(op, (ast.Is, ast.IsNot)):
            if (
                isinstance(left, Const)
                and left.value is None
                or isinstance(right, Const)
                and right.value is None
            ):
                for side in (left, right):
                    if isinstance(side, Known):
                        self.guard_same(side)
                    if isinstance(side, Value) and isinstance(side.kind, Maybe):
                        out = self.gate(COMPARE[type(op)], side, Const(None), node=node)
                        facts = NOTHING, frozenset({("number", side)})
                        self.proofs[out] = facts if isinstance(op, ast.Is) else facts[::-1]
                        return out
                return Const(isinstance(op, ast.IsNot))
            raise Refused(node, "`is` compares only with None here", "use `==`")
        if isinstance(op, ast.NotIn) or isinstance(op, ast.In):
            right = self.contents(right, node)
            if isinstance(right, Map):
                test = self.in_map(right, left, node)
                return (
                    test if isinstance(op, ast.In) else self.gate("operator.not_", test, node=node)
                )
            if isinstance(right, Struct):
                return self.member(left, op, right, node)
            table = self.container(right)
            if table is not None:
                return self.known_member(left, op, table, node)
            inside = self.runtime(right, node)
            if isinstance(kind_of(inside), List):
                return self.member_of_list(left, op, inside, node)
            what = f"`in` does not look into {described(kind_of(inside))} here"
            raise Refused(node, what, "write a loop")
        return self.gate(
            COMPARE[type(op)], self.runtime(left, node), self.runtime(right, node), node=node
        )

    def known_comparison(self, left, op, right):
        a, b = literal_in(left), literal_in(right)
        if a is None or b is None:
            return None
        for side in (left, right):
            if isinstance(side, Known):
                self.guard_same(side)
        tests = {
            ast.Eq: lambda x, y: x == y, ast.NotEq: lambda x, y: x != y, ast.Is: lambda x, y: x is y,
            ast.IsNot: lambda x, y: x is not y, ast.Lt: lambda x, y: x < y, ast.LtE: lambda x, y: x <= y,
            ast.Gt: lambda x, y: x > y, ast.GtE: lambda x, y: x >= y, ast.In: lambda x, y: x in y, ast.NotIn: lambda x, y: x not in y,
        }  # fmt: skip
        try:
            return Const(bool(tests[type(op)](a[0], b[0])))
        except TypeError:
            return None

    def member(self, left, op, right, node):
        if right.type is dict:
            keys = tuple(map(Const, right.keys))
            right = Struct(tuple, tuple(range(len(keys))), keys)
        if literal_in(left) and all(literal_in(i) for i in right.items):
            inside = literal_in(left)[0] in [literal_in(i)[0] for i in right.items]
            return Const(inside == isinstance(op, ast.In))
        tests = [
            self.gate("operator.eq", self.runtime(left, node), self.runtime(i, node), node=node)
            for i in right.items
        ]
        out = tests[0] if tests else Const(False)
        for test in tests[1:]:
            out = self.gate("operator.or_", out, test, node=node)
        return out if isinstance(op, ast.In) else self.gate("operator.not_", out, node=node)

    def expr_IfExp(self, node):
        test = self.tested(node.test)
        if isinstance(test, Const):
            return self.expr(node.body if test.value else node.orelse)
        return self.choose(test, lambda: self.expr(node.body), lambda: self.expr(node.orelse), node)

    def truth(self, binding, node):
        """A binding as a test: a literal where it is known, else a bool."""
        if literal_in(binding) and not isinstance(binding, Known):
            return Const(bool(literal_in(binding)[0]))
        binding = self.contents(binding, node)
        if isinstance(binding, Map):
            return self.truth(self.length_of_map(binding, node), node)
        if isinstance(binding, Struct):
            return Const(bool(binding.items))
        if isinstance(binding, Object):
            for name in ("__bool__", "__len__"):
                out = self.call_special(binding, name, [], node)
                if out is not None:
                    return self.truth(out, node)
        if isinstance(binding, Closure):
            return Const(True)
        if isinstance(binding, Known):
            return self.known_truth(binding)
        x = self.runtime(binding, node)
        kind = kind_of(x)
        if isinstance(kind, List):
            return self.gate("nonempty", x, node=node)
        if isinstance(kind, Array):
            raise Refused(
                node,
                "the truth of an array is ambiguous",
                "use numpy.any or numpy.all; numpy.where chooses element by element",
            )
        return x


def literal_in(binding):
    """A known value in a tuple of one, or None."""
    if isinstance(binding, Const) and binding is not UNDEFINED:
        return (binding.value,)
    if isinstance(binding, Value) and isinstance(binding.kind, Literal):
        return (binding.kind.value,)
    if isinstance(binding, Known) and (binding.value is None or isinstance(binding.value, _NAMED)):
        return (binding.value,)
    return None
