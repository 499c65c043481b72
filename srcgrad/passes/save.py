"""Decide how the backward pass gets at values of the forward pass.

    for c in coeffs:                          for c in coeffs:
        y_next = y * x + c                        push(y_tape, y)
    turn                                →         y_next = y * x + c
    for … reversed:                           for … reversed:
        dx_next = dx + y * dy                     y_2 = pop_tape(y_tape)
                                                  dx_next = dx + y_2 * dy

Outside loops a value is still there. What a turn of a loop computed is gone after the next: it is
recomputed where that is cheap, or where the forward pass does not need it for itself; the rest is
taped. What to tape is a minimum vertex cut between what cannot be recomputed and what is needed,
so one tape serves where several would do (as min-cut rematerialisation does in AOTAutograd and
Enzyme). The predecessor of a carried value costs nothing where the value itself is taped.
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.build import Builder, results_key
from srcgrad.deadcode import live_values
from srcgrad.failing import early
from srcgrad.ir import (
    Block,
    Const,
    For,
    Function,
    Gate,
    If,
    Return,
    Value,
    While,
    blocks,
    defs,
    frees,
    inner_defs,
    is_turn,
    map_stmt,
    raises,
    substitute,
    tried,
    walk,
    way,
)
from srcgrad.kinds import BOOL, INT, Array, List, Thing
from srcgrad.memory import EFFECTS, Aliases
from srcgrad.mincut import VertexCut
from srcgrad.operands import equals, kind_of
from srcgrad.rules.record import TABLE

TAPE = Thing("tape")
_RECOMPUTED = {
    "getitem",
    "gather",
    "view",
    "len",
    "nonempty",
    "size",
    "extent",
    "shape",
    "global",
    "getattr",
    "repeat",
    "zeros_like",
    "astype",
    "snapshot",
    "stop_gradient",
}


def save(function: Function) -> Function:
    """Lower every use of a forward value that is out of reach in the backward pass."""
    turn = next((k for k, s in enumerate(function.body.stmts) if is_turn(s)), None)
    if turn is None:
        return function
    stmts = function.body.stmts
    work = _Save(function, stmts[:turn], stmts[turn + 1 :])
    body = Block((*work.tapes, *work.forward, stmts[turn], *work.backward), function.body.yields)
    return replace(function, body=body)


class _Save:
    def __init__(self, function, forward, backward):
        self.function = function
        self.aliases = Aliases(function.body)
        self.forward, self.backward = list(forward), list(backward)
        self.tapes: list = []
        self.makers: dict = {}
        for s in walk(Block(tuple(forward))):
            for v in defs(s):
                self.makers[v] = s
        self.pushes: dict = {}  # value -> tape
        self.turning = 0  # how many loops we are in
        self.live = live_values(
            replace(function, body=Block((*forward, *self.roots()))), demands=False
        )
        # what is one of several results of a call that happens in any case
        self.computed = {results_key(self.makers.get(v)) for v in self.live} - {None}
        for s in list(self.forward):
            self.loops_in(s, top=True)
        self.branches()
        self.forward = [self.with_pushes(s, Builder()) for s in self.forward]

    def roots(self):
        """What the forward pass is needed for, whatever the backward pass does with its loops."""
        outside = frees(Block(tuple(s for s in self.backward if isinstance(s, (Gate, Return)))))
        turn = next(s for s in self.function.body.stmts if is_turn(s))
        return [Return((*outside, *turn.args))]

    # ------------------------------------------------------------ loops

    def loops_in(self, stmt, top):
        """Inner loops first: what an inner backward loop needs of the outer turn is then plain."""
        for b in blocks(stmt):
            for s in b.stmts:
                self.loops_in(s, top and isinstance(stmt, If))
        if isinstance(stmt, (For, While)):
            mirrors = [
                s
                for s in walk(Block(tuple(self.backward)))
                if isinstance(s, For) and s.mirror is stmt.key
            ]
            for mirror in mirrors:
                self.loop(stmt, mirror, top)

    def loop(self, loop, mirror, top):
        scope = self.turn_values(loop)
        needed = [v for v in frees(mirror.body) if v in scope]
        base = self.index(loop, mirror)
        nexts = loop.body.yields[1:] if loop.breaks else loop.body.yields
        cut = self.cut(needed, scope, loop, set(base))
        cut, carried_back = self.predecessors(cut, loop, nexts)
        body, extra = self.restored(loop, mirror, needed, cut, base, carried_back, nexts)
        new = replace(mirror, body=body)
        if extra:
            new = replace(
                new,
                inits=(*mirror.inits, *(e[0] for e in extra)),
                carried=(*mirror.carried, *(e[1] for e in extra)),
                outs=(
                    *mirror.outs,
                    *(Value(e[1].hint, e[1].kind, e[1].named, e[1].ours) for e in extra),
                ),
                body=Block(body.stmts, (*body.yields, *(e[2] for e in extra))),
            )
        if mirror.form == "count":
            new = self.counted(loop, new, cut, top)
        self.backward = [_swap(s, mirror, new) for s in self.backward]

    def turn_values(self, loop):
        """The values of one turn: all that the body defines, but for what is inside further loops."""
        out: dict = dict.fromkeys(inner_defs(loop))

        def collect(block):
            for s in block.stmts:
                out.update(dict.fromkeys(defs(s)))
                if isinstance(s, If):
                    collect(s.then)
                    collect(s.orelse)

        if isinstance(loop, While):
            collect(loop.test)
        collect(loop.body)
        return out

    def index(self, loop, mirror):
        """The loop's index in terms of the mirror's."""
        if isinstance(loop, While):
            return {}
        if mirror.form != "count":
            return {loop.index: mirror.index}
        b = Builder(adjoint=True)
        i = (
            mirror.index
            if equals(loop.step, 1)
            else b.gate("operator.mul", loop.step, mirror.index)
        )
        i = i if equals(loop.start, 0) else b.gate("operator.add", loop.start, i)
        if loop.reverse:
            return {}
        if b.stmts:
            i.hint = loop.index.hint
            self.prelude = getattr(self, "prelude", {})
            self.prelude[mirror.mirror] = b.stmts
        return {loop.index: i}

    def recomputable(self, v, scope):
        """Whether a value of a turn may be computed a second time."""
        maker = self.makers.get(v)
        if not isinstance(maker, Gate) or maker.op in EFFECTS:
            return False
        rule = TABLE.get(maker.op)
        if rule is None and maker.op not in _RECOMPUTED or rule is not None and not rule.pure:
            return False
        if rule is not None and rule.implied is not None:
            return False  # a solver takes its time
        refs = [a for a in maker.args if self.aliases.is_memory(a)]
        metadata = maker.op == "zeros_like" and isinstance(kind_of(maker.args[0]), Array)
        if refs and not metadata and not self.aliases.is_fixed(maker):
            return False
        if v not in self.live and results_key(maker) not in self.computed:
            return True
        if maker.op in _RECOMPUTED:
            return True
        if isinstance(v.kind, (Array, List)):
            return rule.alias == "view"
        small = maker.op == "operator.pow" and isinstance(maker.args[1], Const)
        return rule.cheap and not any(isinstance(kind_of(a), Array) for a in maker.args) or small

    def cut(self, needed, scope, loop, given):
        """The fewest values of the turn from which all that is needed can be recomputed."""
        graph = VertexCut()
        seen, todo = set(), [v for v in needed if v not in given]
        for v in todo:
            graph.sink(v)
        while todo:
            v = todo.pop()
            if v in seen or v in given:
                continue
            seen.add(v)
            if not self.recomputable(v, scope):
                graph.source(v)
                continue
            for a in frees(self.makers[v]):
                if a in scope and a not in given:
                    graph.edge(a, v)
                    todo.append(a)
        return graph.solve()

    def predecessors(self, cut, loop, nexts):
        """`y` after a turn is `y` before the one that came next: carry it back, do not tape it."""
        back = {}
        for k, after in enumerate(nexts):
            if after in cut and loop.carried[k] in cut and after not in loop.carried:
                back[after] = k
        return [v for v in cut if v not in back], back

    # ------------------------------------------------------------ restoring

    def restored(self, loop, mirror, needed, cut, base, carried_back, nexts):
        """The mirror's body, with what it needs popped or recomputed at the start of its blocks."""
        extra = []
        mapping = dict(base)
        by_block: dict = {}  # key of the block -> statements at its start
        for after, k in carried_back.items():
            head = Value(after.hint, after.kind, after.named)
            mapping[after] = head
            extra.append([loop.outs[k], head, loop.carried[k]])
        places = self.places(loop)
        order = list(self.turn_values(loop))
        wanted, todo = set(), list(needed)
        while todo:
            v = todo.pop()
            if v in wanted or v in mapping:
                continue
            wanted.add(v)
            if v not in cut:
                todo += [a for a in frees(self.makers[v]) if a in places]
        for v in order:
            if v not in wanted or v in mapping:
                continue
            start = by_block.setdefault(places[v], [])
            if v in cut:
                new = Value(v.hint, v.kind, v.named)
                start.append(Gate(new, "pop_tape", (self.tape(v),), (), None, True))
            else:
                copy = substitute(self.makers[v], mapping)
                new = Value(v.hint, v.kind, False)
                start.append(replace(copy, out=new))
            mapping[v] = new
        for e in extra:
            e[2] = mapping[e[2]]
        prelude = getattr(self, "prelude", {}).pop(loop.key, [])
        return _Insert(by_block, mapping, prelude).block(mirror.body, None), extra

    def places(self, loop):
        """Where in the turn each value is made: None for the body itself, else a branch's key and side."""
        out: dict = dict.fromkeys(inner_defs(loop))

        def collect(block, place):
            for s in block.stmts:
                out.update(dict.fromkeys(defs(s), place))
                if isinstance(s, If):
                    collect(s.then, (s.key, 0))
                    collect(s.orelse, (s.key, 1))

        if isinstance(loop, While):
            collect(loop.test, None)
        collect(loop.body, None)
        return out

    def tape(self, v):
        if v not in self.pushes:
            tape = Value(f"{v.hint}_tape", TAPE, True, True)
            self.tapes.append(Gate(tape, "tape", (), (), None, True))
            self.pushes[v] = tape
        return self.pushes[v]

    def counted(self, loop, mirror, cut, top):
        """A loop whose length is known only afterwards: until its tape is empty, or so many times."""
        places = self.places(loop)
        sure = [v for v in cut if places[v] is None and _uses_tape(mirror.body, self.pushes.get(v))]
        if top and sure and mirror.index not in frees(mirror.body):
            b = Builder(adjoint=True)
            test = b.gate("nonempty", self.pushes[sure[0]], kind=BOOL)
            return While(
                b.block(test),
                mirror.inits,
                mirror.carried,
                mirror.body,
                mirror.outs,
                loc=mirror.loc,
            )
        return mirror

    # ------------------------------------------------------------ branches outside loops

    def branches(self):
        """What only a backward branch needs of its forward branch is computed there instead."""
        for s in walk(Block(tuple(self.forward))):
            if not isinstance(s, If) or way(s) == "attempt":
                continue  # what decided the way is still there
            for mirror in [
                m
                for m in walk(Block(tuple(self.backward)))
                if isinstance(m, If) and m.mirror is s.key
            ]:
                new = mirror
                for side, (made, block) in enumerate(
                    zip((s.then, s.orelse), (mirror.then, mirror.orelse))
                ):
                    new_block = self.moved(made, block)
                    new = replace(new, **{("then", "orelse")[side]: new_block})
                self.backward = [_swap(b, mirror, new) for b in self.backward]

    def moved(self, made, block):
        inside = {v: g for g in made.stmts for v in defs(g)}
        todo, wanted = [v for v in frees(block) if v in inside], set()
        while todo:
            v = todo.pop()
            g = inside[v]
            if (
                v in wanted
                or v in self.live
                or not isinstance(g, Gate)
                or not self.recomputable(v, inside)
            ):
                continue
            wanted.add(v)
            todo += [a for a in frees(g) if a in inside]
        mapping, start = {}, []
        for v, g in inside.items():
            if v in wanted:
                new = Value(v.hint, v.kind, v.named)
                start.append(replace(substitute(g, mapping), out=new))
                mapping[v] = new
        block = substitute(block, mapping)
        return Block((*start, *block.stmts), block.yields)

    # ------------------------------------------------------------ the forward pass

    def with_pushes(self, s, b):
        """The forward statement with its pushes; `b` takes what must come before it."""
        if not self.pushes:
            return s
        if way(s) == "attempt":
            return self.attempt(s, b)
        self.turning += isinstance(s, (For, While))
        new = map_stmt(s, lambda o: o, self.pushed_block) if blocks(s) else s
        self.turning -= isinstance(s, (For, While))
        if isinstance(new, (For, While)):
            heads = [
                Gate(None, "push", (self.pushes[v], v), (), None, True)
                for v in inner_defs(s)
                if v in self.pushes
            ]
            if heads:
                new = replace(new, body=Block((*heads, *new.body.stmts), new.body.yields))
        return new

    def attempt(self, s, b):
        """An attempt with its pushes; where it fails in a turn of a loop, it leaves tapes as they were."""
        then, tapes = self.attempted(s.then)
        orelse = self.pushed_block(s.orelse)
        if self.turning and not raises(s.orelse.stmts):
            facts = {"kind": INT, "form": "held"}
            lengths = {t: b.gate("len", t, hint=f"{t.hint}_length", **facts) for t in tapes}
            back = [Gate(None, "truncate", (t, n), (), None, True) for t, n in lengths.items()]
            orelse = Block((*back, *orelse.stmts), orelse.yields)
        return replace(s, then=then, orelse=orelse)

    def attempted(self, block):
        """What is tried, with its pushes after it; and the tapes that it may have pushed on when it fails."""
        count = tried(block)
        pushes = self.pushed_block(Block(block.stmts[:count])).stmts
        after = [s for s in pushes if isinstance(s, Gate) and s.op == "push"]
        before = [s for s in pushes if s not in after]
        rest = self.pushed_block(Block(block.stmts[count + 1 :])).stmts
        tapes = dict.fromkeys(g.args[0] for g in early(before, {"push"})[::-1])
        return Block((*before, *block.stmts[count : count + 1], *after, *rest), block.yields), tapes

    def pushed_block(self, block):
        out: list = []
        for s in block.stmts:
            b = Builder(adjoint=True)
            new = self.with_pushes(s, b)
            out += [*b.stmts, new]
            out += [
                Gate(None, "push", (self.pushes[v], v), (), None, True)
                for v in defs(s)
                if v in self.pushes
            ]
        return Block(tuple(out), block.yields)


