"""Helpers that are called rather than inlined: their forward, backward, tangent and primal functions.

    def ramp(x, n): …       →       def ramp_forward(x, n, ramp_tape): … ramp_tape.append((x, t)); return y
                                    def ramp_backward(dy, ramp_tape): x, t = ramp_tape.pop(); … return dx

What a call's backward pass needs is pushed, as one tuple a call, on a tape that is passed down.
Calls come back in reverse, so the last tuple is always that of the call being reversed, in loops
and in recursion alike.

A gradient that is to be differentiated in turn does without tapes, since tuples of all sorts on a
list are no structure that has a derivative: its backward functions compute again what they need.

    def ramp(x, n): …       →       def ramp(x, n): … return y
                                    def ramp_backward(dy, x, n): … return dx
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.build import Builder
from srcgrad.ir import Block, Const, Gate, Return, Value, map_stmt, operands, uses, walk
from srcgrad.kinds import TEXT, Record, Scalar, Thing
from srcgrad.memory import Called
from srcgrad.operands import cotangent_kind, kind_of
from srcgrad.passes.activity import activity
from srcgrad.passes.alias import alias
from srcgrad.passes.forward import forward
from srcgrad.passes.idioms import idioms
from srcgrad.passes.reverse import reverse
from srcgrad.results import as_float, tangent_name

TAPE = Thing("tape")


class Callees:
    """The helpers of one compilation: what is wanted of each, and what is written for it."""

    def __init__(self, callees, optimise, taped=True):
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
        self.taped = taped or not self.can_be_repeated()
        self.needed: dict = {}  # callee -> forms asked for, in order
        taken: set = set()
        for c in callees:
            c.name = _untaken(c.name, taken)

    def plan(self, function, found) -> None:
        """Work out by which of its arguments each helper is differentiated, and what of it is read."""
        for f in (function, *(inner for inner, _ in self.aliased.values())):
            note_read(f)
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

    def uses_tapes(self) -> bool:
        return self.taped and any(sort == "pair" for _, sort in self.needed)

    def can_be_repeated(self) -> bool:
        """Whether it does not matter how often a helper is run: no helper does or reads a thing outside."""
        return all(map(_repeatable, self.wanted))

    def reached(self, c, every=False) -> list:
        """The helper and all those that it calls, with a backward pass of their own or `every` one."""
        out, todo = [], [c]
        while todo:
            one = todo.pop(0)
            if one in out:
                continue
            out.append(one)
            todo += [
                s.form
                for s in walk(one.function.body)
                if isinstance(s, Gate) and s.op == "call" and (every or self.wanted.get(s.form))
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
                if g.op in ("call", "call_again") and not isinstance(g.form, Called):
                    self.need(g.form, "primal")
        return function

    def write_pair(self, c, mode):
        function, aliases = self.aliased[c]
        found = self.activity(c, function, aliases)
        targets = [function.params[k] for k in sorted(self.wanted[c])]
        tapes = self.tapes(self.reached(c))
        finish = _PairFinish(targets, c, self.taped)
        calls = _Calls(self, tapes)
        new = reverse(idioms(function), found, targets, finish, "vjp", False, calls)
        if self.taped:
            new = replace(new, params=(*function.params, *tapes.values()))
            return ("pair", c.name, self.primal_calls(self.optimise(new)), tapes)
        new = replace(new, params=(finish.seed, *function.params), body=self.repeated(new.body))
        return ("primal", f"{c.name}_backward", self.primal_calls(self.optimise(new)))

    def write_again(self, c, mode):
        function, _ = self.aliased[c]
        new = replace(function, body=self.repeated(function.body))
        return ("primal", f"{c.name}_again", self.primal_calls(self.optimise(new)))

    def repeated(self, body):
        """What a helper did when it was called, done again for its backward pass: without effects.

        Calls may go where they are not needed; checks need not be repeated at all.
        """
        read = uses(body)

        def goes(s):
            if not isinstance(s, Gate):
                return False
            return s.op in ("demand", "assert") or s.op == "opaque" and s.out not in read

        def stmt(s):
            if not isinstance(s, Gate):
                return map_stmt(s, lambda o: o, block)
            return self.call_again(s) if s.op == "call" else s

        def block(b):
            return Block(tuple(stmt(s) for s in b.stmts if not goes(s)), b.yields)

        return block(body)

    def call_again(self, call):
        if not any(_acts(c.function) for c in self.reached(call.form, every=True)):
            return replace(call, op="call_again")
        self.need(call.form, "again")
        form = Called(f"{call.form.name}_again", call.form.shares)
        return replace(call, op="call_again", form=form)

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


def note_read(function):
    """Note which of the values that helpers return a function reads."""
    gates: dict = {s.out: s for s in walk(function.body) if isinstance(s, Gate)}
    for g in gates.values():
        if g.op == "part" and gates[g.args[0]].op == "call":
            gates[g.args[0]].form.read.add(g.args[1].value)


def _untaken(stem, taken) -> str:
    """A helper's name, numbered where one of the functions made of it has the name of another's."""
    k, name = 1, stem
    while True:
        made = {name, *(f"{name}_{sort}" for sort in ("forward", "backward", "tangent", "again"))}
        if not made & taken:
            taken |= made
            return name
        k += 1
        name = f"{stem}_{k}"


class _Calls:
    """How calls are reversed inside one function: with these tapes."""

    def __init__(self, callees, tapes):
        self.callees, self.tapes = callees, tapes

    def backward(self, call, forwards):
        """The name, further arguments and differentiated arguments of a call's backward function.

        Where it finds what it needs on tapes, `forwards` notes that the call is to put it there.
        """
        callee = call.form
        self.callees.need(callee, "pair")
        passed = call.args
        if self.callees.taped:
            passed = [self.tape(c) for c in self.callees.reached(callee)]
            forwards[call.out] = callee.name, passed
        return f"{callee.name}_backward", passed, sorted(self.callees.wanted[callee])

    def tape(self, c):
        if c not in self.tapes:
            self.tapes[c] = Value(f"{c.name}_tape", TAPE, True, True)
        return self.tapes[c]


class _PairFinish:
    """The return of a backward function: the cotangents of the arguments asked for."""

    def __init__(self, targets, callee, taped=True):
        self.targets, self.varying, self.taped = targets, callee.varying, taped

    def seeds(self, b, values):
        """The cotangents of what is returned, read from one parameter."""
        out: list = [Const(0.0)] * len(values)
        if len(self.varying) == 1:
            value = values[self.varying[0]]
            hint = value.hint if isinstance(value, Value) else "value"
            out[self.varying[0]] = self.seed = Value(f"d{hint}", _seed_kind(value), True, True)
            return out
        kinds = tuple(_seed_kind(values[k]) for k in self.varying)
        record = Record(tuple, tuple(range(len(kinds))), kinds)
        self.seed = Value("dvalue", record, True, True)
        for j, k in enumerate(self.varying):
            hint = values[k].hint if isinstance(values[k], Value) else "value"
            out[k] = b.gate("part", self.seed, Const(j), kind=kinds[j], hint=f"d{hint}")
        return out

    def turn(self, values):
        if not self.taped:
            return [Gate(None, "turn", (), (), None, True)]
        b = Builder(adjoint=True)
        value = _returned(b, values)
        return [*b.stmts, Gate(None, "turn", (self.seed, value), (), None, True, "pullback")]

    def __call__(self, b, values, cotangents):
        out = []
        for target, c in zip(self.targets, cotangents):
            if isinstance(target.kind, Scalar):
                # they are floats where those that come in are: each is a sum of products with them
                out.append(
                    Const(0.0) if c is None else as_float(b, c) if isinstance(c, Const) else c
                )
            else:
                c = b.zeros(target) if c is None else b.full(c, target)
                own = b.gate("own", c, kind=cotangent_kind(target.kind), hint=f"d{target.hint}")
                own.named = True
                out.append(own)
        return Return(tuple(out), shape=None if len(out) == 1 else "tuple")


class _TangentFinish:
    before: list = []

    def __call__(self, b: Builder, values, dots):
        dots = [as_float(b, d) if isinstance(d, Const) else d for d in dots]
        return Return((_returned(b, values), _returned(b, dots)))


def _returned(b, values):
    """What a helper returns: its value, or a tuple of several."""
    if len(values) == 1:
        return values[0]
    keys = tuple(range(len(values)))
    kind = Record(tuple, keys, tuple(map(kind_of, values)))
    return b.gate("build", *values, kind=kind, form=(tuple, keys))


def _seed_kind(value):
    return cotangent_kind(kind_of(value))


def _acts(function) -> bool:
    """Whether a function does something of which nothing comes back, such as a print."""
    read = uses(function.body)
    gates = (s for s in walk(function.body) if isinstance(s, Gate))
    return any(g.op == "opaque" and g.out not in read for g in gates)


def _repeatable(callee) -> bool:
    """Whether it does not matter how often a helper is run."""
    gates = [s for s in walk(callee.function.body) if isinstance(s, Gate)]
    read = uses(callee.function.body)
    asked = [g for g in gates if g.op == "opaque" and g.out in read and g.out.kind != TEXT]
    return not asked and not any(g.op == "setattr" for g in gates)


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
