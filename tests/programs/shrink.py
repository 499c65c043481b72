"""Make a failing program small: take things away for as long as it fails in the same way."""

from __future__ import annotations

import ast
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from .generator import Program

# An edit names nodes by their place in ast.walk, so that it can be applied to a fresh tree.
Edit = tuple[Any, ...]


def shrink(program: Program, fails: Callable[[Program], bool], seconds: float = 60.0) -> Program:
    """Return a smaller program that still fails.

    Parameters
    ----------
    program : Program
        One that fails.
    fails : function
        Whether a program fails, in the same way as this one.
    seconds : float
        When to stop.

    Returns
    -------
    Program
        No statement, expression or argument of it can go, if there was time enough.

    Examples
    --------
    >>> text = "def f(x, y):\\n    z = 2.0 * y + 1.0\\n    return z\\n"
    >>> print(shrink(Program(0, text, "f", (1.5, 2.0)), lambda p: "*" in p.text).text)
    def f(y):
        z = 2.0 * 1.0
    """
    deadline = time.monotonic() + seconds
    best = replace(program, text=ast.unparse(ast.parse(program.text)))
    if not fails(best):  # the layout of the text matters: leave it
        return program
    smaller = True
    while smaller and time.monotonic() < deadline:
        smaller = False
        for edits, apply in PASSES:
            place = 0
            while time.monotonic() < deadline:
                todo = list(edits(best))
                if place >= len(todo):
                    break
                candidate = _edited(best, todo[place], apply)
                if candidate and _size(candidate) < _size(best) and fails(candidate):
                    best, smaller = candidate, True
                else:
                    place += 1
    return best


def _edited(program: Program, edit: Edit, apply: Callable) -> Program | None:
    """Return the program with one edit; None if it is not Python any more."""
    tree = ast.parse(program.text)
    try:
        args = apply(program, list(ast.walk(tree)), edit)
        text = ast.unparse(ast.fix_missing_locations(tree))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # subscripts of numbers and the like
            compile(text, "<shrunk>", "exec")
    except (SyntaxError, ValueError, AttributeError, TypeError):
        return None
    return replace(program, text=text, args=program.args if args is None else args)


def _size(program: Program) -> tuple[int, int]:
    """Return how large a program is; a constant is smaller than a name."""
    nodes = [node for node in ast.walk(ast.parse(program.text)) if not _is_context(node)]
    names = sum(isinstance(node, ast.Name) for node in nodes)
    args = repr(program.args)
    return len(nodes) + names + args.count(","), len(program.text) + len(args)


def _is_context(node: ast.AST) -> bool:
    return isinstance(node, ast.expr_context | ast.operator)


def _nodes(program: Program) -> list[Any]:
    return list(ast.walk(ast.parse(program.text)))


# -- statements ---------------------------------------------------------------------------------


def _blocks(nodes: list[Any]) -> Iterator[tuple[int, str, list[Any]]]:
    for k, node in enumerate(nodes):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block:
                yield k, field, block


def _drops(program: Program) -> Iterator[Edit]:
    """Statements: many at once, then one by one."""
    for k, field, block in _blocks(_nodes(program)):
        length = len(block)
        while length:
            for start in range(0, len(block), length):
                yield k, field, start, length
            length //= 2


def _drop(program: Program, nodes: list[Any], edit: Edit) -> None:
    k, field, start, length = edit
    block = getattr(nodes[k], field)
    del block[start : start + length]
    if not block and field == "body":
        block.append(ast.Pass())


def _unwraps(program: Program) -> Iterator[Edit]:
    """Blocks: what is in them takes their place."""
    for k, field, block in _blocks(_nodes(program)):
        for i, statement in enumerate(block):
            if isinstance(statement, ast.If | ast.For | ast.While | ast.Try):
                for inner in ("body", "orelse"):
                    if getattr(statement, inner):
                        yield k, field, i, inner


