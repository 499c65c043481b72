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


def name(function: Function, reserved=(), captured=(), inner=False) -> Names:
    """Names for all values of a function.

    Parameters: names in `reserved` are not used; values in `captured` stay alive to the end (a
    pullback may be called again); the parameters of an `inner` function may have other names than
    those they came with, as it is called by place.
    """
    graph = _Interference(function, set(captured))
    classes = graph.coalesce()
    return _Choose(function, graph, classes, set(reserved), inner).names()


class _Interference:
    """Which values are needed at once, as sets in the bits of integers: `edges[v]` as v is made."""

    def __init__(self, function, captured):
        self.bits: dict = {}
        self.edges: dict = {}
        self.phis: list = []  # (value, value) that should share a name
        self.joined: list = []  # pairs that must
        self.order: dict = {}
        for v in function.params:
            self.order[v] = len(self.order)
        live = self.block(function.body, self.mask(captured))
        for v in function.params:
            self.conflict(v, live | self.mask(function.params))
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

    def bit(self, v) -> int:
        if v not in self.bits:
            self.bits[v] = 1 << len(self.bits)
        return self.bits[v]

    def mask(self, values) -> int:
        out = 0
        for v in values:
            out |= self.bit(v)
        return out

    def conflict(self, v, others):
        self.edges[v] = self.edges.get(v, 0) | others & ~self.bit(v)

    def block(self, block, live, raised=0, handled=0):
        """Walk a block backwards from what is live after it; return what is live before.

        `raised` is live, too, wherever a statement of the block raises: what handlers read;
        `handled`, where one before the block's `commit` does.
        """
        live |= self.mask(v for y in block.yields for v in values_in(y))
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
                        live &= ~self.bit(v)
                    live |= self.mask(v for v in reads(s) if v not in made)
                case If():
                    live = self.branch(s, live, raised)
                case For() | While():
                    live = self.loop(s, live)
                case _:
                    live |= self.mask(reads(s))
            if risky:
                live |= raised
        return live

    def branch(self, s, live, raised):
        outs = self.mask(s.outs)
        for v in s.outs:
            self.conflict(v, live | outs)
        after, before = live & ~outs, 0
        for b in (s.orelse, s.then):
            # an output that is not the value yielded is written at the block's end, while these live
            handled = before if way(s) == "attempt" and b is s.then else 0
            before |= self.block(b, after, raised, handled)
        for b in (s.then, s.orelse):
            for v, y in zip(s.outs, b.yields):
                self.phis.append((v, y))
        return before | self.mask(reads(s))

    def loop(self, s, live):
        outs = self.mask(s.outs)
        for v, h in zip(s.outs, s.carried):
            self.conflict(v, live | outs)
            self.joined.append((v, h))
        inner = inner_defs(s)
        heads, carried = self.mask(inner), self.mask(s.carried)
        flag = 1 if s.breaks else 0
        # values from outside that the loop reads live through all of it
        around = live & ~outs | self.mask(v for b in blocks(s) for v in frees(b)) & ~heads
        # after the last turn the carried values are what comes out
        ending = self.mask(h for h, v in zip(s.carried, s.outs) if live & self.bit(v))
        bottom = around | ending
        if isinstance(s, While):
            body_in = self.block(s.body, bottom & ~carried)
            top = self.block(s.test, body_in | bottom)
        else:
            top = self.block(s.body, bottom & ~carried) | ending
        live_heads = heads & (top | carried | self.mask(getattr(s, "targets", ())))
        for h in inner:
            if live_heads & self.bit(h):
                self.conflict(h, top | live_heads)
        if isinstance(s, For):
            self.conflict(s.index, around | heads)
        for h, after in zip(s.carried, s.body.yields[flag:]):
            self.phis.append((h, after))
        for h, init in zip(s.carried, s.inits):
            self.phis.append((h, init))
        return top & ~heads | around | self.mask(reads(s))

    # ------------------------------------------------------------ coalescing

    def coalesce(self) -> _Classes:
        """Values that share a name."""
        classes = _Classes(self)
        for a, b in self.joined:
            classes.join(a, b)
        for a, b in self.phis:
            if isinstance(b, Value) and classes.may_join(a, b):
                classes.join(a, b)
        return classes


