"""Which references may be one memory, and which of that memory is ever changed.

    b = a                               snapshots stand where contents are read:
    b[0] = x * x               →        part = view(a, 1:)
    total = np.sum(a[1:])               sum = numpy.sum(snapshot(part))

A container or array that nothing changes is a *value*, whatever aliases it has. One that is
changed through any of them is *memory*: its contents are read at a moment, which a `snapshot`
makes explicit, so that the later passes move and save values only. Classes of references are
found by unification (Steensgaard, POPL 1996): coarse, linear, and sound through branches,
loops, calls and containers.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from srcgrad.build import Builder, is_part
from srcgrad.errors import CannotDifferentiate, Problem
from srcgrad.indexing import how
from srcgrad.ir import (
    Block,
    Function,
    Gate,
    If,
    Value,
    map_operand,
    map_stmt,
    values_in,
    walk,
    way,
)
from srcgrad.kinds import Array, List, is_reference
from srcgrad.memory import BY_REFERENCE, HOLDS, WRITES, Aliases, gives_back, shares_elements, where
from srcgrad.operands import is_ellipsis, kind_of
from srcgrad.rules.record import TABLE


def alias(function: Function) -> tuple[Function, Aliases]:
    """Find the classes and put snapshots where the contents of memory are read."""
    aliases = Aliases(function.body)
    copies: set = set()  # what is of memory still where a branch may give either
    while (settled := _first_settled(function.body, aliases, copies)) is not None:
        copies.add(settled.out)
        function = replace(function, body=_as_copy(function.body, settled))
        aliases = Aliases(function.body)
    _refuse_doubtful(function, aliases)
    body = _Snapshots(aliases).block(function.body, True)
    return replace(function, body=body), aliases


def _first_settled(block, aliases, copies, later=frozenset()):
    """The first gate that gives a view or a copy of memory that is not changed any more; else None.

    `copies`: those found before. `later`: the classes that are changed after the block. What stands in a loop is left out: what
    comes before it comes after it, too.
    """
    found = None
    for s in reversed(block.stmts):
        if isinstance(s, If) and not way(s):
            inner = [_first_settled(b, aliases, copies, later) for b in (s.then, s.orelse)]
            found = inner[0] or inner[1] or found
        elif (
            isinstance(s, Gate)
            and s.op in TABLE
            and TABLE[s.op].alias == "maybe view"
            and s.out not in copies
            and aliases.is_memory(s.out)
            and aliases.find(s.out) not in later
        ):
            found = s
        later |= {
            aliases.find(g.args[0]) for g in walk(s) if isinstance(g, Gate) and g.op in WRITES
        }
    return found


def _as_copy(block, gate):
    """The block, in which a gate takes what its argument holds at this moment."""

    def inner(b):
        out: list = []
        for s in b.stmts:
            if s is gate:
                made = Builder(loc=s.loc)
                now = made.gate("snapshot", s.args[0], hint=s.args[0].hint)
                out += [*made.stmts, replace(s, args=(now, *s.args[1:]))]
            else:
                out.append(s if isinstance(s, Gate) else map_stmt(s, lambda o: o, inner))
        return Block(tuple(out), b.yields)

    return inner(block)


def _refuse_doubtful(function, aliases):
    problems = []
    makers: dict = {s.out: s for s in walk(function.body) if isinstance(s, Gate)}
    for s in walk(function.body):
        if (
            isinstance(s, Gate)
            and s.op in TABLE
            and TABLE[s.op].alias == "maybe view"
            and aliases.is_memory(s.out)
        ):
            what = f"`{s.op.replace('numpy.', 'np.')}` gives a view or a copy, and what it gives or takes is changed in place"
            problems.append(
                Problem(where(s.loc), what, "copy explicitly with .copy() before the change")
            )
        if isinstance(s, Gate) and s.op in ("call", "part") and aliases.is_memory(s.out):
            made = s if s.op == "call" else makers[s.args[0]]
            if gives_back(made):
                what = f"`{made.form.name}` may give back what it was given, and that is changed in place"
                problems.append(Problem(where(s.loc), what, "return a copy"))
    outside = {
        aliases.find(g.out)
        for g in walk(function.body)
        if isinstance(g, Gate) and g.op in ("global", "getattr")
    }
    for g in walk(function.body):
        if isinstance(g, Gate) and g.op in WRITES and aliases.find(g.args[0]) in outside:
            what = "a list or array that belongs to a module or an object is changed here"
            problems.append(
                Problem(where(g.loc), what, "pass it as an argument, or work on a copy")
            )
    if problems:
        raise CannotDifferentiate(tuple(dict.fromkeys(problems)))


class _Snapshots:
    def __init__(self, aliases):
        self.aliases = aliases

    def block(self, block, top=False):
        out: list = []
        made = []
        for s in block.stmts:
            s = self.stmt(s, out)
            if isinstance(s, Gate) and s.op in ("call", "part") and self.aliases.is_memory(s.out):
                s = self.copied(s, out)
            out.append(s)
            if (
                isinstance(s, Gate)
                and s.op in TABLE
                and (reads_result(TABLE[s.op]) or is_part(s.op))
                and self.aliases.is_memory(s.out)
            ):
                b = Builder(loc=s.loc)
                self.aliases.results[s.out] = b.gate("snapshot", s.out, hint=s.out.hint)
                out += b.stmts
            if (
                not top
                and isinstance(s, Gate)
                and s.out is not None
                and isinstance(s.out.kind, List)
            ):
                if self.aliases.is_memory(s.out) and s.op != "view":
                    made.append(s.out)
        for ref in made:
            b = Builder()
            self.aliases.lengths[ref] = b.gate("len", ref, hint=f"len_{ref.hint}")
            out += b.stmts
        return Block(tuple(out), block.yields)

    def stmt(self, s, out):
        if not isinstance(s, Gate):
            return map_stmt(s, lambda o: o, self.block)
        if s.op == "snapshot":
            return s
        if s.op == "augitem" and dict(s.kw)["op"].value in ("operator.mul", "operator.truediv"):
            s = self.written_out(s, out)
        if (
            s.op == "view"
            and self.aliases.is_memory(s.args[0])
            and not self.aliases.is_memory(s.out)
        ):
            s = replace(s, op="getitem")  # the list changes, what it holds does not: read it now
        first = 1 if s.op in BY_REFERENCE or s.op in TABLE and TABLE[s.op].alias != "fresh" else 0
        owner = s.out if s.out is not None else s.args and s.args[0]
        if s.op in HOLDS and isinstance(owner, Value) and isinstance(owner.kind, List):
            if s.op != "refill" or is_reference(owner.kind.elem):
                first = len(s.args)
        if shares_elements(s) or s.op == "demand" and s.form == "apart":
            first = len(s.args)
        contents = [*s.args[first:], *(v for _, v in s.kw)]
        found = dict.fromkeys(v for a in contents for v in values_in(a))
        once = {v: self.read(v, s, out) for v in found}
        if all(v is now for v, now in once.items()):
            return s
        args, kw = s.args[first:], tuple((k, map_operand(v, once.get)) for k, v in s.kw)
        args = tuple(map_operand(a, once.get) for a in args)
        return replace(s, args=(*s.args[:first], *args), kw=kw)

    def copied(self, call, out):
        """What a helper returned, to be changed: the helper's backward function may need it as it was."""
        given = Value(call.out.hint, call.out.kind)
        out.append(replace(call, out=given))
        op = "numpy.copy" if isinstance(given.kind, Array) else "copy"
        return Gate(call.out, op, (given,), (), call.loc, form="method")

    def read(self, operand, s, out):
        if not self.aliases.is_memory(operand) or s.op in ("opaque", "asked"):
            return operand
        b = Builder(loc=s.loc)
        value = b.gate("snapshot", operand, hint=operand.hint)
        out += b.stmts
        return value

    def written_out(self, s, out):
        """`a[i] *= v` as `a[i] = a[i] * v`: the old value is an operand like any other."""
        base, index, value = s.args
        b = Builder(loc=s.loc)
        old = base
        if not is_ellipsis(index):
            whole = not isinstance(kind_of(base), Array)
            op = "getitem" if whole else how(kind_of(base), index)
            old = b.gate(op, base, index)
            if op == "view":
                self.aliases.same(base, old)
        for g in b.stmts:
            out.append(g)
        old = self.read(old, s, out)
        value = self.read(value, s, out)
        b = Builder(loc=s.loc)
        new = b.gate(dict(s.kw)["op"].value, old, value)
        out += b.stmts
        return Gate(None, "setitem", (base, index, new), (), s.loc)


def reads_result(rule) -> bool:
    """Whether a rule's derivative is written in terms of the function's result."""
    texts = [t for d in rule.d.values() for t in (d.values() if isinstance(d, dict) else [d])]
    texts += [t for _, t in rule.where]
    return any(isinstance(n, ast.Name) and n.id == "out" for t in texts for n in ast.walk(t))
