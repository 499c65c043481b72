"""Argument values to go by when there is no call: from `--at`, an example, or annotations."""

from __future__ import annotations

import ast
import contextlib
import difflib
import doctest
import inspect
import io
import textwrap
import typing
from collections.abc import Callable, Collection
from typing import Any

from srcgrad.errors import ArgumentError
from srcgrad.samples import Sample


def values(function: Callable[..., Any], at: str | None = None) -> dict[str, Any]:
    """Return an example value for each parameter of which one is known.

    A parameter takes its value from `at`, else from the first ``>>>`` example in the docstring that
    calls the function, else from its default, else from its annotation.

    Parameters
    ----------
    function : callable
        A Python function or bound method.
    at : str, optional
        Values as on the command line; see `parse`.

    Returns
    -------
    dict
        Values by parameter name, in the order of the parameters. What nothing is known of is
        missing.

    Raises
    ------
    ArgumentError
        If `at` does not fit the function.

    Examples
    --------
    >>> def area(width: float, height: int = 2, unit="m"): ...
    >>> list(values(area)), values(area, "3.5")["width"]
    (['width', 'height', 'unit'], 3.5)
    """
    known = from_annotations(function) | from_defaults(function)
    known |= from_docstring(function) or {}
    known |= parse(at, function) if at else {}
    return {name: known[name] for name in inspect.signature(function).parameters if name in known}


def parse(text: str, function: Callable[..., Any]) -> dict[str, Any]:
    """Read argument values as they stand on the command line.

    Parameters
    ----------
    text : str
        Arguments as in a call: Python literals, and placeholders for arrays, ``f64[3, 4]``: a dtype
        (`f64`, `f32`, `i64`, `i32`, `bool`) and a shape. They are filled with numbers that are
        random, but the same each time, and never zero.
    function : callable
        The function that the arguments are for.

    Returns
    -------
    dict
        The values by parameter name.

    Raises
    ------
    ArgumentError
        If the text is not of that form, or names a parameter that the function does not have.

    Examples
    --------
    >>> def loss(w, x, steps=1): ...
    >>> parse("[2, -3], steps=4", loss)
    {'w': [2, -3], 'steps': 4}
    >>> parse("x={'a': f32[2, 3]}", loss)["x"]["a"].shape
    (2, 3)
    """
    try:
        call = ast.parse(f"f({text})", mode="eval").body
    except SyntaxError as error:
        raise ArgumentError(f"--at {text!r}: {error.msg}") from None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise ArgumentError(f"--at {text!r}: this is not a list of arguments")
    sample = Sample()
    given = [sample.literal(argument) for argument in call.args]
    named = {k.arg or "**": sample.literal(k.value) for k in call.keywords}
    signature = inspect.signature(function)
    try:
        return dict(signature.bind_partial(*given, **named).arguments)
    except TypeError as error:
        unknown = [name for name in named if name not in signature.parameters]
        near = difflib.get_close_matches(unknown[0], signature.parameters) if unknown else []
        hint = f"; did you mean `{near[0]}`?" if near else ""
        there = f"the parameters are {', '.join(signature.parameters) or 'none'}"
        raise ArgumentError(f"--at {text!r}: {error}{hint or f'; {there}'}") from None


def from_docstring(function: Callable[..., Any]) -> dict[str, Any] | None:
    """Return the arguments of the first ``>>>`` example that calls a function, or None.

    The lines before the call are run, as a doctest runs them, in a copy of the function's globals.

    Examples
    --------
    >>> def double(x):
    ...     '''
    ...     >>> y = 2.5
    ...     >>> print(round(double(y), 2))
    ...     5.0
    ...     '''
    >>> from_docstring(double)
    {'x': 2.5}
    """
    bare = inspect.unwrap(function)
    scope = dict(getattr(bare, "__globals__", {}))
    with contextlib.suppress(ValueError):  # a docstring that doctest cannot read has no examples
        examples = doctest.DocTestParser().get_examples(inspect.getdoc(bare) or "")
        for example in examples:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
                tree = ast.parse(example.source)
                for call in filter(lambda node: _calls(node, bare.__name__), ast.walk(tree)):
                    with contextlib.suppress(Exception):
                        return _arguments(typing.cast(ast.Call, call), function, scope)
                exec(compile(tree, "<example>", "exec"), scope)
    return None


def _calls(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and name in (
        getattr(node.func, "id", None),
        getattr(node.func, "attr", None),
    )


def _arguments(
    call: ast.Call, function: Callable[..., Any], scope: dict[str, Any]
) -> dict[str, Any]:
    """Evaluate the arguments of a call, but not the call."""
    arguments = [*call.args]
    signature = inspect.signature(function)
    if isinstance(call.func, ast.Attribute) and next(iter(signature.parameters), "") == "self":
        arguments.insert(0, call.func.value)
    capture = ast.Call(ast.Name("\0capture", ast.Load()), arguments, call.keywords)
    code = compile(ast.fix_missing_locations(ast.Expression(capture)), "<example>", "eval")
    bound = eval(code, scope | {"\0capture": signature.bind})
    bound.apply_defaults()
    return dict(bound.arguments)


def from_defaults(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the defaults of those parameters that have one."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def from_annotations(function: Callable[..., Any]) -> dict[str, Any]:
    """Return a value for each parameter whose annotation is one that says what to expect.

    A list is as long as the function's own constant subscripts ask for, and three long without.

    Examples
    --------
    >>> def loss(w: list[float], scale: float, name: str, other): ...
    >>> {name: type(value).__name__ for name, value in from_annotations(loss).items()}
    {'w': 'list', 'scale': 'float', 'name': 'str'}
    """
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # a name that only a type checker can see
        hints = getattr(function, "__annotations__", {})
    sample, found = Sample(), {}
    for name in inspect.signature(function).parameters:
        if name in hints:
            with contextlib.suppress(LookupError):
                found[name] = sample.of(hints[name], longest_subscript(function, name))
    return found


def guesses(function: Callable[..., Any], known: Collection[str] = ()) -> dict[str, Any]:
    """Return a value for each required parameter that is not known, from how it is used.

    Constant subscripts make it a list as long as they ask for; else it is a float.

    Raises
    ------
    ArgumentError
        If a parameter is the object that a method belongs to.

    Examples
    --------
    >>> def loss(w, x, steps=3): ...
    >>> list(guesses(loss, known=["w"]))
    ['x']
    """
    sample, found = Sample(), {}
    for position, (name, parameter) in enumerate(inspect.signature(function).parameters.items()):
        optional = parameter.default is not parameter.empty or parameter.kind.name.startswith("VAR")
        if name in known or optional:
            continue
        if name == "self" and position == 0:
            there = "the docstring needs a >>> example that calls it"
            raise ArgumentError(f"{function.__qualname__} is called on what object? {there}")
        length = longest_subscript(function, name)
        found[name] = [sample.number() for _ in range(length)] if length else sample.number()
    return found


def kind_words(value: Any) -> str:
    """Say of what kind a guessed value is.

    Examples
    --------
    >>> kind_words([0.5, 1.5]), kind_words(0.7)
    ('a list of 2 floats', 'a float')
    """
    if isinstance(value, list):
        return f"a list of {len(value)} float" + "s" * (len(value) != 1)
    return "a float"


def longest_subscript(function: Callable[..., Any], name: str) -> int:
    """Return how long a list must be for a function's constant subscripts of it; else 0."""
    try:
        lines, _ = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return 0
    subscripts = [
        node.slice.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
        if isinstance(node.value, ast.Name) and node.value.id == name
    ]
    return 1 + max((i for i in subscripts if type(i) is int), default=-1)
