"""Run a program and note which way it goes: a kink nearby must not pass for a wrong gradient.

Every test, and every choice that `abs`, `max`, `np.where` ... make, is noted. As long as these are
the same, the program is one smooth expression.
"""

from __future__ import annotations

import ast
import builtins
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

# A program that goes on for longer than this has lost its way: the shrinker makes such.
MOST_STEPS = 20_000


class Runaway(Exception):
    """The program takes too many steps."""


class Trace:
    """What a run has decided so far; its methods stand in a traced program."""

    def __init__(self) -> None:
        self.steps: list[Any] = []

    def note(self, choice: Any) -> None:
        """Note a choice."""
        self.steps.append(choice)
        if len(self.steps) > MOST_STEPS:
            raise Runaway

    def test(self, value: Any) -> Any:
        """Note whether a test holds."""
        self.note(bool(value))
        return value

    def turns(self, values: Iterable) -> Iterator:
        """Go over what a loop goes over; note each turn."""
        for value in values:
            self.note(None)
            yield value

    def sign(self, function: Callable) -> Callable:
        """Return a function that notes its argument's signs."""

        def traced(x: Any) -> Any:
            self.note(np.sign(x).tolist())
            return function(x)

        return traced

    def order(self, function: Callable) -> Callable:
        """Return `min` or `max`, noting which is taken, and which are equal to it."""

        def traced(*args: Any) -> Any:
            chosen = function(*args)
            values = args if len(args) > 1 else args[0]
            self.note([value == chosen for value in values])
            return chosen

        return traced

    def orders(self, function: Callable) -> Callable:
        """Return `np.maximum` or `np.minimum`, noting which is taken."""

        def traced(x: Any, y: Any) -> Any:
            self.note(np.sign(np.subtract(x, y)).tolist())
            return function(x, y)

        return traced

    def ranks(self, function: Callable) -> Callable:
        """Return `np.sort`, `np.median` ..., noting the order of all elements."""

        def traced(x: Any, *args: Any, **keywords: Any) -> Any:
            self.note(np.argsort(x, axis=None, kind="stable").tolist())
            return function(x, *args, **keywords)

        return traced

    def clip(self, x: Any, low: Any, high: Any) -> Any:
        """Do as `np.clip`, noting where it does something."""
        self.note((np.sign(x - low) + 3 * np.sign(x - high)).tolist())
        return np.clip(x, low, high)

    def compared(self, value: Any) -> Any:
        """Note a mask."""
        if isinstance(value, np.ndarray | np.bool_):
            self.note(np.asarray(value).tolist())
        return value

    def where(self, test: Any, x: Any, y: Any) -> Any:
        """Do as `np.where`, noting the test."""
        self.note(np.asarray(test).tolist())
        return np.where(test, x, y)


class _Tracing(ast.NodeTransformer):
    """Puts calls of a trace's methods into a program."""

    REPLACED = {
        "abs": "_abs",
        "min": "_min",
        "max": "_max",
        "math.fabs": "_fabs",
        "np.abs": "_np_abs",
        "np.maximum": "_maximum",
        "np.minimum": "_minimum",
        "np.fmax": "_fmax",
        "np.sort": "_sort",
        "np.max": "_np_max",
        "np.amax": "_np_max",
        "np.min": "_np_min",
        "np.median": "_median",
        "np.clip": "_clip",
        "np.where": "_where",
    }

    def visit_If(self, node: Any) -> Any:
        self.generic_visit(node)
        node.test = _call("_test", node.test)
        return node

    visit_IfExp = visit_While = visit_If

    def visit_Compare(self, node: ast.Compare) -> Any:
        self.generic_visit(node)
        return _call("_compared", node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> Any:
        self.generic_visit(node)
        node.body.insert(0, _noted(node, "handler"))
        return node

    def visit_Match(self, node: ast.Match) -> Any:
        self.generic_visit(node)
        for k, case in enumerate(node.cases):
            case.body.insert(0, _noted(case.body[0], k))
        return node

    def visit_match_case(self, node: Any) -> Any:
        self.generic_visit(node)
        if node.guard is not None:
            node.guard = _call("_test", node.guard)
        return node

    def visit_For(self, node: ast.For) -> Any:
        self.generic_visit(node)
        node.iter = _call("_turns", node.iter)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        self.generic_visit(node)
        node.iter = _call("_turns", node.iter)
        node.ifs = [_call("_test", test) for test in node.ifs]
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        match node.func:
            case ast.Name(id=name):
                pass
            case ast.Attribute(value=ast.Name(id=module), attr=attribute):
                name = f"{module}.{attribute}"
            case _:
                return node
        if name in self.REPLACED:
            node.func = _name(self.REPLACED[name], node)
        return node


def _name(name: str, place: ast.expr) -> ast.Name:
    return ast.copy_location(ast.Name(name, ast.Load()), place)


def _call(name: str, argument: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Call(_name(name, argument), [argument], []), argument)


def _noted(place: Any, choice: Any) -> ast.stmt:
    """A statement that notes which way is taken."""
    note = ast.parse(f"_note({choice!r})").body[0]
    for node in ast.walk(note):
        if isinstance(node, ast.stmt | ast.expr):
            ast.copy_location(node, place)
    return note


def traced(text: str, name: str) -> Callable[..., tuple[Any, list[Any]]]:
    """Return a program's function, which returns its value and what it decided on its way.

    Parameters
    ----------
    text : str
        A module.
    name : str
        The function.

    Returns
    -------
    function
        Prints nothing.

    Examples
    --------
    >>> f = traced("def f(x):\\n    return abs(x) if x < 1 else x\\n", "f")
    >>> f(-2.0)
    (2.0, [True, -1.0])
    """
    code = compile(_Tracing().visit(ast.parse(text)), f"<traced {name}>", "exec")
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    function = namespace[name]

    def run(*args: Any) -> tuple[Any, list[Any]]:
        trace = Trace()
        namespace.update(
            print=lambda *a, **k: None,
            _note=trace.note,
            _test=trace.test,
            _turns=trace.turns,
            _abs=trace.sign(builtins.abs),
            _fabs=trace.sign(math.fabs),
            _np_abs=trace.sign(np.abs),
            _min=trace.order(builtins.min),
            _max=trace.order(builtins.max),
            _maximum=trace.orders(np.maximum),
            _minimum=trace.orders(np.minimum),
            _fmax=trace.orders(np.fmax),
            _where=trace.where,
            _sort=trace.ranks(np.sort),
            _np_max=trace.ranks(np.max),
            _np_min=trace.ranks(np.min),
            _median=trace.ranks(np.median),
            _clip=trace.clip,
            _compared=trace.compared,
        )
        return function(*args), trace.steps

    return run
