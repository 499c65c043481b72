"""Functions of several results: all of them where one is, and those that are read side by side.

    w = numpy.linalg.eigh[0](a)             w = numpy.linalg.eigh[0](a)
                                   →        v = numpy.linalg.eigh[1](a)

Each result is a gate of its own. `whole` puts the missing ones beside each, so that the derivative
of one may be written in terms of the others; `together` moves those that are left next to one
another, where the emitter writes them as one statement, `w, v = np.linalg.eigh(a)`.
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.build import Builder, part_key, results_key
from srcgrad.ir import Block, Function, blocks, is_turn, map_stmt
from srcgrad.memory import Aliases
from srcgrad.rules.record import PARTS, TABLE


def whole(function: Function) -> Function:
    """The function with all results of a call where it has one: unread ones are for `simplify`."""
    return replace(function, body=_complete(function.body))


def together(function: Function) -> Function:
    """The function with results of one call next to one another; these are statements."""
    aliases = Aliases(function.body)
    return replace(function, body=_gathered(function.body, aliases))


def _complete(block: Block) -> Block:
    out: list = []
    there = {part_key(s.op, s.args, dict(s.kw)) for s in block.stmts if results_key(s)}
    for s in block.stmts:
        out.append(map_stmt(s, lambda o: o, _complete) if blocks(s) else s)
        if results_key(s) is None:
            continue
        for op in PARTS.get(s.op.partition("[")[0], (None, {}))[1].values():
            key = (op, *part_key(s.op, s.args, dict(s.kw))[1:])
            if key not in there and TABLE[op].params == TABLE[s.op].params:
                b = Builder(loc=s.loc)
                b.gate(op, *s.args, kw=s.kw)
                out += b.stmts
                there.add(key)
    return Block(tuple(out), block.yields)


def _gathered(block: Block, aliases: Aliases) -> Block:
    stmts = [
        map_stmt(s, lambda o: o, lambda b: _gathered(b, aliases)) if blocks(s) else s
        for s in block.stmts
    ]
    turn = next((k for k, s in enumerate(stmts) if is_turn(s)), len(stmts))
    return Block((*_grouped(stmts[:turn], aliases), *_grouped(stmts[turn:], aliases)), block.yields)


def _grouped(stmts, aliases):
    groups: dict = {}
    for s in stmts:
        key = results_key(s)
        if key is not None and PARTS[key[0]][0] is not complex:
            fixed = not any(map(aliases.is_memory, s.args))
            groups.setdefault(key if fixed else id(s), []).append(s)
    first = {id(g[0]): g for g in groups.values() if len(g) > 1}
    moved = {id(s) for g in first.values() for s in g}
    for s in stmts:
        if id(s) in first:
            yield from (replace(g, form="held") for g in first[id(s)])
        elif id(s) not in moved:
            yield s
