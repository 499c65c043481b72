"""Which values depend on the inputs of interest, and which the result depends on.

    def f(x, n):                    varied by wrt=x: x, y
        y = x * n           →       useful:          x, n, y
        print(y, k := n + 1)        active (both):   x, y
        return y

Per value, and per class of references for memory. Then the semantic fence: only code that is
active can be refused; what is not stays as it is.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from srcgrad.errors import CannotDifferentiate, Problem
from srcgrad.flow import differentiable
from srcgrad.ir import For, Function, Gate, If, Return, Value, While, values_in, walk
from srcgrad.kinds import UNKNOWN, Array, List, can_vary, is_integral, is_reference
from srcgrad.rules import nearest, remedy
from srcgrad.rules.record import TABLE
from srcgrad.shifts import cancelling


@dataclass
class Activity:
    varied: set
    useful: set
    aliases: object

    def key(self, v):
        return self.aliases.find(v) if is_reference(v.kind) and self.aliases.is_memory(v) else v

    def is_active(self, v) -> bool:
        if not isinstance(v, Value):
            return False
        k = self.key(v)
        return k in self.varied and k in self.useful


def activity(function: Function, wrt, aliases, fenced: bool = True) -> Activity:
    """Compute varied and useful values from the `wrt` leaves to the returned values.

    Raises CannotDifferentiate, with every problem, for active gates without a derivative, unless
    it is not yet known what varies and so not `fenced`.
    """
    found = Activity(set(), set(), aliases)
    found.varied = {found.key(v) for v in wrt}
    stmts = list(walk(function.body))
    gone = cancelling(function.body)
    _until_stable(found.varied, lambda: _forward(stmts, found, gone))
    _until_stable(found.useful, lambda: _backward(stmts, found, function))
    if fenced:
        _fence(stmts, found)
    return found


def _until_stable(grows, step):
    size = -1
    while size != len(grows):
        size = len(grows)
        step()


def _forward(stmts, found, gone):
    varied, key = found.varied, found.key

    def hot(o):
        return any(key(v) in varied for v in values_in(o))

    def mark(out, *sources):
        if any(map(hot, sources)) and (can_vary(out.kind) or out.kind is UNKNOWN):
            varied.add(key(out))

    for s in stmts:
        match s:
            case Gate() if s.out in gone:
                pass
            case Gate(op="setitem" | "augitem" | "append" | "insert" | "refill"):
                if hot(s.args[-1]) and can_vary(s.args[-1].kind):
                    varied.add(key(s.args[0]))
            case Gate() if s.out is not None:
                if s.op == "getitem" and s.args[0].kind.__class__.__name__ == "Record":
                    continue
                mark(s.out, *differentiable(s))
            case If():
                for out, a, b in zip(s.outs, s.then.yields, s.orelse.yields):
                    mark(out, a, b)
            case For() | While():
                nexts = s.body.yields[1:] if s.breaks else s.body.yields
                for out, head, init, after in zip(s.outs, s.carried, s.inits, nexts):
                    mark(head, init, after)
                    mark(out, head)


def _backward(stmts, found, function):
    useful, key = found.useful, found.key

    def want(o):
        for v in values_in(o):
            useful.add(key(v))

    for s in reversed(stmts):
        match s:
            case Return():
                for v in s.values:
                    want(v)
            case Gate(op="setitem" | "augitem" | "append" | "insert" | "refill"):
                if key(s.args[0]) in useful:
                    want(s.args[-1])
            case Gate() if s.out is not None and key(s.out) in useful:
                for o in differentiable(s):
                    want(o)
            case If():
                for out, a, b in zip(s.outs, s.then.yields, s.orelse.yields):
                    if key(out) in useful:
                        want(a)
                        want(b)
            case For() | While():
                nexts = s.body.yields[1:] if s.breaks else s.body.yields
                for out, head, init, after in zip(s.outs, s.carried, s.inits, nexts):
                    if key(out) in useful or key(head) in useful:
                        useful.add(key(head))
                        want(init)
                        want(after)


def _fence(stmts, found):
    problems = []
    for s in stmts:
        if (
            isinstance(s, Gate)
            and s.op == "opaque"
            and s.out is not None
            and found.is_active(s.out)
        ):
            source, node = s.loc
            name = ast.unparse(getattr(node, "func", node))
            problems.append(
                Problem(
                    source.location(node),
                    f"no rule is known for `{name}`, and the result depends on it{nearest(name)}",
                    remedy(name),
                )
            )
        if isinstance(s, Gate) and s.out is not None and found.key(s.out) in found.useful:
            problems += [*_undeclared(s, found), *_cut_off(s, found)]
    if problems:
        raise CannotDifferentiate(tuple(dict.fromkeys(problems)))


def _is_continuous(kind):
    whole = isinstance(kind, Array) and kind.dtype[0] not in "fc"
    return not whole and not is_integral(kind)


def _element(kind):
    """The kind of the numbers in a list, however deep they lie."""
    return _element(kind.elem) if isinstance(kind, List) else kind


def _cut_off(gate, found):
    """Whole numbers that vary, in an array of whole numbers, which does not."""
    if not isinstance(gate.out.kind, Array) or can_vary(gate.out.kind) or gate.loc is None:
        return
    varied = [v for o in differentiable(gate) for v in values_in(o) if found.key(v) in found.varied]
    if any(is_integral(_element(v.kind)) for v in varied):
        source, node = gate.loc
        what = f"`{ast.unparse(node)}` is an array of whole numbers, made of one that varies"
        yield Problem(source.location(node), what, "pass a float, or leave it out of wrt")


def _undeclared(gate, found):
    """Arguments that vary although the rule has no derivative by them."""
    rule = TABLE.get(gate.op)
    users = gate.op.startswith("user.")
    if rule is None or gate.op.startswith("idiom.") or gate.op == "numpy.where":
        return  # a condition is a step
    library = rule.flavour == "vjp" and gate.op.startswith(("numpy.", "scipy."))
    bare = rule.flavour == "vjp" and not rule.d
    if not (users or library or bare or rule.flavour == "scalar"):
        return
    for name, arg in (dict(zip(rule.names, gate.args)) | dict(gate.kw)).items():
        varied = [v for v in values_in(arg) if found.key(v) in found.varied]
        if name in rule.nondiff and any(_is_continuous(v.kind) for v in varied):
            source, node = gate.loc
            what = (
                f"the gate `{gate.form}`"
                if users
                else f"`{ast.unparse(getattr(node, 'func', node))}`"
            )
            message = f"{what} has no derivative by `{name}`, which varies here"
            remedy = "pass stop_gradient(…)"
            if rule.implied is not None:
                remedy = f"let its residual take `{name}`, if only to leave it unused, or {remedy}"
            elif users:
                remedy = f'write it in the rule ("0.0" where it is zero), or {remedy}'
            yield Problem(source.location(node), message, remedy)
