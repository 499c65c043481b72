"""Which lines of the user's function a statement of the backward pass comes from.

    # line 6: f = 1.0 / (1 + math.exp(-dot))
    ddot = (1 - f) * f

What the forward pass computes speaks for itself; so do sums that start at zero, which have no line.
"""

from __future__ import annotations

import ast
from typing import Any

from srcgrad.ir import Gate, operands

WIDTH = 70  # of what is quoted: a comment is no place to read long statements


def mark(statement: ast.stmt, node: Any) -> ast.stmt:
    """Note on a statement which places of the user's source its node of the IR comes from."""
    statement.places = list(_places(node))  # type: ignore[attr-defined]
    return statement


def _places(node: Any):
    """Yield (source, node of the syntax tree) of a gate and of those that are folded into it."""
    if getattr(node, "loc", None):
        yield node.loc
    if isinstance(node, Gate):
        for operand in operands(node):
            # A value that is computed again is no part of the backward pass.
            if isinstance(operand, Gate) and operand.adjoint:
                yield from _places(operand)


def annotate(statements: list[Any], home: Any, last: str = "") -> None:
    """Turn the notes on statements into comments, one for each run that comes from the same lines.

    `home` is the function whose lines need no name; `last`, what was said above.
    """
    for statement in statements:
        said = described(getattr(statement, "places", ()), home)
        if said and said != last:
            head = getattr(statement, "comment", None)
            if head:
                statement.comment = f"{head}\n{said}"
            else:
                statement.remark = said
        last = said or last
        for block in (getattr(statement, "body", None), getattr(statement, "orelse", None)):
            if isinstance(block, list):
                annotate(block, home, last)


def described(places, home: Any) -> str:
    """Say where some places are: one line is quoted, several are counted up."""
    lines = sorted({(source.function is not home, *_line(source, node)) for source, node in places})
    if not lines:
        return ""
    if len(lines) > 1:
        own = [str(number) for away, number, *_ in lines if not away]
        said = ["line" + "s" * (len(own) > 1) + " " + ", ".join(own)] if own else []
        said += [f"line {number} of {name}" for away, number, _, name in lines if away]
        return ", ".join(said)
    away, number, text, name = lines[0]
    if len(text) > WIDTH:
        text = text[: WIDTH - 4].rstrip() + " ..."
    return f"line {number}{' of ' + name if away else ''}: {text}"


def _line(source: Any, place: ast.AST) -> tuple[int, str, str]:
    """Return where the innermost statement starts that a place is part of, its text and function."""
    at = getattr(place, "lineno", source.tree.lineno)
    starts = [
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.stmt) and node.lineno <= at <= (node.end_lineno or node.lineno)
    ]
    number = max(starts, default=at)
    text = source.lines[number - 1].strip() if number <= len(source.lines) else ""
    return number, text, source.function.__name__
