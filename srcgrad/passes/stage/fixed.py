"""Ints among the arguments whose values the code depends on.

def total(x, axis=-1):              staged again, for this value of `axis`;
    return x.sum(axis)              another one is another specialisation
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from srcgrad.ir import Gate, If, blocks, defs, operands, values_in
from srcgrad.kinds import BOOL, INT, List, Literal, Record, is_record_class
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
        found = {site for o in found_in for v in values_in(o) for site in self.int_sites(v)}
        return frozenset(site for site in found if type(self.example_at(site)) is int)

    def int_sites(self, v):
        """The numbers among the arguments that an int, a test, or a list is made of."""
        if v.kind not in (INT, BOOL) and not isinstance(v.kind, List):
            return set()
        if v in self.given:
            return self.sites.get(v, set())
        maker = next((s for s in self.b.stmts if v in defs(s)), None)
        made_of = operands(maker) if isinstance(maker, Gate) else ()
        if isinstance(maker, If):
            k = maker.outs.index(v)
            made_of = maker.test, maker.then.yields[k], maker.orelse.yields[k]
            made_of += tuple(o for b in blocks(maker) for s in b.stmts for o in operands(s))
        return {s for o in made_of for x in values_in(o) for s in self.int_sites(x)}

    def example_at(self, site):
        """The part of the arguments that a parameter's leaf was made for; None where that is not known."""
        found: Any = self.context.examples.get(site[1]) if site[0] == "param" else None
        for key in site[2:]:
            try:
                found = getattr(found, key) if is_record_class(type(found)) else found[key]
            except (AttributeError, LookupError, TypeError):
                return None
        return found
