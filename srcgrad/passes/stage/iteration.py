"""How a `for` runs: over ranges, lists, `zip`, `enumerate` and `reversed`."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from srcgrad.ir import Const
from srcgrad.kinds import Array, List
from srcgrad.operands import equals, kind_of
from srcgrad.passes.stage.binding import Bound, Known, Map, Refused, Struct

MOST_WRITTEN_OUT = 32  # turns


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


def is_countable(it) -> bool:
    """Whether a loop goes over numbers that are known, and not too many to be written out."""
    bounds = it.start, it.stop, it.step
    if it.form != "range" or not all(isinstance(p, Const) for p in bounds):
        return False
    return len(range(*(p.value for p in bounds))) <= MOST_WRITTEN_OUT


class Iterations:
    """Methods of the stager that read the header of a loop."""

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
                return self.zip_iteration(node)
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
            if isinstance(func, Bound) and isinstance(func.owner, Map) and func.name == "items":
                return self.items_iteration(func.owner, node)
        seq = self.as_tuple(self.expr(node))
        if isinstance(seq, Map):
            seq = self.keys_of_map(seq, node)
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

    def items_iteration(self, owner, node):
        """The keys and values of a dict of unknown keys."""
        keys = self.keys_of_map(owner, node)

        def pair(index):
            key = self.load(keys, index, node)
            return Struct(tuple, (0, 1), (key, self.read_map(owner, key, node)))

        n = self.gate("len", keys, node=node)
        return Iteration(Const(0), n, Const(1), pair, "index", (keys,))

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
        start = [k.value for k in node.keywords if k.arg == "start"] or node.args[1:]
        if not node.args or len(start) > 1 or len(node.args) > 2 or len(start) < len(node.keywords):
            raise Refused(node, "`enumerate` takes a list and a start", "")
        inner = self.counted(self.iteration(node.args[0]), node)
        start = self.operand(start[0]) if start else Const(0)

        def pair(index):
            count = (
                index if equals(start, 0) else self.gate("operator.add", index, start, node=node)
            )
            return Struct(tuple, (0, 1), (count, inner.element(index)))

        form = "enumerate" if inner.form == "seq" and equals(start, 0) else "index"
        return Iteration(Const(0), inner.stop, Const(1), pair, form, inner.seqs)

    def zip_iteration(self, node):
        if not node.args or node.keywords:
            raise Refused(node, "`zip` takes lists here", "")
        if len(node.args) == 1 and isinstance(node.args[0], ast.Starred):
            return self.columns(node)
        parts = [self.counted(self.iteration(a), node) for a in node.args]
        if len(parts) == 1:
            stop = parts[0].stop
        elif len(parts) == 2:
            stops = [p.stop for p in parts]
            stop = self.gate("builtins.min:2", *stops, node=node, hint="n")
        else:
            stop = self.call_rule("builtins.min", [p.stop for p in parts], {}, node)

        def row(index):
            items = tuple(p.element(index) for p in parts)
            return Struct(tuple, tuple(range(len(parts))), items)

        form = "zip" if all(p.form == "seq" for p in parts) else "index"
        return Iteration(
            Const(0), stop, Const(1), row, form, tuple(s for p in parts for s in p.seqs)
        )

    def columns(self, node):
        """`zip(*rows)`: the columns of a list of lists."""
        rows = self.expr(node.args[0].value)
        if isinstance(rows, Struct) and rows.type is not dict:
            names = [self.temporary("row") for _ in rows.items]
            self.env.update(zip(names, rows.items))
            args = [ast.copy_location(ast.Name(n, ast.Load()), node) for n in names]
            return self.zip_iteration(ast.copy_location(ast.Call(node.func, args, []), node))
        rows = self.runtime(rows, node)
        stop = self.quoted("min([len(row) for row in rows]) if rows else 0", node, rows=rows)

        def column(index):
            return self.quoted("tuple([row[j] for row in rows])", node, rows=rows, j=index)

        return Iteration(Const(0), stop, Const(1), column, "index")

    def counted(self, it, node):
        """The same turns, counted from 0."""
        if equals(it.start, 0) and equals(it.step, 1) and not it.reverse:
            return it
        names = {"a": it.start, "b": it.stop, "s": it.step}
        if not isinstance(it.step, Const) or type(it.step.value) is not int or not it.step.value:
            raise Refused(node, "the step of a range is a constant here", "use indices")
        if equals(it.step, 1):
            text = "b" if equals(it.start, 0) else "max(b - a, 0)"
        else:
            text = (
                "max((b - a + s - 1) // s, 0)"
                if it.step.value > 0
                else "max((b - a + s + 1) // s, 0)"
            )
        n = self.quoted(text, node, **names)

        def element(index):
            text = "a + s * k"
            if it.reverse:
                text = (
                    "n - 1 - k"
                    if equals(it.start, 0) and equals(it.step, 1)
                    else "a + s * (n - 1 - k)"
                )
            place = self.quoted(text, node, **names, n=n, k=index)
            self.naturals.add(place) if self.counts_naturals(it) else None
            return it.element(place)

        return Iteration(Const(0), n, Const(1), element, "index")
