"""Give every value the Python name that holds it, and say where one name is copied to another.

    y_3 = y_2 * x + c, carried as y_2      →      y = y * x + c

Values that meet at a join or are carried around a loop share a name unless two of them are needed
at once (interference over structured liveness, as Chaitin's); then a copy at the end of the
block makes up for it. The user's names are the user's: ours step aside.
"""

from __future__ import annotations

import builtins
import keyword
from dataclasses import dataclass

from srcgrad.failing import may_raise
from srcgrad.ir import (
    For,
    Function,
    Gate,
    If,
    Value,
    While,
    blocks,
    defs,
    frees,
    inner_defs,
    reads,
    values_in,
    way,
)
from srcgrad.kinds import Scalar

_RESERVED = {
    *keyword.kwlist,
    *keyword.softkwlist,
    "math",
    "np",
    *(n for n in dir(builtins) if not n.startswith("_")),
} - {"_"}


@dataclass
class Names:
    """The name of each value."""

    of: dict[Value, str]
    reserved: set[str]

    def __call__(self, v: Value) -> str:
        return self.of[v]


def name(function: Function, reserved=(), captured=()) -> Names:
    """Names for all values of a function.

    Parameters: names in `reserved` are not used; values in `captured` stay alive to the end (a
    pullback may be called again).
    """
    graph = _Interference(function, set(captured))
    classes = graph.coalesce()
    return _Choose(function, graph, classes, set(reserved)).names()


class _Interference:
    def __init__(self, function, captured):
        self.edges: dict = {}
        self.phis: list = []  # (value, value) that should share a name
        self.joined: list = []  # pairs that must
        self.order: dict = {}
        for v in function.params:
            self.order[v] = len(self.order)
        live = self.block(function.body, captured)
        params = list(function.params)
        for k, v in enumerate(params):
            self.conflict(v, live - {v})
            self.conflict(v, set(params[:k]))
        self.rank(function.body)

    def rank(self, block):
        for s in block.stmts:
            if isinstance(s, While):
                for v in s.carried:
                    self.order.setdefault(v, len(self.order))
            for v in inner_defs(s):
                self.order.setdefault(v, len(self.order))
            for b in blocks(s):
                self.rank(b)
            for v in _made(s) if isinstance(s, Gate) else defs(s):
                self.order.setdefault(v, len(self.order))

    def conflict(self, v, others):
        mine = self.edges.setdefault(v, set())
        for o in others:
            if o is not v:
                mine.add(o)
                self.edges.setdefault(o, set()).add(v)

    def block(self, block, live, raised=frozenset(), handled=frozenset()):
        """Walk a block backwards from what is live after it; return what is live before.

        `raised` is live, too, wherever a statement of the block raises: what handlers read;
        `handled`, where one before the block's `commit` does.
        """
        live = set(live)
        for y in block.yields:
            live.update(values_in(y))
        for s in reversed(block.stmts):
            raised = raised | handled if isinstance(s, Gate) and s.op == "commit" else raised
            risky = raised and may_raise(s)
            if risky and isinstance(s, (For, While)):
                live |= raised
            match s:
                case Gate():
                    made = _made(s)
                    for v in made:
                        self.conflict(v, live)
                        live.discard(v)
                    live.update(v for v in reads(s) if v not in made)
                case If():
                    live = self.branch(s, live, raised)
                case For() | While():
                    live = self.loop(s, live)
                case _:
                    live.update(reads(s))
            if risky:
                live |= raised
        return live

    def branch(self, s, live, raised):
        for v in s.outs:
            self.conflict(v, live | set(s.outs))
        after = live - set(s.outs)
        before = set()
        for b in (s.orelse, s.then):
            # an output that is not the value yielded is written at the block's end, while these live
            handled = before if way(s) == "attempt" and b is s.then else frozenset()
            before = before | self.block(b, after, raised, frozenset(handled))
        for b in (s.then, s.orelse):
            for v, y in zip(s.outs, b.yields):
                self.phis.append((v, y))
        before.update(reads(s))
        return before

    def loop(self, s, live):
        outs = set(s.outs)
        for v, h in zip(s.outs, s.carried):
            self.conflict(v, live | outs)
            self.joined.append((v, h))
        heads = set(inner_defs(s))
        flag = 1 if s.breaks else 0
        around = live - outs
        outside: set = set()
        for b in blocks(s):
            self.outer(b, set(heads), outside)
        around = around | outside
        # after the last turn the carried values are what comes out
        bottom = around | {h for h, v in zip(s.carried, s.outs) if v in live}
        if isinstance(s, While):
            body_in = self.block(s.body, bottom - set(s.carried))
            top = self.block(s.test, body_in | bottom)
        else:
            top = self.block(s.body, bottom - set(s.carried))
            top |= {h for h, v in zip(s.carried, s.outs) if v in live}
        live_heads = heads & (top | set(s.carried) | set(getattr(s, "targets", ())))
        for h in live_heads:
            self.conflict(h, (top | live_heads) - {h})
        if isinstance(s, For):
            self.conflict(s.index, around | heads)
        for h, after in zip(s.carried, s.body.yields[flag:]):
            self.phis.append((h, after))
        for h, init in zip(s.carried, s.inits):
            self.phis.append((h, init))
        before = (top - heads) | around
        before.update(reads(s))
        return before

    def outer(self, block, bound, out):
        """Values from outside a loop that its blocks read: they live through all of it."""
        out.update(v for v in frees(block) if v not in bound)

    # ------------------------------------------------------------ coalescing

    def coalesce(self):
        """Classes of values that share a name: a map from each value to its representative."""
        parent: dict = {}

        def find(v):
            while parent.get(v, v) is not v:
                v = parent[v]
            return v

        def merge(a, b):
            parent[b] = a
            self.edges.setdefault(a, set()).update(self.edges.get(b, ()))
            members.setdefault(a, [a]).extend(members.get(b, [b]))

        members: dict = {}
        for a, b in self.joined:
            a, b = find(a), find(b)
            if a is not b:
                merge(a, b)
        for a, b in self.phis:
            if not isinstance(b, Value):
                continue
            a, b = find(a), find(b)
            if a is b or not _alike(a, b):
                continue
            inside = set(members.get(a, [a]))
            if any(n in inside for m in members.get(b, [b]) for n in self.edges.get(m, ())):
                continue
            if any(n in set(members.get(b, [b])) for m in inside for n in self.edges.get(m, ())):
                continue
            merge(a, b)
        return {"find": find, "members": members}


