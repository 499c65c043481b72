"""From a place in generated text back to the place in the user's source that it was made from.

The lowering notes on its nodes where they come from (`origin`) and which variable of the user a
name stands for (`variable`). Nothing of this is in the text: the tree and its text are put side
by side, and only when somebody asks, which is when something has gone wrong.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from srcgrad.emit.text import canonical

Span = tuple[int, int, int, int]  # first line, its column, last line, its column: in bytes, from 0


@dataclass(frozen=True)
class Origin:
    """Where a piece of generated text comes from.

    Parameters
    ----------
    source : srcgrad.source.Source
        The function that was compiled, or a helper that it calls.
    node : ast.AST
        The node of its tree.
    derivative : bool
        Whether the piece belongs to the derivative of the node, not to what it computes.
    """

    source: Any = field(repr=False)
    node: ast.AST = field(repr=False)
    derivative: bool


class Origins:
    """The origins of all that is in one generated module.

    Parameters
    ----------
    tree : ast.Module
        What was printed.
    text : str
        What it was printed as.
    function : function
        What it is the derivative of.
    """

    def __init__(self, tree: ast.Module, text: str, function: Any):
        self.tree, self.text, self.function = tree, text, function

    def at(self, span: Span) -> Origin | None:
        """The origin of the smallest piece that holds a stretch of the text."""
        around = [
            (_size(place), origin)
            for place, origin in self._places
            if place[:2] <= span[:2] and span[2:] <= place[2:]
        ]
        return min(around, key=lambda found: found[0])[1] if around else None

    def on_line(self, line: int) -> list[Origin]:
        """The origins of what is on a line, one for each line of the user, the largest first.

        Python 3.10 tells the line that failed, but not which part of it.
        """
        here = [(place, origin) for place, origin in self._places if place[0] == line]
        found: dict[Any, Origin] = {}
        for _, origin in sorted(here, key=lambda pair: (pair[0][1], -pair[0][2], -pair[0][3])):
            found.setdefault((origin.source.file, getattr(origin.node, "lineno", 0)), origin)
        return list(found.values())

    def variable(self, name: str) -> str | None:
        """The user's variable that a name in the text stands for, or None."""
        nodes = ast.walk(self.tree)
        names = {n.variable for n in nodes if isinstance(n, ast.Name) and hasattr(n, "variable") and n.id == name}  # fmt: skip
        return names.pop() if len(names) == 1 else None

    def assigning(self, name: str) -> list[Origin]:
        """The origins of the statements that give a name its value."""
        stores = (ast.Assign, ast.AugAssign, ast.For)
        found = [n for n in ast.walk(self.tree) if isinstance(n, stores) and name in _stored(n)]
        return [o for o in map(_origin, found) if o is not None]

    @cached_property
    def _places(self) -> list[tuple[Span, Origin]]:
        pairs = _side_by_side(canonical(self.tree), ast.parse(self.text))
        return [
            ((b.lineno, b.col_offset, b.end_lineno, b.end_col_offset), origin)
            for a, b in pairs
            if hasattr(b, "lineno") and (origin := _origin(a)) is not None
        ]


def _origin(node: Any) -> Origin | None:
    if not hasattr(node, "origin"):
        value = getattr(node, "value", None)  # of an assignment that only copies
        return _origin(value) if isinstance(node, ast.Assign) and value is not None else None
    (source, place), derivative = node.origin
    return Origin(source, place, derivative)


def _stored(node: Any) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}


def _size(place: Span) -> tuple[int, int]:
    return place[2] - place[0], place[3] - place[1]


def _side_by_side(a: Any, b: Any) -> Iterator[tuple[Any, Any]]:
    """The nodes of a tree, each with the node that it was printed as."""
    stack = [(a, b)]
    while stack:
        a, b = stack.pop()
        if isinstance(b, list):
            stack.extend(zip(a or [], b, strict=True))
        elif isinstance(b, ast.AST):
            yield a, b
            stack.extend((getattr(a, f, None), getattr(b, f, None)) for f in b._fields)
