"""Rules that are given as Python functions, read as the texts that they stand for.

    def rule(x, y, out):
        u = x * x + y * y           →       where="u = x * x + y * y", d=("x / u", "y / u")
        return x / u, y / u

Nothing of such a function is ever called: its text goes into the generated code, where it can be
read, and differentiated once more.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np

from srcgrad import rules
from srcgrad.errors import RuleError, SrcgradError
from srcgrad.rules import record
from srcgrad.source import read

Given = str | Callable | None  # one partial derivative, as the user gives it


@dataclass
class Texts:
    """What a rule says: expressions by parameter, the tangent, and what they have in common."""

    label: str
    names: Sequence[str]
    where: dict[str, ast.expr] = field(default_factory=dict)
    d: dict[str, ast.expr] = field(default_factory=dict)
    jvp: ast.expr | None = None

    def partials(self, given: Any, more: Sequence[str] = ()) -> None:
        """Take the partials: a text or function for each parameter, or one function for all.

        `more` are the names that a function may have beside the parameters and `out`.
        """
        if isinstance(given, Mapping):
            for name, one in given.items():
                self.d[name] = self.expression(one, more)
            return
        if callable(given):
            found = self.function(given, more)
        else:
            parts = tuple(given) if isinstance(given, (tuple, list)) else (given,)
            found = [None if one is None else self.expression(one, more) for one in parts]
        if len(found) != len(self.names):
            raise RuleError(
                f"the rule of `{self.label}` gives {len(found)} partials for {len(self.names)} parameters"
            )
        self.d.update({n: e for n, e in zip(self.names, found, strict=True) if e is not None})

    def expression(self, given: Any, more: Sequence[str] = ()) -> ast.expr:
        """One expression, given as text or as a function that returns it."""
        if isinstance(given, str):
            return record.expression(given, self.label)
        if not callable(given):
            raise RuleError(
                f"the rule of `{self.label}`: a derivative is a text or a function, not {given!r}"
            )
        found = self.function(given, more)
        if len(found) != 1 or found[0] is None:
            raise RuleError(
                f"the rule of `{self.label}`: `{given.__name__}` is to return one expression"
            )
        return found[0]

    def function(self, given: Any, more: Sequence[str]) -> list[ast.expr | None]:
        """The expressions that a function returns; what it assigns before goes to `where`."""
        tree = self.tree(given)
        self.check_parameters(tree, [*self.names, "out", *more])
        local: dict[str, ast.expr] = {}
        *statements, last = tree.body
        for statement in statements:
            name, value = self.assignment(statement, [*self.names, "out", *more], local)
            local[name] = _Put(local).visit(_Named(given, local).visit(value))
            if not _names(local[name]) & {*more}:  # else it is no business of both modes
                local[name] = self.shared(name, local[name])
        if not isinstance(last, ast.Return) or last.value is None:
            raise self.wrong(last, "a rule ends in `return`")
        parts = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
        return [
            None
            if isinstance(part, ast.Constant) and part.value is None
            else _Put(local).visit(_Named(given, local).visit(part))
            for part in parts
        ]

    def tree(self, given: Any) -> ast.FunctionDef:
        try:
            tree = read(given).tree
        except SrcgradError as error:
            raise RuleError(
                f"the rule of `{self.label}` is a function whose text is needed, and {error}\n"
                "  give the rule as text"
            ) from None
        first = tree.body[0]
        if ast.get_docstring(tree) is not None and isinstance(first, ast.Expr):
            tree.body = tree.body[1:]
        return tree

    def check_parameters(self, tree: ast.FunctionDef, known: list[str]) -> None:
        args = tree.args
        given = [a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
        odd = [n for n in given if n not in known]
        if odd or args.vararg or args.kwarg or args.defaults or any(args.kw_defaults):
            names = ", ".join(f"`{n}`" for n in known)
            what = f"`{odd[0]}`" if odd else "defaults or any number of arguments"
            raise RuleError(
                f"the rule of `{self.label}`: `{tree.name}` takes {what}, and it may take {names} by name"
            )

    def assignment(self, statement: Any, taken: list[str], local: dict) -> tuple[str, ast.expr]:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if name in taken or name in local:
                    raise self.wrong(statement, f"`{name}` has a value already")
                return name, value
        raise self.wrong(statement, "a rule is a row of `name = expression`, and a `return`")

    def wrong(self, node: ast.AST, why: str) -> RuleError:
        return RuleError(f"the rule of `{self.label}`: {why}, not `{ast.unparse(node)}`")

    def shared(self, name: str, value: ast.expr) -> ast.expr:
        """A name of `where` for an expression: its own, unless another function has that name."""
        own, k = name, 1
        while own in self.where and ast.dump(self.where[own]) != ast.dump(value):
            k += 1
            own = f"{name}_{k}"
        self.where[own] = value
        return ast.Name(own, ast.Load())


def _names(tree: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}


class _Put(ast.NodeTransformer):
    """Names replaced by what they stand for."""

    def __init__(self, values: dict[str, ast.expr]):
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.values.get(node.id, node)


class _Named(ast.NodeTransformer):
    """What a function reads from outside, in the words of a rule: `math`, `np`, and numbers."""

    def __init__(self, function: FunctionType, local: dict[str, ast.expr]):
        self.function = function
        self.known = {*inspect.signature(function).parameters, *local}
        self.outside = inspect.getclosurevars(function)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.known:
            return node
        value = self.value(node.id)
        if value is math or value is np:
            return ast.Name("math" if value is math else "np", ast.Load())
        if type(value) in (int, float):
            return record.expression(repr(value), "")
        name = rules.name_of(value) if callable(value) else None
        if name is not None and name.startswith(("math.", "numpy.")):
            return record.expression(name.replace("numpy.", "np.", 1), name)
        return node

    def value(self, name: str) -> Any:
        for scope in (self.outside.nonlocals, self.outside.globals):
            if name in scope:
                return scope[name]
        return getattr(builtins, name, None)
