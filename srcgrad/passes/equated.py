"""Find branches taken where two floats are equal: the gradient there is that of one branch alone.

    if wide != narrow:
        loss = (wide - narrow) * k      →       a problem at `wide != narrow`: for equal widths,
    else:                                       the gradient is 0, not k
        loss = 0.0

The derivative of a branch is that of the function wherever the branch is taken nearby. A branch for
equal floats is taken at that one point, and often to save the work that would come to the same.

Not asked about are tests against a literal, which guard what is not defined there (`if x == 0`);
tests in loops, which ask whether an iteration stands still; and branches that nothing comes of.
"""

from __future__ import annotations

from srcgrad.errors import Problem
from srcgrad.ir import Const, Function, Gate, If, Value
from srcgrad.kinds import Scalar, can_vary, is_integral

_REMEDY = (
    "let both cases take the general branch where it holds for both;\n"
    "where the branches are meant to differ, the gradient is that of the one taken"
)


def equated(function: Function, activity) -> list[Problem]:
    """The tests for equality of floats that decide what the result is, where it depends on them.

    Parameters: the function after `alias`, and what `activity` found out about it.
    """
    work = _Equated(activity)
    work.block(function.body)
    return list({p.location: p for p in work.problems}.values())


class _Equated:
    def __init__(self, activity):
        self.activity = activity
        self.tests: dict = {}  # a flag -> the tests of equality that it comes from
        self.problems: list = []

    def block(self, block):
        for s in block.stmts:
            if isinstance(s, Gate):
                self.gate(s)
            elif isinstance(s, If):
                self.branch(s)

    def gate(self, g):
        if g.op in ("operator.eq", "operator.ne") and self.compares(*g.args):
            self.tests[g.out] = (g,)
        elif g.op in ("operator.not_", "operator.and_", "operator.or_"):
            self.tests[g.out] = tuple(t for a in g.args for t in self.tests.get(a, ()))

    def compares(self, x, y):
        """Whether these are two floats, of which one varies."""
        values = [o for o in (x, y) if isinstance(o, Value)]
        if len(values) < 2 or x is y or not all(isinstance(v.kind, Scalar) for v in values):
            return False
        floats = [v for v in values if can_vary(v.kind) and not is_integral(v.kind)]
        varied = self.activity.varied
        return len(floats) == 2 and any(self.activity.key(v) in varied for v in floats)

    def branch(self, s):
        tests = self.tests.get(s.test, ())
        self.block(s.then)
        self.block(s.orelse)
        for k, out in enumerate(s.outs):
            ends = s.then.yields[k], s.orelse.yields[k]
            found = (*tests, *(t for e in ends for t in self.tests.get(e, ())))
            if self.activity.is_active(out):
                self.problems += [_problem(t) for t in tests if not self.same(*ends)]
            elif found:
                self.tests[out] = tuple(dict.fromkeys(found))

    def same(self, one, other):
        both = isinstance(one, Const) and isinstance(other, Const)
        return both and repr(one) == repr(other)


def _problem(g) -> Problem:
    source, node = g.loc
    what = (
        "this compares floats that vary: where they are equal, the gradient is that of one branch "
        "alone, as if the other did not meet it there"
    )
    return Problem(source.location(node), what, _REMEDY)
