"""Code that stays as the user wrote it: its operands are read, nothing flows through it.

print(f"step {k}", x.shape)     →       opaque `print(f"step {%0}", %1.shape)` of k and x
"""

from __future__ import annotations

import ast
import functools

from srcgrad import rules
from srcgrad.ir import UNDEFINED, Const, Value
from srcgrad.kinds import is_reference
from srcgrad.operands import kind_of
from srcgrad.passes.stage.binding import Bound, Known, Object, Refused, Struct
from srcgrad.passes.stage.opaque import is_harmless, is_pure
from srcgrad.passes.stage.scopes import parameters
from srcgrad.source import copied


class Templates:
    """Methods of the stager that keep an expression as it is."""

    def opaque_expression(self, node, kind):
        """An expression that stays as it is: its operands are read, nothing flows through it."""
        template, names, operands = self.template(node)
        return self.b.gate(
            "opaque", *operands, kind=kind, form=(template, tuple(names)), hint="text"
        )

    def template(self, node):
        """The expression with what exists at run time replaced by placeholders."""
        tree = copied(node)
        work = _Place(self, node, tree)
        return work.visit(tree), work.names, work.operands

    def stays(self, call) -> bool:
        """Whether a call inside an expression may stay as it is: it only shows or asks."""
        func = self.quiet(call.func)
        if isinstance(func, Known):
            return (
                is_harmless(func.value) or is_pure(func.value) and rules.name_of(func.value) is None
            )
        return (
            isinstance(func, Bound)
            and not isinstance(func.owner, Struct)
            and not is_reference(kind_of(func.owner))
        )

    def template_of(self, binding, place, node):
        binding = self.contents(binding, node)
        if isinstance(binding, Object) and self.origins.get(binding.number, (None,))[0]:
            return place(self.origins[binding.number][0])
        if isinstance(binding, Struct):
            parts = [self.template_of(i, place, node) for i in binding.items]
            if binding.type is dict:
                return ast.Dict([ast.Constant(k) for k in binding.keys], parts)
            return (
                ast.Tuple(parts, ast.Load())
                if binding.type is tuple
                else ast.List(parts, ast.Load())
            )
        if isinstance(binding, Known):
            root, *names = (binding.path or "").split(".")
            if root not in self.objects:
                return self.path_tree(binding, node)
            return functools.reduce(_attribute, names, place(self.objects[root]))
        if isinstance(binding, Bound):
            return _attribute(self.template_of(binding.owner, place, node), binding.name)
        return place(binding)


def _attribute(owner, name):
    return ast.Attribute(owner, name, ast.Load())


class _Place(ast.NodeTransformer):
    """Puts placeholders into the expression `whole`: `names`, for the `operands` that they stand for."""

    def __init__(self, stager, node, whole):
        self.stager, self.node, self.whole = stager, node, whole
        self.names: list = []
        self.operands: list = []
        self.masked: set = set()  # parameters of a lambda that stays

    def place(self, binding):
        if isinstance(binding, Const) and (
            binding.value is None or isinstance(binding.value, (int, float, str, bool))
        ):
            return ast.Constant(binding.value)
        there = isinstance(binding, Value)
        self.names.append(f"%{len(self.names)}")
        self.operands.append(binding if there else self.stager.runtime(binding, self.node))
        return ast.Name(self.names[-1], ast.Load())

    def staged(self, n):
        return self.stager.template_of(self.stager.expr(n), self.place, n)

    def visit_Name(self, n):
        if n.id in self.masked:
            return n
        if n.id in self.stager.env:
            return self.stager.template_of(self.stager.env[n.id], self.place, n)
        found = self.stager.global_name(n)
        if isinstance(found, Known):
            return self.stager.path_tree(found, n)
        return self.place(found)

    def visit_Subscript(self, n):
        calls = [part for part in ast.walk(n) if isinstance(part, ast.Call)]
        if calls and all(map(self.stager.stays, calls)):
            return self.generic_visit(n)
        if calls:
            return self.staged(n)  # once, or refused
        try:
            return self.staged(n)
        except Refused:
            return self.generic_visit(n)

    visit_Attribute = visit_Subscript

    def visit_Call(self, n):
        if n is not self.whole and not self.stager.stays(n):
            return self.staged(n)  # it may do something
        if isinstance(n.func, ast.Attribute):
            n.func.value = self.visit(n.func.value)
        else:
            n.func = self.visit(n.func)
        n.args = [self.visit(a) for a in n.args]
        n.keywords = [ast.keyword(k.arg, self.visit(k.value)) for k in n.keywords]
        return n

    def visit_Lambda(self, n):
        """A lambda stays where it needs nothing of what exists at run time."""
        params = dict.fromkeys(parameters(n.args), UNDEFINED)
        outer, self.stager.env = self.stager.env, {**self.stager.env, **params}
        count = len(self.operands)
        self.masked |= set(params)
        try:
            body = self.visit(n.body)
        finally:
            self.stager.env = outer
            self.masked -= set(params)
        if len(self.operands) > count or n.args.defaults or n.args.kw_defaults:
            raise _not_inside("a lambda", n)
        return ast.Lambda(n.args, body)

    def visit_ListComp(self, n):
        raise _not_inside("a comprehension", n)

    visit_GeneratorExp = visit_SetComp = visit_DictComp = visit_ListComp

    def visit_NamedExpr(self, n):
        what = "`:=` inside an expression that is not differentiated"
        raise Refused(n, what, "assign on a line of its own")


def _not_inside(what, n):
    what = f"{what} inside an expression that is not differentiated"
    return Refused(n, what, "define a function")
