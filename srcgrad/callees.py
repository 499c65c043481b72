"""Helpers that are called rather than inlined: their forward, backward, tangent and primal functions.

    def ramp(x, n): …       →       def ramp_forward(x, n, ramp_tape): … ramp_tape.append((x, t)); return y
                                    def ramp_backward(dy, ramp_tape): x, t = ramp_tape.pop(); … return dx

What a call's backward pass needs is pushed, as one tuple a call, on a tape that is passed down.
Calls come back in reverse, so the last tuple is always that of the call being reversed, in loops
and in recursion alike.
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.build import Builder, cotangent_kind
from srcgrad.ir import Const, Gate, Return, Value, operands, walk
from srcgrad.kinds import Array, Scalar, Thing
from srcgrad.passes.activity import activity
from srcgrad.passes.alias import alias
from srcgrad.passes.forward import forward
from srcgrad.passes.idioms import idioms
from srcgrad.passes.reverse import reverse
from srcgrad.results import as_float, tangent_name

TAPE = Thing("tape")


class Callees:
    """The helpers of one compilation: what is wanted of each, and what is written for it."""

    def __init__(self, callees, optimise):
        self.optimise = optimise
        self.wanted: dict = {c: set() for c in callees}
        self.aliased = {c: alias(c.function) for c in callees}
        size = -1
        while size != sum(len(c.useful) for c in callees):
            size = sum(len(c.useful) for c in callees)
            for c, (inner, aliases) in self.aliased.items():
                params = inner.params
                found = activity(inner, params, aliases, fenced=False)
                c.useful |= {k for k, v in enumerate(params) if found.is_active(v)}
        self.needed: dict = {}  # callee -> forms asked for, in order
        taken: dict = {}
        for c in callees:
            taken[c.name] = taken.get(c.name, 0) + 1
            if taken[c.name] > 1:
                c.name = f"{c.name}_{taken[c.name]}"

    def plan(self, function, found) -> None:
        """Work out by which of its arguments each helper is differentiated."""
        self.ask(function, found)
        size = -1
        while size != sum(map(len, self.wanted.values())):
            size = sum(map(len, self.wanted.values()))
            for c, (inner, aliases) in self.aliased.items():
                if self.wanted[c]:
                    self.ask(inner, self.activity(c, inner, aliases))

    def activity(self, c, function, aliases):
        return activity(function, [function.params[k] for k in sorted(self.wanted[c])], aliases)

    def ask(self, function, found):
        for s in walk(function.body):
            if isinstance(s, Gate) and s.op == "call" and found.is_active(s.out):
                self.wanted[s.form].update(
                    k for k, a in enumerate(s.args) if k in s.form.useful and found.is_active(a)
                )

    def asked(self, ask, function, found) -> list:
        """What `ask(function, activity)` finds in a function and in its helpers, however they are reached."""
        varied: dict = {}
        todo, problems = [(function, found)], list(ask(function, found))
        while todo:
            caller, known = todo.pop()
            for s in walk(caller.body):
                if (
                    not isinstance(s, Gate)
                    or s.op != "call"
                    or known.key(s.out) not in known.useful
                ):
                    continue
                before = varied.setdefault(s.form, set())
                places = before | {k for k, a in enumerate(s.args) if _varies(a, known)}
                if places != before:
                    varied[s.form] = places
                    inner, aliases = self.aliased[s.form]
                    params = [inner.params[k] for k in sorted(places)]
                    todo.append((inner, activity(inner, params, aliases)))
                    problems += ask(*todo[-1])
        return list(dict.fromkeys(problems))

    # ------------------------------------------------------------ tapes

    def reached(self, c) -> list:
        """The helper and all those that it calls with a backward pass of their own."""
        out, todo = [], [c]
        while todo:
            one = todo.pop(0)
            if one in out:
                continue
            out.append(one)
            todo += [
                s.form
                for s in walk(one.function.body)
                if isinstance(s, Gate) and s.op == "call" and self.wanted.get(s.form)
            ]
        return out

    def tapes(self, functions) -> dict:
        return {c: Value(f"{c.name}_tape", TAPE, True, True) for c in functions}

    # ------------------------------------------------------------ what is written

    def definitions(self, mode) -> list:
        """(sort, name, function) of every function that must stand in the module."""
        out = []
        done: set = set()
        while True:
            todo = [key for key in self.needed if key not in done]
            if not todo:
                return out
            for c, sort in todo:
                done.add((c, sort))
                out.append(getattr(self, "write_" + sort)(c, mode))

    def need(self, c, sort):
        self.needed.setdefault((c, sort))

    def write_primal(self, c, mode):
        function, _ = self.aliased[c]
        return ("primal", c.name, self.primal_calls(self.optimise(function)))

    def primal_calls(self, function):
        for s in walk(function.body):
            for g in _gates(s):
                if g.op == "call":
                    self.need(g.form, "primal")
        return function

    def write_pair(self, c, mode):
        function, aliases = self.aliased[c]
        found = self.activity(c, function, aliases)
        targets = [function.params[k] for k in sorted(self.wanted[c])]
        tapes = self.tapes(self.reached(c))
        new = reverse(
            idioms(function),
            found,
            targets,
            _PairFinish(targets),
            "vjp",
            False,
            _Calls(self, tapes),
        )
        new = replace(new, params=(*function.params, *tapes.values()))
        return ("pair", c.name, self.primal_calls(self.optimise(new)), tapes)

    def write_tangent(self, c, mode):
        function, aliases = self.aliased[c]
        found = self.activity(c, function, aliases)
        taken = {v.hint for v in function.params}
        dots = {}
        for k in sorted(self.wanted[c]):
            v = function.params[k]
            dots[v] = Value(tangent_name(v.hint, taken), cotangent_kind(v.kind), True, True)
        new = forward(function, found, dots, list(dots.values()), _TangentFinish(), self)
        return ("tangent", f"{c.name}_tangent", self.primal_calls(self.optimise(new)))


class _Calls:
    """How calls are reversed inside one function: with these tapes."""

    def __init__(self, callees, tapes):
        self.callees, self.tapes = callees, tapes

    def backward(self, callee):
        """Name, tapes and differentiated arguments of a callee's backward function."""
        self.callees.need(callee, "pair")
        passed = [self.tape(c) for c in self.callees.reached(callee)]
        return callee.name, passed, sorted(self.callees.wanted[callee])

    def tape(self, c):
        if c not in self.tapes:
            self.tapes[c] = Value(f"{c.name}_tape", TAPE, True, True)
        return self.tapes[c]