class _Classes:
    """Values that share a name: each class with its members, and what they are needed at once with."""

    def __init__(self, graph):
        self.graph = graph
        self.parent: dict = {}
        self.members: dict = {}
        self.bits: dict = {}
        self.edges: dict = {}

    def find(self, v):
        while v in self.parent:
            v = self.parent[v]
        return v

    def of(self, r) -> list:
        return self.members.get(r, [r])

    def masks(self, r) -> tuple[int, int]:
        """The members, and their edges."""
        return (
            self.bits.get(r) or self.graph.bit(r),
            self.edges.get(r) or self.graph.edges.get(r, 0),
        )

    def may_join(self, a, b) -> bool:
        a, b = self.find(a), self.find(b)
        return a is not b and _alike(a, b) and not meet(self.masks(a), self.masks(b))

    def join(self, a, b):
        a, b = self.find(a), self.find(b)
        if a is not b:
            one, two = self.masks(a), self.masks(b)
            self.bits[a], self.edges[a] = one[0] | two[0], one[1] | two[1]
            self.members.setdefault(a, [a]).extend(self.of(b))
            self.parent[b] = a


def meet(one, two) -> bool:
    """Whether of two classes, given as their masks, some members are needed at once."""
    return bool(one[1] & two[0] or two[1] & one[0])


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
    def __init__(self, function, graph, classes, reserved, inner):
        self.graph, self.classes = graph, classes
        self.reserved = reserved | _RESERVED
        kept = [v for v in function.params if not inner or v.hint not in self.reserved]
        self.params = {v: v.hint for v in kept}
        self.users = {v.hint for v in graph.order if v.named and not v.ours}
        self.taken: dict = {}  # name -> the masks of the values that have it
        self.kinds: dict = {}  # name -> one value of each sort that has it

    def names(self):
        chosen: dict = {}  # representative -> name
        for r in sorted(dict.fromkeys(map(self.classes.find, self.graph.order)), key=self.rank):
            members = self.classes.of(r)
            mine = next((self.params[m] for m in members if m in self.params), None)
            chosen[r] = mine = mine or self.free(min(members, key=self.telling), r)
            one, two = self.taken.get(mine, (0, 0)), self.classes.masks(r)
            self.taken[mine] = one[0] | two[0], one[1] | two[1]
            self.kinds.setdefault(mine, {})[r.ours, r.named, r.hint, type(r.kind)] = r
        return Names({v: chosen[self.classes.find(v)] for v in self.graph.order}, self.reserved)

    def place(self, v):
        return self.graph.order.get(v, 1 << 30)

    def rank(self, r):
        """Parameters have their names, then the user's variables, then ours."""
        members = self.classes.of(r)
        weight = 2
        if any(m in self.params for m in members):
            weight = 0
        elif any(m.named and not m.ours for m in members):
            weight = 1
        return weight, min(map(self.place, members))

    def telling(self, m):
        """The member that a class is called by comes first."""
        return m.ours, not m.named, self.place(m)

    def free(self, v, r):
        base, masks, k = _clean(v.hint), self.classes.masks(r), 1
        while True:
            candidate = base if k == 1 else f"{base}_{k}"
            ours = candidate in self.users and v.ours
            if candidate not in self.reserved and not ours and self.serves(candidate, v, masks):
                return candidate
            k += 1

    def serves(self, candidate, v, masks) -> bool:
        """Whether values that have a name are not needed at once with others, and of their kind."""
        if meet(self.taken.get(candidate, (0, 0)), masks):
            return False
        return all(_alike(v, k) for k in self.kinds.get(candidate, {}).values())


def _clean(hint):
    text = "".join(c if c.isalnum() or c == "_" else "_" for c in hint)
    return text if text.isidentifier() else f"v_{text}"
