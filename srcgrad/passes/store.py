"""What is added to each zero once is stored instead.

    dxs = [0.0] * len(xs)                   dxs = [0.0] * len(xs)
    for i in range(len(xs)):        →       for i in range(len(xs)):
        dxs[i] += 2 * xs[i]                     dxs[i] = 2 * xs[i]

An index of a range comes up once. Where the loop's only access to a buffer of zeros is at its
own index, the addition has nothing to add to. Nor has the first one at places that a mask chooses.
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.indexing import is_gathered
from srcgrad.ir import (
    Block,
    Const,
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
from srcgrad.kinds import Array, List, is_integral
from srcgrad.operands import kind_of


def store(function: Function) -> Function:
    """The function with first contributions stored."""

    def block(b):
        out: list = []
        zeros: dict = {}
        for s in b.stmts:
            s = map_stmt(s, lambda o: o, block)
            if isinstance(s, For) and not blocks_in(s):
                for ref in [r for r in frees(s.body) if r in zeros]:
                    s = _stored_once(s, ref)
            if isinstance(s, Gate) and s.op == "accum" and _chosen_once(s, zeros):
                s = replace(s, op="setitem")
            for v in frees(s):
                zeros.pop(v, None)
            if isinstance(s, Gate) and (
                s.op == "zeros_like" or s.op == "repeat" and _is_zero(s.args[0])
            ):
                zeros[s.out] = s
            out.append(s)
        return Block(tuple(out), b.yields)

    def blocks_in(loop):
        return any(isinstance(s, (For, While)) for s in walk(loop.body))

    return replace(function, body=block(function.body))


def _chosen_once(g, zeros) -> bool:
    """Whether a sum is the first at places that a mask chooses, or subscripts that do not repeat."""
    ref, index, value = g.args
    once = is_gathered(index) and g.form != "at"
    return once and ref in zeros and ref not in set(values_in(value))


def _is_zero(o):
    return isinstance(o, Const) and o.value == 0


def _stored_once(loop, ref):
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
    if isinstance(ref.kind, List) and g.op == "accum" and is_integral(kind_of(g.args[2])):
        return loop  # what is added to 0.0 is a float
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
