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
    work = _Capture(function, stmts[:turn], stmts[turn], stmts[turn + 1 :])
    return replace(function, body=work.body())


class _Capture:
    """Where what a pullback reads is copied, or read.

    What all paths have is `held` just before the pullback; what only some paths compute is taken
    where it is computed, if a gate does (`late`), or a branch passes it on (`joined`).
    """

    def __init__(self, function, before, turn, after):
        self.before, self.turn, self.after = before, turn, after
        self.aliases = Aliases(function.body)
        gates = [s for s in walk(Block(before)) if isinstance(s, Gate) and s.out is not None]
        self.makers = {s.out: s for s in gates}
        self.shared = self.classes_shared(function.params)
        self.partial = partly_defined(Block(before))
        sure = {v for s in before for v in defs(s) if v not in self.partial}
        self.sure = sure | set(function.params)
        self.held: list = []
        self.late: dict = {}
        self.joined: dict = {}
        # `start` is run in each call of the pullback
        self.mapping, self.start = _together(before, after, self.aliases)

    def classes_shared(self, params):
        """The classes of references that the caller has, too."""
        read = [g.out for g in self.makers.values() if _is_leaf(g) or g.op in ("global", "getattr")]
        result = _parts(self.turn.args[1], self.makers)
        roots = (*params, *read, *result, *_assigned(self.before))
        return {self.aliases.find(v) for v in roots if is_reference(v.kind)}

    def is_shared(self, v):
        if not isinstance(v, Value) or _is_tuple_of_numbers(v.kind):
            return False
        return is_reference(v.kind) and self.aliases.find(v) in self.shared

    def body(self):
        for v in frees(Block(self.after)):
            if v is not self.turn.args[0] and v not in self.mapping:
                self.take(v)
        ahead = beside(self.kept(Block(self.before)), self.joined, _copy).stmts
        back = substitute(Block(self.after), self.mapping).stmts
        return Block((*ahead, *self.held, self.turn, *self.start, *back))

    def take(self, v):
        """Let the pullback have a value of its own in place of this one, where it needs one."""
        maker = self.makers.get(v)
        if maker is not None and maker.op == "tape":
            new = self.mapping[v] = Value(v.hint, v.kind, True, True)
            self.start.append(Gate(new, "copy", (v,), (), None, True))
        elif self.is_shared(v):
            new = self.mapping[v] = Value(v.hint, v.kind, True, v.ours)
            if v in self.partial and v not in self.sure:
                self.joined[v] = new
            else:
                self.keep(v, _copy(new, v))
        elif maker is not None and self.is_read_late(maker):
            new = self.mapping[v] = Value(v.hint, v.kind, True)
            self.keep(v, replace(maker, out=new, form="held"))

    def keep(self, v, gate):
        if v in self.sure:
            self.held.append(gate)
        else:
            self.late[v] = gate

    def is_read_late(self, maker):
        """Whether a gate would be read again in the pullback, when it may give something else."""
        if maker.form == "held":
            return False
        fixed = not any(map(self.aliases.is_memory, maker.args))
        return _is_leaf(maker) or maker.op in _READ_LATE and fixed

    def kept(self, block):
        """The forward pass, in which what is pushed on tapes is not shared, and what is late is taken."""
        out, last = [], []
        for s in block.stmts:
            if isinstance(s, Gate) and s.op == "push" and self.is_shared(s.args[1]):
                copy = Value(s.args[1].hint, s.args[1].kind, False, True)
                out.append(_copy(copy, s.args[1]))
                s = replace(s, args=(s.args[0], copy))
            out.append(map_stmt(s, lambda o: o, self.kept) if not isinstance(s, Gate) else s)
            found = [v for v in defs(s) if v in self.late]
            out += [self.late[v] for v in found if not self.aliases.is_memory(v)]
            last += [self.late[v] for v in found if self.aliases.is_memory(v)]  # as it is left
        return Block((*out, *last), block.yields)


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
