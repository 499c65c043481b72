"""What is added to an error that is raised within generated code: the user's line behind it.

The function that a call runs is compiled from the text with a handler round it, which costs
nothing as long as all is well (on Python 3.10, a few nanoseconds). The text is what it was, and so
are its lines: tracebacks, debuggers and `inspect` see no handler.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any

from srcgrad.emit.origins import Origin, Origins, Span

ORIGINS = "__origins__"  # the global of generated modules that holds their origins
_NOTE = "__note__"
_MISSING = re.compile(r"variable '(\w+)'")


def noting(function: Callable, origins: Origins) -> Callable:
    """The function, such that an error in it names the line of the user that it comes from.

    Parameters
    ----------
    function : function
        Loaded from the text of `origins`. It is left as it is, except that its globals hold the
        origins from now on, for derivatives of it.
    origins : Origins
        Where the text comes from.

    Returns
    -------
    function
        Another function with the same globals, and a handler of its own; so has its pullback.
    """
    scope: dict[str, Any] = function.__globals__
    scope[ORIGINS] = origins
    tree = ast.parse(origins.text)
    name = function.__name__
    definition = next(s for s in tree.body if isinstance(s, ast.FunctionDef) and s.name == name)
    for inner in definition.body:
        if isinstance(inner, ast.FunctionDef):
            _guard(inner)
    _guard(definition)
    code = compile(tree, function.__code__.co_filename, "exec", dont_inherit=True)
    scope = {**scope, _NOTE: _note}
    exec(code, scope)
    out = scope[name]
    out.__module__, out.__doc__ = function.__module__, function.__doc__
    return out


def _guard(definition: ast.FunctionDef) -> None:
    """Put a function's body into a `try`, at places where a debugger stops for its own lines."""
    first, last = definition.body[0], definition.body[-1]
    call = ast.Expr(ast.Call(ast.Name(_NOTE, ast.Load()), [], []))
    handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [call, ast.Raise()])
    for node in ast.walk(handler):
        ast.copy_location(node, last)
    definition.body = [ast.copy_location(ast.Try(definition.body, [handler], [], []), first)]


def _note() -> None:
    """Add the note to the error that is being handled; never an error of its own."""
    error = sys.exc_info()[1]
    if error is None:
        return
    try:
        text = explained(error)
    except Exception:  # the error itself is what has to arrive
        return
    if text and text not in getattr(error, "__notes__", ()):
        if hasattr(error, "add_note"):
            error.add_note(text)
        else:  # Python 3.10, where those that show notes look here
            error.__notes__ = [*getattr(error, "__notes__", ()), text]


def explained(error: BaseException) -> str | None:
    """The note for an error: the place in the user's source that the failing piece comes from.

    Returns None where the error did not pass through generated code.
    """
    found = _innermost(error.__traceback__)
    if found is None:
        return None
    origins, trace = found
    place = _place(trace)
    origin = None if place is None else _origin(origins, place)
    if origin is not None:
        lines = _quoted(origin, "the derivative of" if origin.derivative else "what stands at")
    else:
        lines = []
        for origin in map(_followed, origins.on_line(trace.tb_lineno)):
            lines += _quoted(origin, "made from")
    if not lines:
        code = _last_primal(origins.function).__code__
        where = f"{code.co_filename}:{code.co_firstlineno}"
        lines.append(f"srcgrad: this is made from {where}, `{origins.function.__qualname__}`")
    if isinstance(error, NameError):
        lines += _unassigned(error, origins)
    return "\n".join(lines)


def _innermost(trace: TracebackType | None) -> tuple[Origins, TracebackType] | None:
    """The last frame of generated code that an error came through."""
    found = None
    while trace is not None:
        origins = trace.tb_frame.f_globals.get(ORIGINS)
        if isinstance(origins, Origins):
            found = origins, trace
        trace = trace.tb_next
    return found


def _quoted(origin: Origin, what: str) -> list[str]:
    location = origin.source.location(origin.node)
    name = origin.source.tree.name
    return [f"srcgrad: this is {what} {location}, in `{name}`", location.quote()]


def _place(trace: TracebackType) -> Span | None:
    """Which stretch of the text failed, where Python tells: from 3.11 on."""
    code: Any = trace.tb_frame.f_code
    if not hasattr(code, "co_positions"):
        return None
    line, end_line, column, end_column = list(code.co_positions())[trace.tb_lasti // 2]
    if None in (line, end_line, column, end_column):
        return None
    return line, column, end_line, end_column


def _origin(origins: Origins, place: Span) -> Origin | None:
    """The origin of a place; where that is generated itself, its origin, and so on."""
    origin = origins.at(place)
    return origin and _followed(origin)


def _followed(origin: Origin) -> Origin:
    earlier = _made_from(origin.source.function)
    node: Any = origin.node
    if earlier is None or not hasattr(node, "lineno"):
        return origin
    span = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
    first = _origin(earlier, span)
    if first is None:
        return origin
    return Origin(first.source, first.node, origin.derivative or first.derivative)


def _made_from(function: Any) -> Origins | None:
    origins = getattr(function, "__globals__", {}).get(ORIGINS)
    return origins if isinstance(origins, Origins) else None


def _last_primal(function: Any) -> Any:
    while (origins := _made_from(function)) is not None:
        function = origins.function
    return function


def _unassigned(error: BaseException, origins: Origins) -> list[str]:
    """Say in the user's words which variable has no value, and where it would have got one."""
    match = _MISSING.search(str(error))
    if match is None:
        return []
    name = match[1]
    while True:
        places = origins.assigning(name)
        variable = origins.variable(name)
        earlier = _made_from(origins.function)
        if earlier is None or variable is None:
            break
        origins, name = earlier, variable
    known = [_followed(o) for o in places]
    locations = {(str(loc), loc.quote()) for o in known for loc in [o.source.location(o.node)]}
    if not locations:
        return []
    what = f"`{variable}`" if variable else f"`{name}`, which stands for a part of your expression,"
    head = f"  {what} has no value here: a loop ran zero times or a branch was not taken, and so"
    return [head, *(f"  this was never reached, {at}\n{quote}" for at, quote in sorted(locations))]