class _PairFinish:
    """The return of a backward function: the cotangents of the arguments asked for."""

    def __init__(self, targets):
        self.targets = targets

    def seeds(self, b, values):
        value = values[0]
        hint = value.hint if isinstance(value, Value) else "value"
        kind = (
            value.kind
            if isinstance(value, Value) and isinstance(value.kind, Array)
            else Scalar("float")
        )
        self.seed = Value(f"d{hint}", kind, True, True)
        return [self.seed]

    def turn(self, values):
        return [Gate(None, "turn", (self.seed, values[0]), (), None, True, "pullback")]

    def __call__(self, b, values, cotangents):
        out = []
        for target, c in zip(self.targets, cotangents):
            if isinstance(target.kind, Scalar):
                out.append(Const(0.0) if c is None else as_float(b, c))
            else:
                c = b.zeros(target) if c is None else b.full(c, target)
                own = b.gate("own", c, kind=cotangent_kind(target.kind), hint=f"d{target.hint}")
                own.named = True
                out.append(own)
        return Return(tuple(out), shape=None if len(out) == 1 else "tuple")


class _TangentFinish:
    before: list = []

    def __call__(self, b: Builder, values, dots):
        return Return((values[0], as_float(b, dots[0]) if isinstance(dots[0], Const) else dots[0]))


def _varies(operand, found) -> bool:
    return isinstance(operand, Value) and found.key(operand) in found.varied


def _gates(s):

    def inside(o):
        if isinstance(o, Gate):
            yield o
            for a in o.args:
                yield from inside(a)

    if isinstance(s, Gate):
        yield s
    for o in operands(s):
        yield from inside(o)
