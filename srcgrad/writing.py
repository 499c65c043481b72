"""From a finished function to its module's tree, and from its text to what Python runs."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from srcgrad.display import documented
from srcgrad.emit.module import EMITTED, module, supporting
from srcgrad.errors import (
    CannotDifferentiate,
    Problem,
)
from srcgrad.guards import namespace
from srcgrad.load import load


def module_of(unit, function) -> ast.Module:
    function = unit.callees.primal_calls(function)
    helpers = unit.callees.definitions(unit.mode)
    _check_hidden(unit, supporting([function, *(h[2] for h in helpers)]))
    function = replace(function, name=unit.name)
    signature = signature_of(unit)
    if unit.mode == "jvp":
        signature.posonlyargs, signature.kwonlyargs, signature.kw_defaults, signature.defaults = (
            [],
            [],
            [],
            [],
        )
        names = [v.hint for v in function.params]
        signature.args = [ast.arg(n) for n in names]
    taken, home = {unit.function.__name__}, unit.source.function
    return module(function, signature, helpers, unit.staged.externals, taken, unit.comments, home)


def _check_hidden(unit, support):
    """Refuse parameters whose names the generated text needs for something else."""
    args = unit.source.tree.args
    hidden = [
        a
        for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)
        if a.arg in EMITTED | support or a.arg in unit.staged.externals
    ]
    if hidden:
        what = "the parameter `{}` hides a name that the gradient needs"
        problems = [
            Problem(unit.source.location(a), what.format(a.arg), "rename the parameter")
            for a in hidden
        ]
        raise CannotDifferentiate(tuple(problems))


def signature_of(unit) -> ast.arguments:
    """The parameters as the original writes them, with defaults where they are literals."""
    args = unit.source.tree.args
    new = ast.arguments([], [], None, [], [], None, [])
    new.posonlyargs = [ast.arg(a.arg) for a in args.posonlyargs]
    # all are passed by position, so those that were by keyword only come last
    new.args = [ast.arg(a.arg) for a in (*args.args, *args.kwonlyargs)]
    defaults = [*args.defaults, *args.kw_defaults]
    if len(args.kwonlyargs) and len(args.defaults) < len(args.args):
        defaults = args.kw_defaults
    for d in defaults:
        new.defaults = [*new.defaults, d] if d is not None and _is_literal(d) else []
    return new


def _is_literal(node) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


def loaded(unit: Any) -> Callable:
    """The function that a unit's text defines, as Python runs it."""
    function = load(
        unit.text,
        unit.name,
        namespace(unit.staged.externals),
        f"{unit.function.__module__}.{unit.name}",
    )
    for root, (sort, what) in unit.staged.externals.items():
        if sort == "gate":  # the user's own function: it has the rule, for second derivatives
            function.__globals__[root] = what
    function.__module__ = unit.function.__module__
    function.__doc__ = documented(unit.mode, unit.function, unit.wrt, unit.bare)
    return function
