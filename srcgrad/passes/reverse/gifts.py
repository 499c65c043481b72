"""References that are handed to a list, and those that are only borrowed from one.

    row = [0.0] * n                 backwards:
    …                               drow = drows.pop()
    rows.append(row)                …

A list that holds lists or arrays has a shadow of its shape, and finds the shadows of what it holds
at the same places, as long as each of them has one place: what is made and then put into a list is
*given* if its maker does not use it any more. What is read from a list is *borrowed*; that is known
by its place until something moves it to another.
"""

from __future__ import annotations

from srcgrad.ir import Block, Gate, Value, blocks, frees, reads, values_in, walk
from srcgrad.kinds import Array, List, is_reference
from srcgrad.memory import RESHAPES, is_fresh
from srcgrad.operands import kind_of

_MEASURES = ("len", "demand", "nonempty", "zeros_like", "shape", "extent", "size")


def stays(base, rest, aliases) -> bool:
    """Whether nothing in these statements puts other elements into a list, or moves them."""
    if isinstance(kind_of(base), Array):
        return True
    find = aliases.levels.find
    return isinstance(kind_of(base), List) and not any(
        isinstance(g, Gate) and g.op in RESHAPES and find(g.args[0]) is find(base)
        for s in rest
        for g in walk(s)
    )


def given_and_lost(block: Block, aliases) -> tuple[set, set]:
    """The references given to lists, and those borrowed that do not stay at their places."""
    given: set = set()
    lost: set = set()
    for b in _blocks(block):
        _look(b, aliases, given, lost)
    return given, lost


def _blocks(block):
    yield block
    for s in block.stmts:
        for inner in blocks(s):
            yield from _blocks(inner)


def _look(block, aliases, given, lost):
    mine: dict = {}  # what is made in this block, and the parts of it -> what was made
    for k, s in enumerate(block.stmts):
        if not isinstance(s, Gate):
            continue
        rest = block.stmts[k + 1 :]
        for v in put(s):
            if mine.get(v) is v and not _used(mine, v, rest, block.yields):
                given.add(v)
        if s.out is None or not is_reference(s.out.kind):
            continue
        if is_fresh(s):
            mine[s.out] = s.out
        elif s.op in ("view", "getitem"):
            if s.args[0] in mine:
                mine[s.out] = mine[s.args[0]]
            if aliases.is_memory(s.out) and not stays(s.args[0], rest, aliases):
                lost.add(s.out)
        elif s.args and s.args[0] in mine:
            mine[s.out] = mine[s.args[0]]


def put(g) -> list:
    """The references that a gate puts into a list, each once."""
    if g.op in ("append", "insert"):
        held = g.args[-1:]
    elif g.op == "list":
        held = g.args
    else:
        return []
    refs = [v for v in held if isinstance(v, Value) and is_reference(v.kind)]
    return [v for v in refs if refs.count(v) == 1]


def _used(mine, v, rest, yields):
    parts = {p for p, made in mine.items() if made is v}
    found = {u for y in yields for u in values_in(y)}
    for s in rest:
        if isinstance(s, Gate) and s.op in _MEASURES:
            continue
        found |= set(reads(s)) if isinstance(s, Gate) else set(frees(s))
    return bool(parts & found)
