"""Check that an IR function is well formed: run after every pass in tests.

Each value is defined once and read only where it is defined; loops and branches yield as many
operands as they define; every operation is known. Between the turn and `save`, the backward pass
may read a forward loop's or branch's values in the loop or branch that mirrors it; after `save`
those of a branch only, where the same test decides. `fuse` writes such a backward branch as an
expression, so after it what a branch defines may be read by what follows the branch.
"""

from srcgrad import rules
from srcgrad.ir import (
    Const,
    For,
    Function,
    Gate,
    If,
    Return,
    Slice,
    Tup,
    Value,
    While,
    all_defs,
    inner_defs,
    raises,
    reads,
    values_in,
    walk,
)

AFTER_SAVE = ("save", "own", "store", "fuse")
STRUCTURAL = set(
    # the language's own
    "getitem view gather setitem augitem append pop insert reverse refill len size extent shape nonempty list repeat build copy "
    "call part tuple_of global getattr opaque asked assert raise setattr stop_gradient "
    # those of the passes
    "turn tape push pop_tape demand defined snapshot own accum formula fill scatter zeros_like listadd astype shadow deepcopy "
    "attempt except with commit truncate caught entered ifexp and or "
    "call_again call_forward call_backward call_tangent builtins.type".split()
)


class Malformed(AssertionError):
    """The IR is not well formed."""


def verify(function: Function, stage: str) -> None:
    """Raise Malformed with everything that is wrong with a function as `stage` left it."""
    problems = list(_problems(function, stage))
    if problems:
        raise Malformed(f"after {stage}: " + "; ".join(dict.fromkeys(problems)))


def _problems(function, stage):
    seen = set()
    for v in (*function.params, *all_defs(function.body), *_seeds(function.body)):
        if v in seen:
            yield f"{v!r} is defined twice"
        seen.add(v)
    for s in walk(function.body):
        yield from _shape(s)
        yield from _operations(s)
    yield from Scope(stage, function.body).block(function.body, set(function.params))


def _seeds(body):
    """A pullback's parameter is defined where the pullback begins."""
    return [s.args[0] for s in walk(body) if isinstance(s, Gate) and s.form == "pullback"]


def _shape(s):
    match s:
        case If():
            for block in (s.then, s.orelse):
                if len(block.yields) != len(s.outs):
                    yield f"a branch yields {len(block.yields)} operands for {len(s.outs)} values"
        case For() | While():
            sizes = {len(s.inits), len(s.carried), len(s.outs), len(s.body.yields) - s.breaks}
            if len(sizes) > 1:
                yield f"a loop's inits, carried, outs and yields differ in number: {sizes}"
            if isinstance(s, While) and len(s.test.yields) > 1:
                yield "a loop's test yields more than one operand"


def _operations(s):
    gates = [s] if isinstance(s, Gate) else []
    operands = list(s.args) + [v for _, v in s.kw] if isinstance(s, Gate) else []
    while operands:
        o = operands.pop()
        match o:
            case Gate():
                gates.append(o)
                operands += [*o.args, *(v for _, v in o.kw)]
            case Slice():
                operands += [p for p in (o.lo, o.hi, o.step) if p is not None]
            case Tup():
                operands += o.items
            case Value() | Const():
                pass
            case _:
                yield f"{o!r} is no operand"
    for g in gates:
        known = g.op in STRUCTURAL or g.op.startswith(("support.", "user."))
        if not known and rules.lookup(g.op, len(g.args) + len(g.kw)) is None:
            yield f"the operation {g.op} is not known"


class Scope:
    """Which values are defined at each statement."""

    def __init__(self, stage, body):
        self.stage = stage
        self.inner = {}  # key of a forward branch or loop -> what it defines inside
        for s in walk(body):
            if isinstance(s, If):
                self.inner[s.key] = (set(all_defs(s.then)), set(all_defs(s.orelse)))
            elif isinstance(s, For | While):
                blocks = (s.body,) if isinstance(s, For) else (s.test, s.body)
                inside = {v for b in blocks for v in all_defs(b)} | set(inner_defs(s))
                self.inner[s.key] = (inside,)

    def block(self, block, known):
        known = set(known)
        for s in block.stmts:
            yield from self.statement(s, known)
            if isinstance(s, Gate):
                known |= {s.out} if s.out is not None else set()
                known |= {s.args[0]} if s.form == "pullback" else set()
            elif not isinstance(s, Return):
                known |= set(s.outs)
            if isinstance(s, If) and self.stage == "fuse":
                known |= set().union(*self.inner[s.key])
            elif isinstance(s, If) and raises(s.orelse.stmts):  # what follows comes after the rest
                known |= self.inner[s.key][0]
        for operand in block.yields:
            yield from self.operand(operand, known, "a block's end")

    def operand(self, operand, known, where):
        for v in values_in(operand):
            if v not in known:
                yield f"{v!r} is read by {where} where it is not defined"

    def statement(self, s, known):
        where = s.op if isinstance(s, Gate) else type(s).__name__
        for v in reads(s):
            defined = known | {s.args[0]} if isinstance(s, Gate) and s.form == "pullback" else known
            if v not in defined:
                yield f"{v!r} is read by {where} where it is not defined"
        match s:
            case If():
                mirrored = self.inner.get(s.mirror, (set(), set()))
                for block, more in zip((s.then, s.orelse), mirrored, strict=True):
                    yield from self.block(block, known | more)
            case For() | While():
                inside = known | set(inner_defs(s))
                mirror = getattr(s, "mirror", None)
                if mirror is not None and self.stage not in AFTER_SAVE:
                    inside |= self.inner.get(mirror, (set(),))[0]
                if isinstance(s, While):
                    yield from self.block(s.test, inside)
                    inside |= {v for t in s.test.stmts for v in _outs(t)}
                yield from self.block(s.body, inside)


def _outs(s):
    return ([s.out] if s.out is not None else []) if isinstance(s, Gate) else getattr(s, "outs", [])
