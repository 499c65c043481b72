"""Find what a loop computes by comparing only: the derivative by data flow is zero there, and misleads.

    while hi - lo > tol:
        mid = 0.5 * (lo + hi)           →       a problem at `mid * mid < a`: `lo`, `hi` and `mid`
        if mid * mid < a:                       take nothing from `a`, and yet they end where it
            lo = mid                            is a square
        else:
            hi = mid
    return mid

A loop's floats are *steered* where all of this holds:

- each turn computes them from what they were, and from nothing else that varies;
- a branch, or `np.where`, chooses between new values by a test that reads them, and reads
  something that varies;
- what they end as is what the result depends on.

Thus Newton's method is none (each step reads what varies), nor is a look-up in a table (what it
chooses is not computed from what it chose before), a count (the test does not read it), a search
for the largest element (the test reads what varies, and so does the choice), or a step that is
halved until it serves (it is changed in one branch only).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from srcgrad.errors import Problem
from srcgrad.flow import differentiable
from srcgrad.ir import (
    For,
    Function,
    Gate,
    If,
    Value,
    While,
    all_defs,
    blocks,
    operands,
    values_in,
    walk,
)
from srcgrad.kinds import can_vary, is_integral

_MOVES = {"getitem", "view", "gather", "snapshot", "copy", "numpy.copy"}  # they compute nothing
_REMEDY = (
    "if it is a root, give the function that finds it the derivative of the equation it solves, "
    "with @srcgrad.implicit_root;\nif a constant is meant, mark it with stop_gradient(…)"
)


def steered(function: Function, activity) -> list[Problem]:
    """The tests that decide what floats a loop ends with, while no derivative reaches these.

    Parameters: the function after `alias`, and what `activity` found out about it.
    """
    problems = []
    makers = {v: s for s in walk(function.body) for v in _made(s)}
    for loop in walk(function.body):
        if isinstance(loop, (For, While)):
            problems += _Loop(loop, makers, activity).problems()
    return list({p.location: p for p in problems}.values())


def _made(s):
    return (s.out,) if isinstance(s, Gate) else getattr(s, "outs", ())


@dataclass
class Reached:
    """What one value comes from: `old` values of the turn before, of which some were computed with."""

    old: set = field(default_factory=set)
    computed: set = field(default_factory=set)
    fed: bool = False  # by something that varies and is not carried
    choices: list = field(default_factory=list)


@dataclass(frozen=True)
class Choice:
    """A float is chosen by a test; `moves` says on which sides it is a new one."""

    stmt: object
    test: object
    head: Value
    moves: tuple[bool, bool]


class _Loop:
    def __init__(self, loop, makers, activity):
        self.loop, self.makers, self.activity = loop, makers, activity
        self.inside = set(all_defs(loop))
        nexts = loop.body.yields[1:] if loop.breaks else loop.body.yields
        self.nexts = dict(zip(loop.carried, nexts))
        self.ends = dict(zip(loop.carried, loop.outs))
        self.inner = self.heads_of_inner_loops()
        self.found: dict = {}

    def heads_of_inner_loops(self):
        """What the values that inner loops carry come from."""
        out: dict = {}
        for b in blocks(self.loop):
            for s in walk(b):
                if isinstance(s, (For, While)):
                    nexts = s.body.yields[1:] if s.breaks else s.body.yields
                    for o, h, init, after in zip(s.outs, s.carried, s.inits, nexts):
                        out[h], out[o] = (init, after), (h,)
        return out

    def varies(self, v) -> bool:
        return self.activity.key(v) in self.activity.varied

    def problems(self):
        """One problem for the first test that steers floats on which the result depends."""
        floats = [h for h in self.nexts if can_vary(h.kind) and not is_integral(h.kind)]
        wanted = [h for h in floats if self.activity.key(self.ends[h]) in self.activity.useful]
        for head in wanted:
            group = self.group(head)
            if group is None:
                continue
            computed = {h for g in group for h in self.reached(g).computed}
            choices = [c for h in computed for c in self.reached(h).choices]
            choices = [c for c in choices if self.steers(c.test, computed, group)]
            if (stmt := _decisive(choices)) is not None:
                return [_problem(stmt, sorted({c.head.hint for c in choices}))]
        return []

    def group(self, head):
        """The floats that one is computed from, turn by turn; None where something else feeds it."""
        group, todo = set(), [head]
        while todo:
            found = self.reached(todo.pop())
            if found.fed:
                return None
            todo += found.old - group
            group |= found.old
        return group

    def steers(self, test, computed, group) -> bool:
        """Whether a test depends on something that varies beside the group, and on what is computed."""
        seen, todo, varies = set(), [*values_in(test)], False
        while todo:
            v = todo.pop()
            if v in seen:
                continue
            seen.add(v)
            if v not in self.inside or v in self.nexts and v not in group:
                varies |= self.varies(v)
            if v in self.inside:
                todo += self.sources(v)
        return varies and bool(seen & computed)

    def sources(self, v):
        """All that a value inside the loop depends on."""
        if v in self.nexts or v in self.inner:
            after = (self.nexts[v],) if v in self.nexts else self.inner[v]
            return [x for o in after for x in values_in(o)]
        s = self.makers.get(v)
        match s:
            case Gate():
                return [x for o in operands(s) for x in values_in(o)]
            case If():
                k = s.outs.index(v)
                return [
                    x for o in (s.test, s.then.yields[k], s.orelse.yields[k]) for x in values_in(o)
                ]
        return []

    # ------------------------------------------------------------ data flow within a turn

    def reached(self, head) -> Reached:
        if head not in self.found:
            self.found[head] = Reached()
            self.trace(self.nexts[head], head, False, self.found[head], set())
        return self.found[head]

    def trace(self, operand, head, computed, found, seen):
        """Follow the data flow from an operand back to the start of the turn."""
        for v in values_in(operand):
            if (v, computed) in seen:
                continue
            seen.add((v, computed))
            if v in self.nexts:
                found.old.add(v)
                if computed:
                    found.computed.add(v)
            elif v not in self.inside:
                found.fed |= self.varies(v)
            elif v in self.inner:
                for o in self.inner[v]:
                    self.trace(o, head, computed, found, seen)
            else:
                self.back(self.makers.get(v), v, head, computed, found, seen)

    def back(self, s, v, head, computed, found, seen):
        match s:
            case If():
                k = s.outs.index(v)
                sides = (s.then.yields[k], s.orelse.yields[k])
                self.choose(s, s.test, sides, head, computed, found, seen)
            case Gate(op="numpy.where", args=(test, *sides)) if len(sides) == 2:
                self.choose(s, test, sides, head, computed, found, seen)
            case Gate():
                # who knows what was put there
                found.fed |= any(map(self.activity.aliases.is_memory, (v, *s.args)))
                for o in differentiable(s):
                    self.trace(o, head, computed or s.op not in _MOVES, found, seen)

    def choose(self, s, test, sides, head, computed, found, seen):
        moves = tuple(computed or side is not head for side in sides)
        found.choices.append(Choice(s, test, head, moves))
        for side in sides:
            self.trace(side, head, computed, found, seen)


def _decisive(choices):
    """A statement that moves something whichever way its test falls, or one of two that move each its own."""
    sides: dict = {}
    heads: dict = {}
    for c in choices:
        sides.setdefault(c.stmt, set()).update(k for k in (0, 1) if c.moves[k])
        heads.setdefault(c.stmt, set()).add(c.head)
    for stmt in sides:
        if len(sides[stmt]) == 2:
            return stmt
    several = len(set().union(*heads.values())) > 1 if heads else False
    return next((s for s in heads if several and len(heads[s]) == 1), None)


def _problem(s, names) -> Problem:
    source, node = s.loc
    listed = " and ".join(f"`{n}`" for n in names)
    what = f"{listed} {'is' if len(names) == 1 else 'are'} moved by comparisons alone, and no derivative "
    what += "passes through these: the gradient misses what the loop finds by them"
    return Problem(source.location(getattr(node, "test", node)), what, _REMEDY)
