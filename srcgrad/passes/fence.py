"""Refuse syntax that no kind could make differentiable, all of it at once.

    def f(x):
        async for y in x: ...        →  model.py:2:5: `async for` cannot be differentiated
        yield x                      →  model.py:3:5: …

Only syntax is judged here; what depends on kinds or on activity is judged where they are known.
"""

from __future__ import annotations

import ast

from srcgrad.errors import CannotDifferentiate, Problem
from srcgrad.source import Source

_OUT = (
    "move it out of the function, or make the part that contains it a gate with @srcgrad.primitive"
)
_REFUSED = {
    ast.AsyncFunctionDef: ("an async function", _OUT),
    ast.AsyncFor: ("`async for`", _OUT),
    ast.AsyncWith: ("`async with`", _OUT),
    ast.Await: ("`await`", _OUT),
    ast.Yield: ("a generator (`yield`)", "return a list instead"),
    ast.YieldFrom: ("a generator (`yield from`)", "return a list instead"),
    ast.ClassDef: ("a class defined inside the function", "define it outside"),
}
if hasattr(ast, "TryStar"):
    _REFUSED[ast.TryStar] = ("`except*`", _OUT)


def fence(source: Source) -> None:
    """Raise CannotDifferentiate with every refused construct of the function."""
    problems = []
    for node in _inside(source.tree):
        refused = _REFUSED.get(type(node))
        if refused:
            what, remedy = refused
            problems.append(
                Problem(source.location(node), f"{what} cannot be differentiated yet", remedy)
            )
        elif isinstance(node, ast.Global) and _assigned(source.tree) & set(node.names):
            problems.append(_outside(source, node, "a global"))
        elif isinstance(node, ast.Nonlocal) and _assigned(source.tree) & _held_outside(node):
            problems.append(_outside(source, node, "a variable of an enclosing function"))
    if problems:
        raise CannotDifferentiate(tuple(problems))


def _outside(source, node, what) -> Problem:
    what = f"assignment to {what} cannot be differentiated yet"
    return Problem(source.location(node), what, "pass the value in and return the new one")


def _held_outside(node) -> set:
    """The variables that belong to no function that is being differentiated: those have names of ours."""
    return {name for name in node.names if name[0] != "%"}


def _assigned(tree) -> set:
    """The names that a function assigns, imports aside."""
    nodes = list(_inside(tree))
    stores = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    return stores | {n.name for n in nodes if isinstance(n, ast.FunctionDef)}


def _inside(tree):
    """Nodes of the function's body in the order of the text, not inside nested definitions."""
    if isinstance(tree, ast.AsyncFunctionDef):
        yield tree
        return
    todo = list(tree.body)[::-1]
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.AsyncFunctionDef)):
            continue
        todo.extend(list(ast.iter_child_nodes(node))[::-1])