def _uses_tape(block, tape):
    return any(
        isinstance(s, Gate) and s.op == "pop_tape" and s.args[0] is tape for s in block.stmts
    )


def _swap(stmt, old, new):
    """The statement with one inner statement replaced."""
    if stmt is old:
        return new
    if not blocks(stmt):
        return stmt

    def block(b):
        return Block(tuple(_swap(s, old, new) for s in b.stmts), b.yields)

    return map_stmt(stmt, lambda o: o, block)


class _Insert:
    """Put statements at the start of a block and of the branches inside that mirror others."""

    def __init__(self, by_block, mapping, prelude):
        self.by_block, self.mapping, self.prelude = by_block, mapping, prelude

    def block(self, b, place):
        start = self.by_block.get(place, [])
        stmts = tuple(self.stmt(s) for s in b.stmts)
        new = substitute(Block(stmts, b.yields), self.mapping)
        prelude = self.prelude if place is None else []
        return Block((*prelude, *start, *new.stmts), new.yields)

    def stmt(self, s):
        if isinstance(s, If):
            sides = [self.side(b, (s.mirror, k)) for k, b in enumerate((s.then, s.orelse))]
            return replace(s, then=sides[0], orelse=sides[1])
        return s

    def side(self, b, place):
        start = self.by_block.get(place, [])
        return Block((*start, *(self.stmt(s) for s in b.stmts)), b.yields)
