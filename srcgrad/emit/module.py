"""From the functions of one compilation to the text of a module.

import math

def neuron_grad(w, x): …
"""

from __future__ import annotations

import ast
from types import ModuleType
from typing import Any

from srcgrad.emit import printer as _printer  # noqa: F401  (astor is loaded with us, not by the first call)
from srcgrad.emit import support as _support
from srcgrad.emit.lower import Lower, parameters
from srcgrad.ir import Block as _Block
from srcgrad.ir import Function, Gate, Slice, Tup, blocks, frees, is_turn, walk
from srcgrad.ir import operands as _operands
from srcgrad.passes.name import name
from srcgrad.rules.record import LIBRARIES
from srcgrad.source import read

EMITTED = {
    "len",
    "range",
    "abs",
    "sum",
    "zip",
    "enumerate",
    "reversed",
    "float",
    "int",
    "max",
    "min",
    "tuple",
    "type",
    "math",
    "np",
}


def module(
    main: Function,
    signature: ast.arguments,
    helpers,
    externals,
    reserved,
    comments: str = "passes",
    home=None,
) -> ast.Module:
    """The module's tree: imports, helpers, the function. `emit.text.text` prints it.

    Parameters: `helpers` as `Callees.definitions` gives them; `externals` are the names that the
    text takes from outside; `reserved` names that values must not take;
    `comments` and `home`, as `Lower` has them.
    """
    reserved = {*reserved, *externals, main.name}
    support = supporting([main, *(entry[2] for entry in helpers)])
    reserved |= support
    for entry in helpers:
        reserved |= {entry[1], f"{entry[1]}_forward", f"{entry[1]}_backward"}
    definitions: list = []
    for entry in helpers:
        definitions += helper(entry, reserved)
    definitions.append(function(main, signature, reserved, comments, home))
    definitions = carried(definitions, externals, support) + definitions
    return ast.Module([*imports(definitions, externals, support), *definitions], [])


def supporting(functions) -> set:
    """Which functions of `emit.support` these functions call."""
    found: set = set()

    def visit(operand: Any) -> None:
        if isinstance(operand, Gate):
            sort, _, last = operand.op.rpartition(".")
            if sort == "support" or operand.op == "stop_gradient":
                found.add(last)
            if operand.op == "deepcopy":
                found.add("copy")
            for inner in _operands(operand):
                visit(inner)
        elif isinstance(operand, Tup):
            for inner in operand.items:
                visit(inner)
        elif isinstance(operand, Slice):
            for part in (operand.lo, operand.hi, operand.step):
                visit(part)

    for one in functions:
        for s in walk(one.body):
            for o in (s, *_operands(s), *(y for b in blocks(s) for y in b.yields)):
                visit(o)
    return found


def carried(definitions, externals, support) -> list:
    """What the definitions call of the user's gates and of `emit.support`, as it stands."""
    used = {n.id for d in definitions for n in ast.walk(d) if isinstance(n, ast.Name)}
    functions = {r: what for r, (sort, what) in externals.items() if sort == "gate" and r in used}
    given = {name: getattr(_support, name) for name in sorted(support)}
    functions |= {name: what for name, what in given.items() if not isinstance(what, ModuleType)}
    out: list = []
    for root, what in functions.items():
        source = read(what)
        tree = source.tree
        if root not in support:
            for node in ast.walk(tree):
                if isinstance(node, (ast.expr, ast.stmt)):
                    node.origin = (source, node), False  # type: ignore[union-attr]
        tree.name, tree.returns = root, None
        for arg in ast.walk(tree.args):
            if isinstance(arg, ast.arg):
                arg.annotation = None
        out.append(tree)
    return out


def function(main, signature, reserved, comments, home):
    lower = Lower(name(main, reserved, captured(main)), comments, home)
    return lower.function(main, signature)


def helper(entry, reserved) -> list:
    sort, title, what, *tapes = entry
    names = name(what, reserved, captured(what), inner=True)
    lower = Lower(names, comments="none")
    if sort == "pair":
        own = list(tapes[0].values())
        return lower.pair(what, title, own, [v for v in captured(what) if v not in own])
    params = parameters([names(v) for v in what.params])
    return [lower.function(Function(title, what.params, what.body), params)]


def captured(function: Function) -> dict:
    """What a pullback, or a helper's backward function, reads of the forward pass."""
    stmts = function.body.stmts
    turn = next((k for k, s in enumerate(stmts) if is_turn(s, "pullback")), None)
    if turn is None:
        return {}
    seed = stmts[turn].args[0]
    return {v: n for v, n in frees(_Block(stmts[turn + 1 :])).items() if v is not seed}


def imports(definitions, externals, support) -> list:
    used = {n.id for d in definitions for n in ast.walk(d) if isinstance(n, ast.Name)}
    out: list = []
    if "copy" in support:
        out.append(ast.Import([ast.alias("copy")]))
    if "math" in used:
        out.append(ast.Import([ast.alias("math")]))
    if "np" in used:
        out.append(ast.Import([ast.alias("numpy", "np")]))
    for root, spec in externals.items():
        if spec[0] == "module" and root in used and LIBRARIES.get(root) == spec[1]:
            out.append(ast.ImportFrom(spec[1].rpartition(".")[0], [ast.alias(root)], 0))
        elif spec[0] == "module" and root in used:
            out.append(ast.Import([ast.alias(spec[1], root if root != spec[1] else None)]))
    return out