def _unwrap(program: Program, nodes: list[Any], edit: Edit) -> None:
    k, field, i, inner = edit
    block = getattr(nodes[k], field)
    statement = block[i]
    new = list(getattr(statement, inner))
    if isinstance(statement, ast.For) and inner == "body":
        first = ast.parse(f"_ = list({ast.unparse(statement.iter)})[0]").body[0]
        if ast.unparse(statement.iter).startswith("range("):
            first = ast.parse("_ = 0").body[0]
        elif isinstance(statement.iter, ast.Name):
            first = ast.parse(f"_ = {statement.iter.id}[0]").body[0]
        first.targets = [statement.target]  # type: ignore[attr-defined]
        new.insert(0, first)
    block[i : i + 1] = new


def _inlinings(program: Program) -> Iterator[Edit]:
    """`x = e`: e stands where the next statement reads x."""
    for k, field, block in _blocks(_nodes(program)):
        for i, statement in enumerate(block[:-1]):
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                yield k, field, i


def _inline(program: Program, nodes: list[Any], edit: Edit) -> None:
    k, field, i = edit
    block = getattr(nodes[k], field)
    assignment = block.pop(i)
    name = assignment.targets[0].id

    class Reads(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> Any:
            read = node.id == name and isinstance(node.ctx, ast.Load)
            return assignment.value if read else node

    block[i] = Reads().visit(block[i])


# -- expressions --------------------------------------------------------------------------------


def _places(nodes: list[Any]) -> Iterator[tuple[int, str, int | None, Any]]:
    """Yield where an expression stands that may be replaced."""
    for k, node in enumerate(nodes):
        if isinstance(node, ast.JoinedStr | ast.FormattedValue | ast.Attribute):
            continue
        for field, value in ast.iter_fields(node):
            if (isinstance(node, ast.Call) and field == "func") or field in ("targets", "target"):
                continue
            for i, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.expr) and not isinstance(child, ast.Slice | ast.Constant):
                    if not isinstance(getattr(child, "ctx", None), ast.Store | ast.Del):
                        yield k, field, i, child


def _parts(node: Any) -> list[Any]:
    """Return the expressions that can stand for an expression."""
    match node:
        case ast.Call(func=ast.Attribute(value=value)):
            own = [] if isinstance(value, ast.Name) and value.id in ("np", "math") else [value]
            return own + node.args
        case ast.Call():
            return node.args
        case ast.BinOp(left=a, right=b):
            return [a, b]
        case ast.UnaryOp(operand=a):
            return [a]
        case ast.IfExp(body=a, orelse=b):
            return [a, b]
        case ast.BoolOp(values=values):
            return values
        case ast.Subscript(value=a):
            return [a]
        case ast.List(elts=elts) | ast.Tuple(elts=elts):
            return elts
        case ast.Attribute(value=a) | ast.Compare(left=a):
            return [a]
        case ast.ListComp(generators=[ast.comprehension(iter=a)]):
            return [a]
    return []


def _replacements(program: Program) -> Iterator[Edit]:
    """Expressions: by a constant, or by one of their parts."""
    for k, field, i, child in _places(_nodes(program)):
        yield k, field, i, "constant"
        for part in range(len(_parts(child))):
            yield k, field, i, part
        if isinstance(child, ast.List | ast.Tuple) and len(child.elts) > 1:
            yield k, field, i, "shorter"


def _replace(program: Program, nodes: list[Any], edit: Edit) -> None:
    k, field, i, how = edit
    holder = getattr(nodes[k], field)
    child = holder if i is None else holder[i]
    if how == "shorter":
        child.elts.pop()
        return
    if how == "constant":
        new: ast.expr = ast.Constant(True if field == "test" else 1.0)
        if isinstance(child, ast.Call) and ast.unparse(child.func) == "range":
            new = ast.parse("range(2)", mode="eval").body
        elif field == "slice" or (isinstance(nodes[k], ast.Call) and _counts(nodes[k])):
            new = ast.Constant(0 if field == "slice" else 2)
    else:
        new = _parts(child)[how]
    if i is None:
        setattr(nodes[k], field, new)
    else:
        holder[i] = new


