"""How a `for` runs: over ranges, lists, `zip`, `enumerate` and `reversed`."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from srcgrad.build import kind_of
from srcgrad.ir import Const, Value
from srcgrad.kinds import Array, List
from srcgrad.passes.stage.binding import Known, Refused, Struct


@dataclass(frozen=True)
class Iteration:
    """How a loop runs: the range of its index, and what the target is for an index."""

    start: object
    stop: object
    step: object
    element: object
    form: str = "range"
    seqs: tuple = ()
    reverse: bool = False


class Iterations:
    """Methods of the stager that read the header of a loop."""

    def fixed_items(self, node):
        """What a loop goes over, where that is a known number of objects; else None."""
        if isinstance(node, ast.Call):
            func = self.quiet(node.func)
            kind = func.value if isinstance(func, Known) else None
            if kind not in (enumerate, zip, reversed) or node.keywords:
                return None
            parts = [self.fixed_items(a) for a in node.args]
            if kind is zip and any(p is not None for p in parts):
                parts = [self.items_of(a) if p is None else p for a, p in zip(node.args, parts)]
                return [_tuple(*row) for row in zip(*parts)]
            if parts[0] is None or len(parts) > 1:
                return None
            if kind is reversed:
                return parts[0][::-1]
            return [_tuple(Const(k), item) for k, item in enumerate(parts[0])]
        found = self.quiet(node)
        if isinstance(found, Struct) and found.type is not dict:
            plain = not any(_is_object(i) for i in found.items)
            return None if plain else self.items_of(node)
        return self.items_of(node) if isinstance(found, Known) else None

    def items_of(self, node):
        """The elements of what has a known number of them."""
        found = self.expr(node)
        if isinstance(found, Known) and isinstance(found.value, (list, tuple)):
            found = self.opened(found, node)
        if not isinstance(found, Struct) or found.type is dict:
            raise Refused(node, "a loop over objects takes a list of known length", "use indices")
        return list(found.items)

    def opened(self, known, node):
        """A list or tuple from outside, as its elements; its length is held against later calls."""
        self.guard(f"{known.path}.__len__()", len(known.value))
        items = [
            self.constant_binding(v, node, f"{known.path}[{k}]") for k, v in enumerate(known.value)
        ]
        return _tuple(*items)

    def iteration(self, node):
        """How `for … in node` runs."""
        if isinstance(node, ast.Call):
            func = self.expr(node.func)
            kind = func.value if isinstance(func, Known) else None
            if kind is map and len(node.args) == 2:
                return self.map_iteration(node)
            if kind is range:
                return self.range_iteration(node)
            if kind is enumerate:
                return self.enumerate_iteration(node)
            if kind is zip:
                parts = [self.iteration(a) for a in node.args]
                if (
                    any(p.reverse or not _is(p.start, 0) or not _is(p.step, 1) for p in parts)
                    or not parts
                ):
                    raise Refused(node, "`zip` takes lists and `range(n)` here", "use indices")
                stop = (
                    parts[0].stop
                    if len(parts) == 1
                    else self.gate(
                        f"builtins.min:{len(parts)}", *(p.stop for p in parts), node=node, hint="n"
                    )
                )
                if len(parts) > 2:
                    stop = self.b.stmts.pop().out
                    stop = self.call_rule("builtins.min", [p.stop for p in parts], {}, node)

                def both(index):
                    return Struct(
                        tuple, tuple(range(len(parts))), tuple(p.element(index) for p in parts)
                    )

                whole = all(p.form == "seq" for p in parts)
                return Iteration(
                    Const(0),
                    stop,
                    Const(1),
                    both,
                    "zip" if whole else "index",
                    tuple(s for p in parts for s in p.seqs),
                )
            if kind is reversed:
                inner = self.iteration(node.args[0])
                if inner.form not in ("range", "seq"):
                    raise Refused(node, "`reversed` takes a range or a list here", "use indices")
                return Iteration(
                    inner.start,
                    inner.stop,
                    inner.step,
                    inner.element,
                    inner.form,
                    inner.seqs,
                    not inner.reverse,
                )
        seq = self.expr(node)
        if isinstance(seq, Struct) and seq.type is dict:
            raise Refused(
                node, "a loop over a dict cannot be differentiated yet", "loop over a list"
            )
        seq = self.runtime(seq, node)
        if (
            not isinstance(kind_of(seq), (List, Array))
            or isinstance(kind_of(seq), Array)
            and not kind_of(seq).ndim
        ):
            raise Refused(
                node, f"a {kind_of(seq)} cannot be looped over", "loop over a range or a list"
            )
        n = self.gate("len", seq, node=node)
        return Iteration(
            Const(0), n, Const(1), lambda index: self.load(seq, index, node), "seq", (seq,)
        )

    def map_iteration(self, node):
        function, inner = self.expr(node.args[0]), self.iteration(node.args[1])

        def element(index):
            return self.call_binding(function, [inner.element(index)], {}, node)

        form = "index" if inner.form == "range" else inner.form
        return replace(inner, element=element, form=form)

    def range_iteration(self, node):
        args = [self.operand(a) for a in node.args]
        if node.keywords or not 1 <= len(args) <= 3:
            raise Refused(node, "`range` takes one to three arguments", "")
        start = args[0] if len(args) > 1 else Const(0)
        stop = args[1] if len(args) > 1 else args[0]
        step = args[2] if len(args) > 2 else Const(1)
        return Iteration(start, stop, step, lambda index: index)

    def enumerate_iteration(self, node):
        inner = self.iteration(node.args[0])
        start = self.operand(node.args[1]) if len(node.args) > 1 else Const(0)
        if node.keywords or not _is(inner.start, 0) or not _is(inner.step, 1) or inner.reverse:
            raise Refused(
                node, "`enumerate` takes a list, and its start without a keyword", "use indices"
            )

        def pair(index):
            count = index if _is(start, 0) else self.gate("operator.add", index, start, node=node)
            return Struct(tuple, (0, 1), (count, inner.element(index)))

        form = "enumerate" if inner.form == "seq" and _is(start, 0) else "index"
        return Iteration(Const(0), inner.stop, Const(1), pair, form, inner.seqs)


def _tuple(*items):
    return Struct(tuple, tuple(range(len(items))), tuple(items))


def _is_object(binding):
    if isinstance(binding, Struct):
        return any(map(_is_object, binding.items))
    return not isinstance(binding, (Value, Const))


def _is(operand, number):
    return isinstance(operand, Const) and operand.value == number
