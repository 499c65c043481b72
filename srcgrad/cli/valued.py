"""The stages of a run, one to a line, with their values and gradients: `srcgrad show --values`.

    def area(a, b):               def area(a, b):
        return a * b + a    →         # a = 2, gradient 4
                                      # b = 3, gradient 2
                                      prod = a * b       # 6, gradient 1
                                      total = a * b + a  # 8, gradient 1
                                      return total

A stage is written as often as it ran: the turns of a loop follow one another.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

from srcgrad.draw.labels import number
from srcgrad.recording import Stage, Trace, record
from srcgrad.wrt import resolve_wrt

WIDEST = 60  # columns of code that the comments of all lines are moved behind


def valued(function: Callable[..., Any], known: dict[str, Any], wrt: Any) -> tuple[str, Trace]:
    """The text of a run of a function and its gradient, and what was recorded of it.

    Parameters: `known`, the arguments by name; `wrt`, as `grad` takes it. Raises what `record`
    raises, and what the function itself does with these arguments.
    """
    before = {name: number(value) for name, value in known.items()}  # as it may change them
    trace = record(function, known, wrt)
    names, bare = resolve_wrt(function, wrt)
    gradients = dict(zip(names, (trace.gradients,) if bare else trace.gradients))
    head = f"def {function.__name__}({', '.join(inspect.signature(function).parameters)}):"
    inputs = [f"# {name} = {_told(text, gradients.get(name))}" for name, text in before.items()]
    steps = zip(trace.stages, [*trace.stages[1:], None])
    stages = [(_statement(s, then), _told(number(s.value), s.cotangent)) for s, then in steps]
    column = max((len(code) for code, _ in stages if len(code) <= WIDEST), default=0)
    lines = [*inputs, *(f"{code:<{column}}  # {told}" for code, told in stages)]
    lines.append(f"return {_result(trace.result)}")
    return "\n".join([head, *(f"    {line}" for line in lines)]) + "\n", trace


def _told(value: str, gradient: Any) -> str:
    return value if gradient is None else f"{value}, gradient {number(gradient)}"


def _statement(stage: Stage, then: Stage | None) -> str:
    """What a stage does, in the user's words and on one line; `then` is the stage after it."""
    text, parsed = stage.text, _parsed(stage.text)
    if stage.op == "part":
        text = f"{getattr(stage.operands[0].source, 'name', text)}{stage.index}"
        parsed = _parsed(text)
    if isinstance(parsed, ast.AugAssign) and _stores(then, stage.text):
        parsed = ast.Expr(ast.BinOp(parsed.target, parsed.op, parsed.value))
        text = ast.unparse(parsed)
    if parsed is None:
        return f"{stage.name} = ...  # {' '.join(text.split())}"
    text = ast.unparse(parsed) if "\n" in text else text
    named = isinstance(parsed, ast.Expr) and stage.name.isidentifier() and stage.op != "setitem"
    return f"{stage.name} = {text}" if named else text


def _stores(stage: Stage | None, text: str) -> bool:
    """Whether a stage stores, in an array, what the one before it computed for the same statement."""
    return stage is not None and stage.op == "setitem" and stage.text == text


def _parsed(text: str) -> ast.stmt | None:
    try:
        found = ast.parse(text).body
    except SyntaxError:
        return None
    return found[0] if len(found) == 1 else None


def _result(source: Any) -> str:
    """The name that the result has, or what it is."""
    return getattr(source, "name", "") or getattr(source, "path", "") or repr(source.value)