def _counts(node: ast.Call) -> bool:
    return ast.unparse(node.func) in ("range", "np.zeros", "np.ones")


def _keywords(program: Program) -> Iterator[Edit]:
    """Keywords of calls, as `axis`, and steps of slices."""
    for k, node in enumerate(_nodes(program)):
        if isinstance(node, ast.Call):
            for i in range(len(node.keywords)):
                yield k, "keywords", i
        elif isinstance(node, ast.Slice):
            for field in ("step", "lower", "upper"):
                if getattr(node, field):
                    yield k, field, None


def _unsaid(program: Program, nodes: list[Any], edit: Edit) -> None:
    k, field, i = edit
    if i is None:
        setattr(nodes[k], field, None)
    else:
        del nodes[k].keywords[i]


def _plains(program: Program) -> Iterator[Edit]:
    """`x += e`: to `x = e`; a comparison of three: to one of two."""
    for k, node in enumerate(_nodes(program)):
        if isinstance(node, ast.AugAssign | ast.Compare):
            yield (k,)


def _plain(program: Program, nodes: list[Any], edit: Edit) -> None:
    node = nodes[edit[0]]
    if isinstance(node, ast.Compare):
        del node.ops[1:], node.comparators[1:]
        return
    for parent in nodes:
        for _, value in ast.iter_fields(parent):
            if isinstance(value, list) and node in value:
                value[value.index(node)] = ast.Assign([node.target], node.value)


# -- parameters and arguments -------------------------------------------------------------------


def _parameters(program: Program) -> Iterator[Edit]:
    for k, node in enumerate(_nodes(program)):
        if isinstance(node, ast.FunctionDef):
            for i in range(len(node.args.args)):
                yield k, i


def _without(program: Program, nodes: list[Any], edit: Edit) -> tuple[Any, ...] | None:
    """Drop a parameter, and what calls pass for it."""
    k, i = edit
    function = nodes[k]
    if function.name == program.name and len(function.args.args) == 1:
        raise ValueError("one parameter must stay")
    required = len(function.args.args) - len(function.args.defaults)
    del function.args.args[i]
    if i >= required:
        del function.args.defaults[i - required]
    for node in nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func) == function.name:
            del node.args[i : i + 1]
    if function.name == program.name and i < len(program.args):
        return program.args[:i] + program.args[i + 1 :]
    return None


def _arguments(program: Program) -> Iterator[Edit]:
    for i, arg in enumerate(program.args):
        for how in range(len(_simpler(arg))):
            yield i, how


def _simplify(program: Program, nodes: list[Any], edit: Edit) -> tuple[Any, ...]:
    i, how = edit
    return program.args[:i] + (_simpler(program.args[i])[how],) + program.args[i + 1 :]


def _simpler(value: Any) -> list[Any]:
    """Return simpler arguments of the same kind."""
    if isinstance(value, bool | str):
        return []
    if isinstance(value, int):
        return [n for n in (1, 2) if n < value]
    if isinstance(value, float):
        return [x for x in (1.0, 0.5, 2.0, round(value, 1)) if len(repr(x)) < len(repr(value))]
    if isinstance(value, list):
        shorter = [value[:-1]] if len(value) > 1 else []
        each = [
            value[:i] + [x] + value[i + 1 :] for i, old in enumerate(value) for x in _simpler(old)
        ]
        return shorter + each
    if isinstance(value, np.ndarray):
        axes = range(value.ndim)
        shorter = [np.take(value, range(value.shape[a] - 1), axis=a) for a in axes]
        flat = [value[0]] if value.ndim > 1 else []
        return [s for s in flat + shorter if s.size] + [np.round(value, 1), np.round(value)]
    return []


PASSES: list[tuple[Callable, Callable]] = [
    (_drops, _drop),
    (_unwraps, _unwrap),
    (_inlinings, _inline),
    (_parameters, _without),
    (_replacements, _replace),
    (_keywords, _unsaid),
    (_plains, _plain),
    (_arguments, _simplify),
]
