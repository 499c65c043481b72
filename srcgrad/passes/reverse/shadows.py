"""Shadows: the one cotangent of memory, changed in place as the memory was.

a = [0.0] * n; …; a[i] = v      →      da = zeros of a's shape; …; dv = da[i]; da[i] = 0.0
"""

from __future__ import annotations

from srcgrad.errors import CannotDifferentiate, Problem
from srcgrad.ir import UNDEFINED, Const, For, Gate, If, Value, While, all_defs, frees
from srcgrad.kinds import INT, NUMBER, List
from srcgrad.memory import is_fresh, shares_elements, where
from srcgrad.operands import cotangent_kind, cotangent_of, kind_of
from srcgrad.rules.record import TABLE


class Entangled(Exception):
    """References of a class cannot be told apart; `refused` is to be said if a mirror cannot, either."""

    def __init__(self, kin, refused):
        self.kin, self.refused = kin, refused


class Shadows:
    """Methods of the turn that make shadows and find them."""

    # ------------------------------------------------------------ shadows

    def open_shadows(self, stmts, params=()):
        """At the end of a block: a zero shadow for each memory that was made in it."""
        for v in params:
            if self.opens(v):
                self.make_shadow(v)
        for s in stmts:
            if isinstance(s, If):
                if s.key in self.moves.taken:
                    self.open_outs(s)
                    continue
                for out, a, c in zip(s.outs, s.then.yields, s.orelse.yields):
                    if self.memory(out) and self.active(out) and out not in self.shadow:
                        self.join_shadow(s, out, a, c)
            elif isinstance(s, (For, While)):
                self.open_outs(s)
                known = {s.outs[k] for k in self.moves.carried.get(s.key, ())} | set(self.shadow)
                for out in s.outs:
                    if self.memory(out) and self.active(out) and out not in known:
                        self.entangled(
                            out,
                            s,
                            "a reference to changing memory is itself changed in a loop",
                            "give each array one name at a time, or copy the contents: `a[:] = b`",
                        )
            elif isinstance(s, Gate) and s.out is not None and is_fresh(s) and self.opens(s.out):
                if shares_elements(s):
                    what = "a list of lists or arrays that are changed is copied"
                    self.entangled(s.out, s, what, "copy what it holds, too")
                self.make_shadow(s.out)

    def opens(self, v):
        """Whether a reference gets its shadow where the backward pass enters the block."""
        new = v not in self.shadow and v not in self.moves.moved and v not in self.given
        return new and self.memory(v) and self.active(v)

    def open_outs(self, s):
        """Of what a statement moved, the shadows at its end that are not handed on to it."""
        moving = self.moves.carried.get(s.key, ()) if not isinstance(s, If) else range(len(s.outs))
        for k in moving:
            if self.opens(s.outs[k]):
                self.make_shadow(s.outs[k])

    def make_shadow(self, v, like=None):
        kind = cotangent_kind(v.kind)
        length = self.aliases.lengths.get(v)
        if length is not None:
            if not isinstance(kind.elem, NUMBER):
                self.entangled(
                    v,
                    self.makers[v],
                    "a list of containers is changed inside a loop",
                    "make it outside the loop",
                )
            out = self.b.gate("repeat", Const(0.0), length, kind=kind, hint="d" + v.hint)
        else:
            out = self.b.gate("zeros_like", like or v, kind=kind, hint="d" + v.hint)
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
                self.entangled(
                    y,
                    s,
                    "a branch inside a branch, or a loop, chooses between arrays or lists that are changed",
                    "choose the index, or copy",
                )
            maker = self.makers.get(y)
            if inside and (
                maker.op == "view" or maker.op in TABLE and TABLE[maker.op].alias != "fresh"
            ):
                what = "a branch chooses a view of changing memory"
                self.entangled(y, s, what, "choose the index instead")
            if y is UNDEFINED:
                ref = UNDEFINED
            elif inside or not isinstance(y, Value):
                ref = b.gate("zeros_like", out, kind=cotangent_kind(out.kind))
            else:
                ref = self.shadow_of(y)
            self.b = outer
            sides.append((b.block(ref), y if inside else None))
        merged = cotangent_of(out)
        self.b.stmts.append(If(self.taken(s), sides[0][0], sides[1][0], (merged,), s.loc))
        self.shadow[out] = merged
        for _, y in sides:
            if y is not None:
                self.shadow[y] = merged

    # ------------------------------------------------------------ shadows that move

    def hand_back(self, refs, shadows):
        """At the end of a block that yields references: their shadows are those of what they became."""
        for ref, shadow in zip(refs, shadows):
            self.shadow[ref] = shadow

    def moved_in(self, s):
        """The positions of what a statement moves, and each one's shadow after it."""
        if isinstance(s, If):
            given = range(len(s.outs)) if s.key in self.moves.taken else ()
            places = [k for k in given if self.memory(s.outs[k]) and self.active(s.outs[k])]
        else:
            given = self.moves.carried.get(s.key, ())
            places = [k for k in given if self.active(s.outs[k])]
        return places, [self.shadow[s.outs[k]] for k in places]

    def at_rest(self, refs, block, others):
        """Shadows of references that a block does not hand on: they begin with zeros.

        `others` are the references that it yields, and their shadows: one of these may lend its shape.
        """
        for ref in refs:
            if self.active(ref) and ref not in self.shadow and not self.takes(block, ref):
                kind = cotangent_kind(ref.kind)
                alike = [c for v, c in others if cotangent_kind(kind_of(v)) == kind]
                self.make_shadow(ref, *alike[:1])

    def takes(self, block, ref):
        """Whether a statement of the block, or in it, moves a reference on."""
        for s in block.stmts:
            if isinstance(s, If) and ref in self.moves.taken.get(s.key, ()):
                return True
            if isinstance(s, (For, While)):
                if any(s.inits[k] is ref for k in self.moves.carried.get(s.key, ())):
                    return True
        return False

    def shadow_of(self, ref):
        if ref in self.shadow:
            return self.shadow[ref]
        maker = self.makers.get(ref)
        if maker is not None and maker.op in ("view", "getitem") and ref not in self.lost:
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
        self.entangled(ref, maker, "what this refers to cannot be followed", "copy it first")

    def refuse(self, stmt, message, remedy=""):
        raise self.refusal(stmt, message, remedy)

    def refusal(self, stmt, message, remedy):
        location = where(stmt.loc) if stmt is not None else None
        return CannotDifferentiate((Problem(location, message, remedy),))

    def entangled(self, ref, stmt, message, remedy):
        """The shadow of a reference must be made in the forward pass; or this is refused."""
        raise Entangled(self.aliases.find(ref), self.refusal(stmt, message, remedy))

    def add_to_shadow(self, ref, c):
        shadow = self.shadow_of(ref)
        if not isinstance(shadow.kind, List):
            return self.b.effect("accum", shadow, Const(...), c)
        self.add_lists(shadow, c)

    def becomes(self, shadow, c) -> bool:
        """Whether a list just made can take the place of a shadow that holds nothing but zeros."""
        made = [
            k for k, s in enumerate(self.b.stmts) if isinstance(s, Gate) and s.out in (shadow, c)
        ]
        if len(made) < 2 or self.b.stmts[made[1]].op != "numpy.ndarray.tolist":
            return False
        zeros, *after = self.b.stmts[made[0] :]
        if zeros.op not in ("repeat", "zeros_like") or any(shadow in frees(s) for s in after):
            return False
        del self.b.stmts[made[0]]
        self.shadow.update((v, c) for v, held in self.shadow.items() if held is shadow)
        c.hint, c.named = shadow.hint, True
        return True

    def add_lists(self, shadow, c):
        if self.becomes(shadow, c):
            return
        if not isinstance(shadow.kind.elem, List):
            item = lambda i: self.b.gate("getitem", c, i)  # noqa: E731
            return self.each(shadow, lambda i: self.b.effect("accum", shadow, i, item(i)))
        self.each(shadow, lambda i: self.add_rows(self.b.gate("view", shadow, i), c, i))

    def add_rows(self, shadow, c, index):
        self.add_lists(shadow, self.b.gate("getitem", c, index, kind=shadow.kind))

    def each(self, ref, body):
        """A loop over the elements of a list."""
        outer, index = self.b, Value("i", INT)
        n = outer.gate("len", ref)
        self.b = outer.sub()
        body(index)
        block, self.b = self.b.block(), outer
        outer.stmts.append(For(index, Const(0), n, Const(1), (), (), block, ()))