def _made(gate):
    """What a gate defines; the turn into a pullback, the pullback's parameter."""
    return gate.args[:1] if gate.op == "turn" and gate.form == "pullback" else defs(gate)


def _alike(a, b):
    if a.ours != b.ours and a.hint != b.hint and (a.named or b.named):
        return False  # a cotangent does not take the name of a value of the user's
    if isinstance(a.kind, Scalar) and isinstance(b.kind, Scalar):
        return True
    return type(a.kind) is type(b.kind)


class _Choose:
    def __init__(self, function, graph, classes, reserved):
        self.function, self.graph = function, graph
        self.find, self.members = classes["find"], classes["members"]
        self.reserved = reserved | _RESERVED

    def names(self):
        graph, find = self.graph, self.find
        order = list(graph.order)
        users = {v.hint for v in order if v.named and not v.ours}
        params = {v: v.hint for v in self.function.params}
        chosen: dict = {}  # representative -> name
        kinds: dict = {}  # name -> kinds it holds
        reps = list(dict.fromkeys(find(v) for v in order))

        def members(r):
            return self.members.get(r, [r])

        def conflicts(r):
            return {find(n) for m in members(r) for n in graph.edges.get(m, ())}

        def weight(r):
            ms = members(r)
            if any(m in params for m in ms):
                return 0
            if any(m.named and not m.ours for m in ms):
                return 1
            return 2

        for r in sorted(
            reps, key=lambda r: (weight(r), min(graph.order.get(m, 1 << 30) for m in members(r)))
        ):
            ms = members(r)
            mine = next((params[m] for m in ms if m in params), None)
            taken = {chosen[c] for c in conflicts(r) if c in chosen}
            if mine is None:
                best = min(ms, key=lambda m: (m.ours, not m.named, graph.order.get(m, 1 << 30)))
                mine = self.free(best, taken, users, kinds)
            chosen[r] = mine
            kinds.setdefault(mine, []).append(r)
        return Names({v: chosen[find(v)] for v in order}, self.reserved)

    def free(self, v, taken, users, kinds):
        base = _clean(v.hint)
        k = 1
        while True:
            candidate = base if k == 1 else f"{base}_{k}"
            ours = candidate in users and v.ours
            other = any(not _alike(v, r) for r in kinds.get(candidate, ()))
            if candidate not in taken and candidate not in self.reserved and not ours and not other:
                return candidate
            k += 1


def _clean(hint):
    text = "".join(c if c.isalnum() or c == "_" else "_" for c in hint)
    return text if text.isidentifier() else f"v_{text}"
