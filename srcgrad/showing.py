"""What `srcgrad show` prints: the generated text, or what any of the passes leaves behind."""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import replace

from srcgrad.arguments import kind_of_argument
from srcgrad.dump import dump
from srcgrad.emit.module import module
from srcgrad.emit.text import text
from srcgrad.ir import Gate, map_stmt
from srcgrad.kinds import FLOAT
from srcgrad.passes.defined import defined
from srcgrad.pipeline import Unit, build
from srcgrad.source import read
from srcgrad.writing import signature_of
from srcgrad.wrt import resolve_wrt


def show(
    function, known, wrt, mode: str = "grad", stage: str | None = None, comments: str = "passes"
) -> str:
    """The text that `srcgrad show` prints: the gradient, or what a pass leaves behind.

    Parameters: `known`, example arguments by name, what is missing is taken for a float;
    `comments`, which of them the text has: `none`, `passes`, or `lines` of the original as well.
    """
    from srcgrad.emit.text import formatted

    unit = replace(unit_for(function, known, wrt, mode), comments=comments)
    build(unit, stage or "emit")
    result = unit.stages[stage or "emit"]
    if isinstance(result, str):
        return formatted(result)
    if isinstance(result, ast.AST):
        return ast.unparse(ast.fix_missing_locations(result)).replace("%", "_") + "\n"
    if stage == "stage":
        return formatted(staged_text(unit))
    if isinstance(result, tuple):
        return dump(result[0]) + _activity_table(result[1])
    return dump(result)


def original(function) -> list[tuple[int, str]]:
    """The lines of a function with their numbers, from its `def` on, without its docstring.

    A lambda is written as a `def`.
    """
    source = read(function)
    tree = source.tree
    if tree.name == "lambda_":
        return [(tree.lineno, line) for line in ast.unparse(tree).splitlines()]
    text = textwrap.dedent("".join(source.lines[tree.lineno - 1 : tree.end_lineno]))
    first = tree.body[0]
    left_out = range(0)
    if ast.get_docstring(tree) is not None and len(tree.body) > 1 and first.lineno > tree.lineno:
        left_out = range(first.lineno, first.end_lineno + 1)
    lines = enumerate(text.splitlines(), tree.lineno)
    return [(number, line) for number, line in lines if number not in left_out]


def _activity_table(found):
    def hints(values):
        return ", ".join(sorted({v.hint for v in values})) or "nothing"

    both = found.varied & found.useful
    return f"varied: {hints(found.varied)}\nuseful: {hints(found.useful)}\nactive: {hints(both)}\n"


def staged_text(unit: Unit) -> str:
    """The staged function as Python: one gate a line."""
    function = undemanded(unit.staged.function)
    return text(
        module(function, signature_of(unit), [], unit.staged.externals, (), comments="none")
    )


def undemanded(function):
    """The function without demands, as the user wrote it."""

    def block(b):
        stmts = [s for s in b.stmts if not isinstance(s, Gate) or s.op != "demand"]
        return replace(b, stmts=tuple(map_stmt(s, lambda o: o, block) for s in stmts))

    return replace(function, body=block(defined(function).body))


def unit_for(function, known, wrt, mode) -> Unit:
    """A compilation for example arguments by name."""
    kinds = {}
    for n, p in inspect.signature(function).parameters.items():
        if n in known:
            kinds[n] = kind_of_argument(known[n], n)
        elif p.default is not p.empty:
            kinds[n] = kind_of_argument(p.default, n)
        else:
            kinds[n] = FLOAT
    names, bare = resolve_wrt(function, wrt)
    return Unit(function, kinds, names, bare, mode, dict(known))
