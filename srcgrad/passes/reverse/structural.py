"""The adjoints of the language's own operations: reads and stores, lists, calls.

v = a[i]      →      da[i] += dv              a.append(v)      →      dv = da.pop()
a[i] = v      →      dv = da[i]; da[i] = 0    v = a.pop()      →      da.append(dv)
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.indexing import how
from srcgrad.ir import Const, Slice, Tup
from srcgrad.kinds import INT, Array, List, Record, Scalar, is_reference
from srcgrad.memory import shares_elements
from srcgrad.operands import (
    cotangent_kind,
    hint_of,
    index_items,
    is_ellipsis,
    is_new_axis,
    kind_of,
)


class Structural:
    """Methods of the turn, one an operation."""

    # structural operations

    def on_getitem(self, g):
        base, index = g.args
        if isinstance(kind_of(base), Record) or not self.active(g.out):
            return
        held = is_reference(g.out.kind)
        if held and (self.memory(g.out) or not self.memory(base)):
            return self.on_view(g)
        c = self.cot.pop(g.out, None)
        if c is None:
            return
        if held:  # not in place: the list of cotangents may share it with others
            shadow = self.shadow_of(base)
            old = self.b.gate("getitem", shadow, index, kind=cotangent_kind(g.out.kind))
            return self.b.effect("setitem", shadow, index, self.b.add(old, self.b.full(c, g.out)))
        if self.memory(base):
            return self.b.effect("accum", self.shadow_of(base), index, c)
        root, path = self.root(base)
        self.scatter(root, (*path, index), c)

    def on_view(self, g):
        """What was read of a view goes to what it is a view of, at its subscripts."""
        c = self.cot.pop(g.out, None)
        if c is None:
            return  # of memory, to whose shadow it went at once
        base, index = g.args
        if not is_rearranged(g):
            root, path = self.root(base)
            return self.scatter(root, (*path, index), c)
        back = tuple(Const(0) if is_new_axis(i) else i for i in index_items(index))
        c = self.b.full(c, g.out)
        kind = replace(kind_of(base), dtype=kind_of(c).dtype)
        index = back[0] if len(back) == 1 else Tup(back)
        self.accumulate(base, self.b.gate("view", c, index, kind=kind))

    def on_snapshot(self, g):
        c = self.cot.pop(g.out, None)
        if c is not None:
            self.add_to_shadow(g.args[0], c)

    def part(self, ref, index):
        """The shadow's element or slice at an index, as a value of this moment."""
        shadow = self.shadow_of(ref)
        op = how(shadow.kind, index)
        if op != "view":
            return self.b.gate(op, shadow, index)
        window = shadow if is_ellipsis(index) else self.b.gate("view", shadow, index)
        return self.b.gate("snapshot", window)

    def on_setitem(self, g):
        base, index, value = g.args
        if not self.active(base):
            return
        if is_reference(kind_of(value)) and isinstance(kind_of(base), List):
            return self.put_back(g)
        if self.active(value):
            c = self.part(base, index)
            if isinstance(kind_of(value), Array) and kind_of(value).ndim > getattr(
                kind_of(c), "ndim", 0
            ):
                self.refuse(
                    g,
                    "what is stored has more axes than where it goes",
                    "index the value, as in `b[0]`",
                )
            c = self.written_last(base, index, c)
            c = self.as_stored(c, value)
            self.accumulate(value, self.b.fit(c, value, c))
        self.b.effect("setitem", self.shadow_of(base), index, Const(0.0))

    def put_back(self, g):
        """After a store of a reference the list of shadows holds its shadow; before, another."""
        base, index, value = g.args
        if g not in self.before:
            self.held_elsewhere(g, base)
        if not self.memory(value):
            kind = cotangent_kind(kind_of(value))
            self.accumulate(value, self.b.gate("getitem", self.shadow_of(base), index, kind=kind))
        self.b.effect("setitem", self.shadow_of(base), index, self.before[g])

    def held_elsewhere(self, g, base):
        """A reference lies in a list: its shadow must be found there, too."""
        what = "a container is stored inside a changing container"
        self.entangled(base, g, what, "store numbers, or copy the elements")

    def on_augitem(self, g):
        base, index, value = g.args
        if not self.active(base) or not self.active(value):
            return
        c = self.part(base, index)
        if dict(g.kw)["op"].value == "operator.sub":
            c = self.b.gate("operator.neg", c)
        if g.form != "at":
            c = self.written_last(base, index, c)
        c = self.as_stored(c, value)
        self.accumulate(value, self.b.fit(c, value, c))

    def on_append(self, g):
        base, value = g.args
        if not self.active(base):
            return
        if not (is_reference(kind_of(value)) and self.memory(value)):
            return self.accumulate(value, self.b.gate("pop", self.shadow_of(base), hint="item"))
        self.taken_back(g, base, value, lambda: self.b.gate("pop", self.shadow_of(base)))

    def on_insert(self, g):
        base, index, value = g.args
        if not self.active(base):
            return
        taken = lambda: self.b.gate("pop", self.shadow_of(base), index, hint="item")  # noqa: E731
        if is_reference(kind_of(value)) and self.memory(value):
            return self.taken_back(g, base, value, taken)
        self.accumulate(value, taken())

    def on_reverse(self, g):
        if self.active(g.args[0]):
            self.b.effect("reverse", self.shadow_of(g.args[0]))

    def on_refill(self, g):
        """After `a[lo:hi] = b` the shadow has the cotangents of `b` there; before, those of what went."""
        base, index, value = g.args
        if not self.active(base):
            return
        count, gone = (v for _, v in g.kw)
        held = is_reference(kind_of(base).elem)
        if held and g not in self.before:
            self.held_elsewhere(g, base)
        shadow, lo, there = self.shadow_of(base), index.lo, index
        if lo is not None:
            there = Slice(lo, self.b.fold("operator.add", lo, count), None)
        if self.active(value) and not (held and self.memory(value)):
            bounds = () if lo is None else (lo, there.hi)
            form = "list.slice:whole" if lo is None else "list.slice:part"
            self.accumulate(value, self.b.gate(form, shadow, *bounds))
        zeros = None if held else self.b.gate("repeat", Const(0.0), gone)
        kw = (("count", gone), ("gone", count))
        self.b.effect("refill", shadow, there, self.before[g] if held else zeros, kw=kw)

    def taken_back(self, g, base, value, taken):
        """What was given to a list has no shadow but the list's from there on."""
        if value in self.given and value not in self.shadow:
            self.shadow[value] = taken()
            self.shadow[value].hint, self.shadow[value].named = "d" + value.hint, True
        elif self.aliases.find(base) in self.mirrored:
            taken()
        else:
            self.held_elsewhere(g, base)

    def on_pop(self, g):
        base = g.args[0]
        if not self.active(base):
            return
        c = self.cot.pop(g.out, None)
        if is_reference(g.out.kind) and self.memory(g.out):
            c = self.shadow_of(g.out)
        elif c is None:
            c = Const(0.0)
            if not isinstance(g.out.kind, Scalar):
                c = self.b.zeros(g.out)
        elif isinstance(g.out.kind, Array):
            c = self.b.full(c, g.out)
        elif g.out.kind == INT:
            c = self.b.gate("builtins.float", c)
        if len(g.args) > 1:
            return self.b.effect("insert", self.shadow_of(base), g.args[1], c)
        self.b.effect("append", self.shadow_of(base), c)

    def on_list(self, g):
        if g.out is None or not self.active(g.out):
            return
        items = list(enumerate(g.args))
        if self.memory(g.out):
            source = self.shadow.get(g.out)
        else:
            source = self.cot.pop(g.out, None)
        if source is None:
            return
        for k, item in items:
            if self.active(item):
                part = lambda k=k: self.b.gate("getitem", source, Const(k))  # noqa: E731
                if is_reference(kind_of(item)) and self.memory(item):
                    self.taken_back(g, g.out, item, part)
                else:
                    self.accumulate(item, part())

    def on_repeat(self, g):
        if not self.active(g.out) or shares_elements(g):
            return
        source = self.shadow.get(g.out) if self.memory(g.out) else self.cot.pop(g.out, None)
        if source is not None and self.active(g.args[0]):
            self.accumulate(g.args[0], self.b.gate("builtins.sum", source))

    def on_copy(self, g):
        if not self.active(g.out):
            return
        c = (
            self.b.gate("copy", self.shadow[g.out])
            if self.memory(g.out)
            else self.cot.pop(g.out, None)
        )
        if c is not None:
            self.accumulate(g.args[0], c)

    def on_defined(self, g):
        c = self.cot.pop(g.out, None)
        if c is not None:
            self.accumulate(g.args[0], c)

    def on_watch(self, g):
        """Tell the cotangent that comes by, of a value or of memory at this moment, and hand it on."""
        if g.out is None:
            return self.b.effect("opaque", self.part(*g.args), form=g.form)
        c = self.cot.pop(g.out, None)
        if c is not None:
            self.b.effect("opaque", c, form=g.form)
            self.accumulate(g.args[0], c)

    # calls of helpers that have a function of their own

    def on_part(self, g):
        pass  # its cotangent is taken where the call is met

    def on_call(self, g):
        seed = self.seed(g)
        if seed is None or not any(map(self.active, g.args)):
            return
        name, passed, wanted = self.calls.backward(g, self.forwards)
        kinds = tuple(cotangent_kind(kind_of(g.args[k])) for k in wanted)
        hints = [f"d{hint_of(g.args[k])}" for k in wanted]
        if len(wanted) == 1:
            out = self.b.gate(
                "call_backward", seed, *passed, kind=kinds[0], form=name, hint=hints[0]
            )
            return self.accumulate(g.args[wanted[0]], out)
        kind = Record(tuple, tuple(range(len(kinds))), kinds)
        out = self.b.gate("call_backward", seed, *passed, kind=kind, form=name, hint="parts")
        found = [
            self.b.gate("part", out, Const(j), kind=kind, hint=hint)
            for j, (kind, hint) in enumerate(zip(kinds, hints))
        ]
        for k, part in zip(wanted, found):
            self.accumulate(g.args[k], part)

    def seed(self, g):
        """The cotangent of what a call returned: a tuple where that is several values that vary."""
        parts = self.call_parts.get(g.out, {})
        if not isinstance(kind_of(g.out), Record):
            parts = {0: g.out}
        cotangents = {k: self.cot.pop(v, None) for k, v in parts.items()}
        if all(c is None for c in cotangents.values()):
            return None
        seeds = []
        for k in g.form.varying:
            if k not in parts:
                parts[k] = self.b.gate("part", g.out, Const(k), kind=kind_of(g.out).kinds[k])
            c = cotangents.get(k)
            seeds.append(
                self.b.zeros(parts[k])
                if c is None
                else self.b.widened(self.b.full(c, parts[k]), parts[k])
            )
        if len(seeds) == 1:
            return seeds[0]
        kinds = tuple(map(kind_of, seeds))
        keys = tuple(range(len(seeds)))
        return self.b.gate("build", *seeds, kind=Record(tuple, keys, kinds), form=(tuple, keys))


def is_rearranged(g) -> bool:
    """Whether a view holds all elements of what it is a view of: `x[:, None]`, `x[::-1]`."""
    return isinstance(g.out.kind, Array) and all(
        is_new_axis(i)
        or is_ellipsis(i)
        or isinstance(i, Slice)
        and i.lo is i.hi is None
        and (i.step is None or isinstance(i.step, Const) and i.step.value in (1, -1))
        for i in index_items(g.args[1])
    )
