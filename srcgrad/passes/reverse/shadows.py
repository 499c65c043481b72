"""Shadows: the one cotangent of memory, changed in place as the memory was.

a = [0.0] * n; …; a[i] = v      →      da = zeros of a's shape; …; dv = da[i]; da[i] = 0.0
"""

from __future__ import annotations

from srcgrad.build import cotangent_kind
from srcgrad.errors import CannotDifferentiate, Problem
from srcgrad.ir import UNDEFINED, Const, For, Gate, If, Value, While, all_defs
from srcgrad.kinds import INT, List, Scalar
from srcgrad.memory import where
from srcgrad.rules.record import TABLE


class Shadows:
    """Methods of the turn that make shadows and find them."""

    # ------------------------------------------------------------ shadows

    def open_shadows(self, stmts, params=()):
        """At the end of a block: a zero shadow for each memory that was made in it."""
        for v in params:
            if self.memory(v) and self.active(v) and v not in self.shadow:
                self.make_shadow(v)
        for s in stmts:
            if isinstance(s, If):
                for out, a, c in zip(s.outs, s.then.yields, s.orelse.yields):
                    if self.memory(out) and self.active(out):
                        self.join_shadow(s, out, a, c)
            elif isinstance(s, (For, While)):
                for out in (*s.outs, *s.carried):
                    if self.memory(out) and self.active(out) and self.used(out):
                        self.refuse(
                            s,
                            "a reference to changing memory is itself changed in a loop",
                            "copy the contents instead: `a[:] = b`",
                        )
            elif (
                isinstance(s, Gate)
                and s.out is not None
                and self.memory(s.out)
                and self.active(s.out)
            ):
                if s.op not in ("view", "getitem", "pop", "stop_gradient") and (
                    s.op not in TABLE or TABLE[s.op].alias == "fresh"
                ):
                    if s.out not in self.shadow:
                        self.make_shadow(s.out)

    def used(self, out):
        return True

    def make_shadow(self, v):
        kind = cotangent_kind(v.kind)
        length = self.aliases.lengths.get(v)
        if length is not None:
            if not isinstance(kind.elem, Scalar):
                self.refuse(
                    self.makers[v],
                    "a list of containers is changed inside a loop",
                    "make it outside the loop",
                )
            out = self.b.gate("repeat", Const(0.0), length, kind=kind, hint="d" + v.hint)
        else:
            out = self.b.gate("zeros_like", v, kind=kind, hint="d" + v.hint)
        out.named = True
        self.shadow[v] = out

    def join_shadow(self, s, out, a, c):
        """The shadow of what a branch chose: of the memory it made, or of the one it refers to."""
        sides = []
        for block, y in ((s.then, a), (s.orelse, c)):
            b, outer = self.b.sub(), self.b
            self.b = b
            inside = y in set(all_defs(block)) if isinstance(y, Value) else False
            if inside and y not in self.makers:
                self.refuse(
                    s,
                    "a branch inside a branch, or a loop, chooses between arrays or lists that are changed",
                    "choose the index, or copy",
                )
            maker = self.makers.get(y)
            if inside and (
                maker.op == "view" or maker.op in TABLE and TABLE[maker.op].alias != "fresh"
            ):
                self.refuse(
                    s, "a branch chooses a view of changing memory", "choose the index instead"
                )
            if y is UNDEFINED:
                ref = UNDEFINED
            elif inside or not isinstance(y, Value):
                ref = b.gate("zeros_like", out, kind=cotangent_kind(out.kind))
            else:
                ref = self.shadow_of(y)
            self.b = outer
            sides.append((b.block(ref), y if inside else None))
        merged = Value("d" + out.hint, cotangent_kind(out.kind), True, True)
        self.b.stmts.append(If(self.taken(s), sides[0][0], sides[1][0], (merged,), s.loc))
        self.shadow[out] = merged
        for _, y in sides:
            if y is not None:
                self.shadow[y] = merged

    def shadow_of(self, ref):
        if ref in self.shadow:
            return self.shadow[ref]
        maker = self.makers.get(ref)
        if maker is not None and maker.op in ("view", "getitem"):
            return self.b.gate(
                "view",
                self.shadow_of(maker.args[0]),
                maker.args[1],
                kind=cotangent_kind(ref.kind),
                hint="d" + ref.hint,
            )
        if maker is not None and maker.op in TABLE and TABLE[maker.op].alias == "view":
            return self.b.gate(
                maker.op,
                self.shadow_of(maker.args[0]),
                *maker.args[1:],
                kw=maker.kw,
                form=maker.form,
            )
        self.refuse(maker, "what this refers to cannot be followed", "copy it first")

    def refuse(self, stmt, message, remedy=""):
        location = where(stmt.loc) if stmt is not None else None
        raise CannotDifferentiate((Problem(location, message, remedy),))

    def add_to_shadow(self, ref, c):
        shadow = self.shadow_of(ref)
        if not isinstance(shadow.kind, List):
            return self.b.effect("accum", shadow, Const(...), c)
        self.each(shadow, lambda i: self.b.effect("accum", shadow, i, self.b.gate("getitem", c, i)))

    def each(self, ref, body):
        """A loop over the elements of a list."""
        outer, index = self.b, Value("i", INT)
        n = outer.gate("len", ref)
        self.b = outer.sub()
        body(index)
        block, self.b = self.b.block(), outer
        outer.stmts.append(For(index, Const(0), n, Const(1), (), (), block, ()))
