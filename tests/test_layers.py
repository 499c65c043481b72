"""Imports point one way: a module may import what stands above it in the table, nothing else.

Imports inside functions and under `TYPE_CHECKING` count as well: they are dependencies, too.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "srcgrad"

# From the ground up. What stands on one line does not import one another. A package stands for its
# modules, which may import one another, except in `passes`: there, each is on its own.
LAYERS = """
    errors depth
    source trees load structure wrt extents
    kinds
    promotion
    joins
    ir arguments
    guards operands dump
    indexing
    dispatch display rules
    build
    flow memory paths shapes failing floats
    windows shifts mincut
    deadcode
    passes
    results
    callees emit
    writing
    pipeline notes ruletexts
    specialise
    showing
    recording
    draw
    differentiated
    api gates
    checkable implicit
    checks
    targets samples listing
    values
    cli
    __main__ __init__
"""
HEIGHT = {name: height for height, line in enumerate(LAYERS.split("\n")) for name in line.split()}
APART = {"passes"}

MODULES = sorted(path.relative_to(ROOT).with_suffix("").parts for path in ROOT.rglob("*.py"))


def imports(tree: ast.Module, module: tuple[str, ...], modules=frozenset(MODULES)):
    """Yield (line, module) for each module of srcgrad that is imported, without `srcgrad` itself.

    >>> tree = ast.parse("from srcgrad.ir import Gate\\nfrom . import alias\\nimport math")
    >>> list(imports(tree, ("passes", "stage"), {("ir",), ("passes", "alias")}))
    [(1, ('ir',)), (2, ('passes', 'alias'))]
    """

    def existing(path):
        """The longest start of a dotted path that is a module: the rest is a name in it."""
        for length in range(len(path), 0, -1):
            for found in (path[:length], (*path[:length], "__init__")):
                if found in modules:
                    return found
        return path[:1] if path and path[0] in HEIGHT else ("__init__",)

    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            paths = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = (node.module or "").split(".") if node.module else []
            if node.level:
                start = ["srcgrad", *module[: len(module) - node.level], *start]
            paths = [[*start, alias.name] for alias in node.names]
        else:
            continue
        for path in paths:
            if path[0] == "srcgrad":
                yield node.lineno, existing(tuple(path[1:]))


def fault(module: tuple[str, ...], imported: tuple[str, ...]) -> str | None:
    """Say what is wrong with an import, if anything is.

    >>> fault(("ir",), ("rules", "record"))
    '`rules.record` is not below `ir`'
    >>> fault(("passes", "save"), ("passes", "alias"))
    '`passes.save` and `passes.alias` are to know nothing of each other'
    >>> fault(("rules", "numpy"), ("rules", "record"))
    """
    room, other = module[0], imported[0]
    names = f"`{'.'.join(module)}`", f"`{'.'.join(imported)}`"
    if room == other and len(module) > 1:
        # A pass may be a package itself, and the front of `passes` may gather what is in it.
        if room in APART and module[1] not in (imported[1], "__init__"):
            return f"{names[0]} and {names[1]} are to know nothing of each other"
        return None
    if HEIGHT[other] >= HEIGHT[room]:
        return f"{names[1]} is not below {names[0]}"
    return None


@pytest.mark.parametrize("module", MODULES, ids=".".join)
def test_imports_point_down(module):
    assert module[0] in HEIGHT, f"`{module[0]}` has no place in the table of layers yet"
    path = ROOT.joinpath(*module).with_suffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    faults = [
        f"{path.name}:{line}: {wrong}"
        for line, imported in imports(tree, module)
        if (wrong := fault(module, imported))
    ]
    assert not faults, "\n".join(faults)


def test_every_layer_exists():
    missing = set(HEIGHT) - {module[0] for module in MODULES}
    assert not missing, f"in the table, but not in the package: {', '.join(sorted(missing))}"


@pytest.mark.parametrize(
    "module, imported",
    [
        (("errors",), ("source",)),
        (("source",), ("kinds",)),
        (("passes", "save"), ("passes", "alias")),
        (("passes", "stage", "calls"), ("passes", "alias")),
        (("passes", "save"), ("pipeline",)),
        (("api",), ("__init__",)),
    ],
)
def test_wrong_directions_are_seen(module, imported):
    assert fault(module, imported)


@pytest.mark.parametrize(
    "module, imported",
    [
        (("source",), ("errors",)),
        (("passes", "save"), ("rules", "math")),
        (("passes", "__init__"), ("passes", "save")),
        (("passes", "stage", "calls"), ("passes", "stage", "binding")),
        (("emit", "__init__"), ("emit", "text")),
        (("__init__",), ("api",)),
    ],
)
def test_right_directions_pass(module, imported):
    assert fault(module, imported) is None


def test_all_forms_of_import_are_seen():
    text = """
import srcgrad.ir
from srcgrad import api
from srcgrad.rules import record as r, table
from . import save
from ..emit.text import text
def lazily():
    from srcgrad.pipeline import build
"""
    modules = {("ir",), ("api",), ("rules", "record"), ("rules", "__init__"), ("passes", "save")}
    modules |= {("emit", "text"), ("pipeline",)}
    found = [path for _, path in imports(ast.parse(text), ("passes", "alias"), modules)]
    assert found == [
        ("ir",),
        ("api",),
        ("rules", "record"),
        ("rules", "__init__"),
        ("passes", "save"),
        ("emit", "text"),
        ("pipeline",),
    ]


def test_no_part_of_the_stager_hides_a_method_of_another():
    from srcgrad.passes.stage import Stager

    homes: dict[str, list[str]] = {}
    for part in Stager.__mro__[:-1]:
        for name, found in vars(part).items():
            if callable(found) and not name.startswith("__"):
                homes.setdefault(name, []).append(part.__name__)
    assert {name: parts for name, parts in homes.items() if len(parts) > 1} == {}
