"""Ints among the arguments whose values the code depends on.

def total(x, axis=-1):              staged again, for this value of `axis`;
    return x.sum(axis)              another one is another specialisation
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from srcgrad.ir import Gate, If, blocks, defs, operands, values_in
from srcgrad.kinds import BOOL, INT, List, Literal, Record, is_record_class
from srcgrad.memory import MEASURES
from srcgrad.passes.stage.binding import Restart


class Fixed:
    """Methods of the stager that learn which these are."""

    def as_fixed(self, kind, site):
        """The kind of a parameter, with the values of the ints in it that the code depends on."""
        if site in self.memo.fixed:
            return Literal(self.example_at(site))
        if isinstance(kind, Record):
            kinds = (self.as_fixed(k, (*site, key)) for key, k in zip(kind.keys, kind.kinds))
            return replace(kind, kinds=tuple(kinds))
        return kind

    def fix(self, found_in):
        """Stage again with the values of the ints among the arguments that operands are made of.

        Does nothing where there is none, or where that has been done.
        """
        found = self.fixable(found_in)
        if found - self.memo.fixed:
            self.memo.fixed |= found
            raise Restart

    def fixable(self, found_in) -> frozenset:
        """The ints among the arguments that operands are made of."""
        given = (v for v in self.origins_of(found_in) if v in self.given)
        sites = (site for v in given for site in self.sites.get(v, ()))
        return frozenset(site for site in sites if type(self.example_at(site)) is int)

    def origins_of(self, found_in) -> set:
        """The ints, tests and lists among operands, and those that they are made of."""
        todo, found = [v for o in found_in for v in values_in(o)], set()
        while todo:
            v = todo.pop()
            counts = v.kind in (INT, BOOL) or isinstance(v.kind, List)
            if v not in found and counts:
                found.add(v)
                todo += [] if v in self.given else _behind(v, self.b.stmts)
        return found

    def example_at(self, site):
        """The part of the arguments that a parameter's leaf was made for; None where that is not known."""
        found: Any = self.context.examples.get(site[1]) if site[0] == "param" else None
        for key in site[2:]:
            try:
                found = getattr(found, key) if is_record_class(type(found)) else found[key]
            except (AttributeError, LookupError, TypeError):
                return None
        return found


def _behind(v, stmts) -> list:
    """What a value is made of here: in a branch, of whatever is read in it, and its test."""
    maker = next((s for s in reversed(stmts) if v in defs(s)), None)
    if isinstance(maker, Gate) and maker.op not in MEASURES:
        return [x for o in operands(maker) for x in values_in(o)]
    if isinstance(maker, If):
        k = maker.outs.index(v)
        read = [maker.test, maker.then.yields[k], maker.orelse.yields[k]]
        read += [o for b in blocks(maker) for s in b.stmts for o in operands(s)]
        return [x for o in read for x in values_in(o)]
    return []
