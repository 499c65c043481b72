"""What is added to each zero once is stored instead.

    dxs = [0.0] * len(xs)                   dxs = [0.0] * len(xs)
    for i in range(len(xs)):        →       for i in range(len(xs)):
        dxs[i] += 2 * xs[i]                     dxs[i] = 2 * xs[i]

An index of a range comes up once. Where the loop's only access to a buffer of zeros is at its
own index, the addition has nothing to add to. Nor has the first one to a part of an array.
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.floats import Floats
from srcgrad.ir import (
    Block,
    For,
    Function,
    Gate,
    While,
    blocks,
    frees,
    map_stmt,
    reads,
    values_in,
    walk,
)
from srcgrad.kinds import Array, List
from srcgrad.operands import equals, index_items, is_ellipsis, is_whole


def store(function: Function) -> Function:
    """The function with first contributions stored."""
    floats = Floats.of(function, among=False)

    def block(b):
        out: list = []
        zeros: dict = {}
        for s in b.stmts:
            s = map_stmt(s, lambda o: o, block)
            if isinstance(s, For) and not blocks_in(s):
                for ref in [r for r in frees(s.body) if r in zeros]:
                    s = _stored_once(s, ref, floats)
            if isinstance(s, Gate) and s.op == "accum" and _first_at_places(s, zeros):
                s = replace(s, op="setitem")
            for v in frees(s):
                zeros.pop(v, None)
            if isinstance(s, Gate) and (
                s.op == "zeros_like" or s.op == "repeat" and equals(s.args[0], 0)
            ):
                zeros[s.out] = s
            out.append(s)
        return Block(tuple(out), b.yields)

    def blocks_in(loop):
        return any(isinstance(s, (For, While)) for s in walk(loop.body))

    return replace(function, body=block(function.body))


def _first_at_places(g, zeros) -> bool:
    """Whether a sum goes to places of an array of zeros that are each named once, and not to all."""
    ref, index, value = g.args
    return (
        ref in zeros
        and isinstance(ref.kind, Array)
        and g.form != "at"
        and not all(is_ellipsis(i) or is_whole(i) for i in index_items(index))
        and ref not in set(values_in(value))
    )


def _stored_once(loop, ref, floats):
    touched = [s for s in walk(loop.body) if ref in set(reads(s))]
    in_yields = any(
        ref in set(values_in(y))
        for s in (loop, *walk(loop.body))
        for b in blocks(s)
        for y in b.yields
    )
    if len(touched) != 1 or in_yields or not isinstance(touched[0], Gate):
        return loop
    g = touched[0]
    if isinstance(ref.kind, List) and isinstance(ref.kind.elem, Array):
        # An array is added to in place: the sum may be of a number that stands for an array,
        # and what is added may be an array that others hold.
        return loop
    if isinstance(ref.kind, List) and g.op == "accum" and not floats.has(g.args[2]):
        return loop  # what is added to 0.0 is one
    if (
        g.op != "accum"
        or g.args[0] is not ref
        or g.args[1] is not loop.index
        or ref in set(values_in(g.args[2]))
    ):
        return loop

    def block(b):
        return Block(tuple(stmt(s) for s in b.stmts), b.yields)

    def stmt(s):
        return replace(s, op="setitem") if s is g else map_stmt(s, lambda o: o, block)

    return map_stmt(loop, lambda o: o, block)
