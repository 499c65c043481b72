"""Stage branches: both sides, and what they leave in the names joined.

if x > 0:                       y_1 = x * x
    y = x * x           →       y_2 = -x
else:                           y = y_1 or y_2, by the test
    y = -x
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from srcgrad.build import Builder
from srcgrad.ir import UNDEFINED, Const, Gate, If, Value, raises
from srcgrad.joins import join
from srcgrad.kinds import BOOL, List, described
from srcgrad.operands import kind_of
from srcgrad.passes.stage.binding import (
    Closure,
    Conflict,
    Ended,
    Endless,
    Interrupted,
    Known,
    Refused,
    Restart,
    Struct,
    common,
    flatten,
    unflatten,
    unlike,
)
from srcgrad.passes.stage.conditions import NOTHING, UNPROVED
from srcgrad.passes.stage.heap import called
from srcgrad.passes.stage.loops import leaf_kind


class Branches:
    """Methods of the stager that run branches."""

    b: Builder
    stmts: Callable

    def stmt_If(self, node):
        test = self.tested(node.test)
        if isinstance(test, Const):
            return self.stmts(node.body if test.value else node.orelse)
        self.branch(test, lambda: self.stmts(node.body), lambda: self.stmts(node.orelse), node)

    def branch(self, test, then, orelse, node):
        """Stage both branches and join what they leave in the names."""
        results, before, outer, sure = [], dict(self.env), self.b, self.sure
        facts = self.proofs.get(test, UNPROVED)
        if isinstance(test, Gate):  # an attempt, which has succeeded on one side
            facts = frozenset({test}), NOTHING
        for side, proved in zip((then, orelse), facts):
            self.env, self.b, self.sure = dict(before), outer.sub(), sure | proved
            with contextlib.suppress(Endless):
                self.run_to_its_end(side)
                results.append((self.env, self.b))
        self.b, self.sure = outer, sure
        if len(results) < 2:
            return self.only(results)
        (env1, b1), (env2, b2) = results
        env1, env2 = _left(env1, b1, env2, b2, before), _left(env2, b2, env1, b1, before)
        self.meet(env1, env2)
        names = [
            n for n in {**env1, **env2} if env1.get(n, UNDEFINED) is not env2.get(n, UNDEFINED)
        ]
        outs, yields1, yields2, merged = [], [], [], {}
        for name in names:
            one, two = env1.get(name, UNDEFINED), env2.get(name, UNDEFINED)
            doubt = isinstance(two, Interrupted) and two.key is None and isinstance(test, Gate)
            if doubt and not isinstance(one, Interrupted):
                sound = self.merge(name, one, UNDEFINED, outs, yields1, yields2)
                merged[name] = Interrupted(two.what, two.remedy, sound, test)
                continue
            merged[name] = self.merge(name, one, two, outs, yields1, yields2)
        for out, *ends in zip(outs, yields1, yields2):
            self.note_partial(out, *(y for y, b in zip(ends, (b1, b2)) if not raises(b.stmts)))
        loc = (self.source, node)
        self.b.stmts.append(If(test, b1.block(*yields1), b2.block(*yields2), tuple(outs), loc))
        for out, *ends in zip(outs, yields1, yields2):
            self.proofs[out] = tuple(self.proved(ends, facts, flag) for flag in (True, False))
        self.env = {**{n: b for n, b in env1.items() if n in env2}, **merged}

    def only(self, results):
        """Go on with the side of a branch that ends, where the other is left out."""
        if not results:
            raise Endless
        ((self.env, side),) = results
        self.b.stmts.extend(side.stmts)

    def run_to_its_end(self, side):
        """Stage a side of a branch, which may end in an error at any place."""
        before, self.may_end = self.may_end, True
        try:
            with contextlib.suppress(Ended):
                side()
        finally:
            self.may_end = before

    def proved(self, ends, facts, flag):
        """What is proved where a value that branches ended in is true, or false: by all that may be."""
        found = []
        for end, here in zip(ends, facts):
            if end is UNDEFINED:
                continue  # it cannot be asked
            if not (isinstance(end, Const) and isinstance(end.value, bool) and end.value != flag):
                found.append(here | self.proofs.get(end, UNPROVED)[not flag])
        return frozenset.intersection(*found) if found else NOTHING

    def merge(self, name, one, two, outs, yields1, yields2):
        for side, other in ((one, two), (two, one)):
            if isinstance(side, Interrupted) and other is UNDEFINED and side.value is not None:
                value = self.merge(
                    name,
                    *((side.value, UNDEFINED), (UNDEFINED, side.value))[side is two],
                    outs,
                    yields1,
                    yields2,
                )
                return Interrupted(side.what, side.remedy, value, side.key)
            if isinstance(side, Interrupted):
                return other if other is UNDEFINED else side
        (leaves1, tree1), (leaves2, tree2) = flatten(one), flatten(two)
        if one is UNDEFINED and tree2 is not None:
            leaves1, tree1 = [UNDEFINED] * len(leaves2), tree2
        if two is UNDEFINED and tree1 is not None:
            leaves2, tree2 = [UNDEFINED] * len(leaves1), tree1
        if not any(isinstance(b, Conflict) for b in (one, two)):
            self.of_free_length(tree1, tree2)
        try:
            tree1 = common(tree1, tree2)
        except ValueError:
            self.let_lists_grow(one, two)
            return Conflict(f"{_what(one)} and {_what(two)}")
        merged = []
        for a, b, (hint, named) in zip(leaves1, leaves2, called(name, tree1)):
            if a is b or isinstance(a, Const) and isinstance(b, Const) and repr(a) == repr(b):
                merged.append(a)
                continue
            kind = join(leaf_kind(a), leaf_kind(b))
            if kind is None:
                return unlike(leaf_kind(a), leaf_kind(b))
            out = Value(hint if named else hint.rstrip("_0123456789"), kind, named)
            self.sites[out] = self.sites.get(a, set()) | self.sites.get(b, set())
            outs.append(out)
            yields1.append(a)
            yields2.append(b)
            merged.append(out)
        return unflatten(tree1, iter(merged))

    def let_lists_grow(self, one, two):
        """Two lists that differ in length are lists of any length, where they can be made again as such."""
        lists = [b for b in (one, two) if isinstance(b, Struct) and b.type is list and b.site]
        others = [b for b in (one, two) if isinstance(b, Value) and isinstance(b.kind, List)]
        sites = frozenset().union(*(b.site for b in lists))
        if len(lists) + len(others) == 2 and not sites <= self.memo.dynamic:
            self.memo.dynamic |= sites
            raise Restart

    def note_partial(self, out, *sources):
        """Note that a value is one that some paths leave undefined."""
        if any(s is UNDEFINED or isinstance(s, Value) and s in self.partial for s in sources):
            self.partial.add(out)

    def choose(self, test, then, orelse, node):
        """A conditional expression: the value of one of two staged sides."""
        hold = "%choice"

        def run(side):
            self.env[hold] = side()

        self.branch(test, lambda: run(then), lambda: run(orelse), node)
        out = self.env.pop(hold)
        if isinstance(out, Conflict):
            raise Refused(node, f"the two sides are of different kinds: {out.what}", out.remedy)
        if self.b.stmts and _is_test(self.b.stmts[-1], out):
            return self.b.stmts.pop().test
        return out


def _is_test(branch, out):
    """Whether a branch does nothing but to say in `out` whether its test holds."""
    if (
        not isinstance(branch, If)
        or branch.outs != (out,)
        or branch.then.stmts
        or branch.orelse.stmts
    ):
        return False
    ends = [y.value for b in (branch.then, branch.orelse) for y in b.yields if isinstance(y, Const)]
    return kind_of(branch.test) == BOOL and ends == [True, False] and out.kind == BOOL


def _left(env, b, other, other_b, before):
    """What a block leaves in the names: where it always raises, just what the other block does."""
    if not raises(b.stmts) or raises(other_b.stmts):
        return env
    return {n: x if other.get(n) is x else UNDEFINED for n, x in before.items()}


def _what(binding):
    if binding is UNDEFINED:
        return "nothing"
    if isinstance(binding, (Value, Const)):
        return described(kind_of(binding))
    if isinstance(binding, Struct):
        return f"a {binding.type.__name__} of {len(binding.items)}"
    if isinstance(binding, Known):
        return f"`{binding.path or binding.value}`"
    return "a function" if isinstance(binding, Closure) else type(binding).__name__.lower()
