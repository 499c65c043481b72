"""Code that stays as the user wrote it: its operands are read, nothing flows through it."""

from __future__ import annotations

import ast

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
        operands, names = [], []

        def place(binding):
            if isinstance(binding, Const) and (
                binding.value is None or isinstance(binding.value, (int, float, str, bool))
            ):
                return ast.Constant(binding.value)
            names.append(f"%{len(names)}")
            operands.append(binding if isinstance(binding, Value) else self.runtime(binding, node))
            return ast.Name(names[-1], ast.Load())

        tree = copied(node)
        whole = tree

        class Place(ast.NodeTransformer):
            masked: set = set()  # parameters of a lambda that stays

            def visit_Name(inner, n):
                if n.id in inner.masked:
                    return n
                if n.id not in self.env:
                    found = self.global_name(n)
                    if isinstance(found, Known):
                        return self.path_tree(found, n)
                    return place(found)
                return self.template_of(self.env[n.id], place, n)

            def visit_Subscript(inner, n):
                calls = [part for part in ast.walk(n) if isinstance(part, ast.Call)]
                if calls and all(map(self.stays, calls)):
                    return inner.generic_visit(n)
                if calls:
                    return self.template_of(self.expr(n), place, n)  # staged once, or refused
                try:
                    return self.template_of(self.expr(n), place, n)
                except Refused:
                    return inner.generic_visit(n)

            visit_Attribute = visit_Subscript

            def visit_Call(inner, n):
                if n is not whole and not self.stays(n):
                    return self.template_of(
                        self.expr(n), place, n
                    )  # it may do something, so it is staged
                n.func = (
                    inner.visit(n.func)
                    if not isinstance(n.func, ast.Attribute)
                    else inner.visit_func(n.func)
                )
                n.args = [inner.visit(a) for a in n.args]
                n.keywords = [ast.keyword(k.arg, inner.visit(k.value)) for k in n.keywords]
                return n

            def visit_func(inner, n):
                n.value = inner.visit(n.value)
                return n

            def visit_Lambda(inner, n):
                """A lambda stays where it needs nothing of what exists at run time."""
                params = dict.fromkeys(parameters(n.args), UNDEFINED)
                outer, self.env = self.env, {**self.env, **params}
                count = len(operands)
                inner.masked |= set(params)
                try:
                    body = inner.visit(n.body)
                finally:
                    self.env = outer
                    inner.masked -= set(params)
                if len(operands) > count or n.args.defaults or n.args.kw_defaults:
                    inner.visit_ListComp(n)
                return ast.Lambda(n.args, body)

            def visit_ListComp(inner, n):
                what = "a lambda" if isinstance(n, ast.Lambda) else "a comprehension"
                raise Refused(
                    n,
                    f"{what} inside an expression that is not differentiated",
                    "define a function",
                )

            def visit_NamedExpr(inner, n):
                raise Refused(
                    n,
                    "`:=` inside an expression that is not differentiated",
                    "assign on a line of its own",
                )

            visit_GeneratorExp = visit_SetComp = visit_DictComp = visit_ListComp

        return Place().visit(tree), names, operands

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
            return self.path_tree(binding, node)
        if isinstance(binding, Bound):
            return ast.Attribute(
                self.template_of(binding.owner, place, node), binding.name, ast.Load()
            )
        return place(binding)
