"""What a pullback keeps of the forward pass is its own.

    y = x * w                               y = x * w
    turn (pullback)                 →       x_2 = x.copy()
    dw = x * dy                             turn (pullback)
                                            dw = x_2 * dy

A pullback may be called many times, and long after: by then the caller may have changed the
arguments or the result. References into their memory are copied where the pullback is made,
elements and globals are read there, and tapes are copied before each use, since using one up
would leave nothing for the next call.
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.errors import CannotDifferentiate, Problem
from srcgrad.ir import (
    Block,
    Const,
    For,
    Function,
    Gate,
    Value,
    While,
    blocks,
    defs,
    frees,
    is_turn,
    map_stmt,
    substitute,
    walk,
)
from srcgrad.kinds import NUMBER, Array, List, Record, is_reference
from srcgrad.memory import WRITES, Aliases, is_fresh, is_view, where
from srcgrad.operands import kind_of
from srcgrad.paths import beside, partly_defined

# what `fuse` would read again wherever it is used
_READ_LATE = ("global", "getattr", "len", "size", "extent", "shape", "nonempty")


def capture(function: Function) -> Function:
    """Copy what the pullback of a function with a `turn` into one must not share."""
    stmts = function.body.stmts
    turn = next((k for k, s in enumerate(stmts) if is_turn(s, "pullback")), None)
    if turn is None:
        return function
    before, after = stmts[:turn], stmts[turn + 1 :]
    aliases = Aliases(function.body)
    makers = {s.out: s for s in walk(Block(before)) if isinstance(s, Gate) and s.out is not None}
    roots = [
        *function.params,
        *(g.out for g in makers.values() if _is_leaf(g) or g.op in ("global", "getattr")),
    ]
    shared = {
        aliases.find(v)
        for v in (*roots, *_parts(stmts[turn].args[1], makers), *_assigned(before))
        if is_reference(v.kind)
    }

    def is_shared(v):
        if not isinstance(v, Value) or _is_tuple_of_numbers(v.kind):
            return False
        return is_reference(v.kind) and aliases.find(v) in shared

    held: list = []
    mapping, start = _together(before, after, aliases)
    partial = partly_defined(Block(before))
    sure = {v for s in before for v in defs(s) if v not in partial} | set(function.params)
    late: dict = {}  # what only some paths compute is copied where it is computed
    joined: dict = {}  # and so is what comes from there
    for v in frees(Block(after)):
        maker = makers.get(v)
        if v is stmts[turn].args[0] or v in mapping:
            continue
        if maker is not None and maker.op == "tape":
            mapping[v] = Value(v.hint, v.kind, True, True)
            start.append(Gate(mapping[v], "copy", (v,), (), None, True))
        elif is_shared(v):
            mapping[v] = Value(v.hint, v.kind, True, v.ours)
            if v in sure:
                held.append(_copy(mapping[v], v))
            elif v in partial:
                joined[v] = mapping[v]
            else:
                late[v] = _copy(mapping[v], v)
        elif (
            maker is not None
            and maker.form != "held"
            and (
                _is_leaf(maker)
                or maker.op in _READ_LATE
                and not any(map(aliases.is_memory, maker.args))
            )
        ):
            mapping[v] = Value(v.hint, v.kind, True)
            kept = replace(maker, out=mapping[v], form="held")
            if v in sure:
                held.append(kept)
            else:
                late[v] = kept

    def pushes(block):
        out, last = [], []
        for s in block.stmts:
            if isinstance(s, Gate) and s.op == "push" and is_shared(s.args[1]):
                copy = Value(s.args[1].hint, s.args[1].kind, False, True)
                out.append(_copy(copy, s.args[1]))
                s = replace(s, args=(s.args[0], copy))
            out.append(map_stmt(s, lambda o: o, pushes) if not isinstance(s, Gate) else s)
            found = [v for v in defs(s) if v in late]
            out += [late[v] for v in found if not aliases.is_memory(v)]
            last += [late[v] for v in found if aliases.is_memory(v)]  # as it is left
        return Block((*out, *last), block.yields)

    ahead = beside(pushes(Block(before)), joined, _copy).stmts
    body = substitute(Block(after), mapping).stmts
    return replace(function, body=Block((*ahead, *held, stmts[turn], *start, *body)))


def _together(before, after, aliases):
    """Shadows that the forward pass made, and tapes of them: copied at once, so that they stay as they hang together."""
    made = [s for s in walk(Block(before)) if isinstance(s, Gate) and s.adjoint and is_fresh(s)]
    mirrored = {aliases.find(s.out) for s in made if aliases.is_memory(s.out)}

    def is_shadow(v):
        return isinstance(v, Value) and is_reference(v.kind) and aliases.find(v) in mirrored

    pushes = [s for s in walk(Block(before)) if isinstance(s, Gate) and s.op == "push"]
    tapes = {s.args[0] for s in pushes if is_shadow(s.args[1])}
    group = [v for v in frees(Block(after)) if v in tapes or is_shadow(v)]
    if not group:
        return {}, []
    _refuse_partial(before, made, group)
    views = _views(before, group, is_shadow)
    group = list(dict.fromkeys([*(v for v in group if v not in views), *_roots(views)]))
    all_of_it = Value("copies", Record(tuple, tuple(range(len(group))), ()), True, True)
    start = [Gate(all_of_it, "deepcopy", tuple(group), (), None, True)]
    mapping = {v: Value(v.hint, v.kind, True, True) for v in group}
    for k, new in enumerate(mapping.values()):
        start.append(Gate(new, "getitem", (all_of_it, Const(k)), (), None, True, "held"))
    for v, maker in views.items():
        new = mapping[v] = Value(v.hint, v.kind, v.named, True)
        start.append(replace(maker, out=new, args=(mapping[maker.args[0]], *maker.args[1:])))
    return mapping, start


def _refuse_partial(before, made, group):
    """What only some paths make cannot be copied with the rest."""
    whole = {v for s in before for v in defs(s)}
    stmts = list(walk(Block(before)))
    places = {v: s.loc for s in stmts for v in defs(s)}
    for s in made:
        if s.out in group and s.out not in whole:
            of = next((places[v] for v in s.args if places.get(v)), None)
            place = where(of) or _place(s, stmts)
            what = "memory that only some paths make is kept for a pullback, and changed by it"
            remedy = "make it on all paths, or use grad"
            raise CannotDifferentiate((Problem(place, what, remedy),))


def _views(before, group, is_shadow):
    """The views among shadows that a pullback needs, in order: to be taken again of the copies.

    A copy of an array and one of a view of it are no longer one memory: views that lie in lists,
    or that are one of several, are refused.
    """
    stmts = list(walk(Block(before)))
    found = {
        s.out: s
        for s in stmts
        if isinstance(s, Gate)
        and is_shadow(s.out)
        and isinstance(s.out.kind, Array)
        and (s.op == "view" and isinstance(kind_of(s.args[0]), Array) or is_view(s))
    }
    for s in stmts:
        kept: list = [y for b in blocks(s) for y in b.yields]
        if isinstance(s, Gate):
            kept = list(s.args[1:] if s.op in WRITES | {"push"} else s.args * (s.op == "list"))
        elif isinstance(s, (For, While)):
            kept += s.inits
        if any(v in found for v in kept):
            what = "a view of an array is kept for a pullback, and both are changed"
            remedy = "copy it, as in `a[1:].copy()`, or use grad"
            raise CannotDifferentiate((Problem(_place(s, stmts), what, remedy),))
    needed, todo = set(), [v for v in group if v in found]
    while todo:
        v = todo.pop()
        needed.add(v)
        if found[v].args[0] in found:
            todo.append(found[v].args[0])
    return {v: s for v, s in found.items() if v in needed}


def _roots(views):
    """What views are views of."""
    return [s.args[0] for s in views.values() if s.args[0] not in views]


def _place(s, stmts):
    """Where a statement is written down, or the nearest before it."""
    before = stmts[: stmts.index(s) + 1][::-1]
    return next((where(t.loc) for t in before if t.loc is not None), None)


def _is_tuple_of_numbers(kind):
    """Whether nobody can change what a reference of this kind leads to."""
    return isinstance(kind, List) and kind.type == "tuple" and isinstance(kind.elem, NUMBER)


def _parts(operand, makers):
    """The values that a result is built of."""
    if isinstance(operand, Value):
        maker = makers.get(operand)
        if maker is not None and maker.op == "build":
            for part in maker.args:
                yield from _parts(part, makers)
        else:
            yield operand


def _assigned(stmts):
    """What the caller has from attributes that the function assigned."""
    for s in walk(Block(stmts)):
        if isinstance(s, Gate) and s.op == "setattr" and isinstance(s.args[-1], Value):
            yield s.args[-1]


def _is_leaf(gate):
    return (
        gate.op == "getitem"
        and isinstance(gate.args[0], Value)
        and isinstance(gate.args[0].kind, Record)
    )


def _copy(out, v):
    return Gate(
        out, "numpy.copy" if isinstance(v.kind, Array) else "copy", (v,), (), None, True, "method"
    )
