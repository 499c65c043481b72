"""Note what would raise an error of shape or bounds, so that the error outlives dead code.

    total = operator.add(x, y)              demand(x, 0, y, 0)     [lengths]
    s = numpy.sum(total)            →       total = operator.add(x, y)
                                            s = numpy.sum(total)

A gradient often needs less than the function computes: that of `np.sum(x + y)` is all ones, and
nothing in it would mind arrays that do not fit. A `demand` stands for the check that Python or
NumPy would make; none is written where the kinds prove that it holds. `passes/settle.py` takes
those away again that some statement of the finished gradient makes anyhow.

    lengths  two axes are of one length
    shapes   the arrays broadcast together
    index    there is an element at this subscript of this list or array
    defined  the path that was taken has given the variable a value
    number   and that value is not None
    unpack   a list or array has this many elements
    kept     the value itself is computed: nothing shorter makes the same check
    stored   what was stored in this memory is: it may not have had the shape
    apart    a row is not stored where it crosses itself: NumPy would read what it has written
"""

from __future__ import annotations

import ast
from dataclasses import replace

from srcgrad.build import Builder, results_key
from srcgrad.extents import known_length, may_be_one
from srcgrad.indexing import indexed, is_gathered
from srcgrad.ir import (
    Block,
    Const,
    For,
    Function,
    Gate,
    Slice,
    Tup,
    Value,
    While,
    blocks,
    map_stmt,
    uses,
    walk,
)
from srcgrad.kinds import Array, List, is_integral, is_number
from srcgrad.memory import RESIZES, Aliases
from srcgrad.operands import is_ellipsis, is_new_axis, kind_of, number_kind, one_an_axis
from srcgrad.rules.record import TABLE
from srcgrad.rules.resultkinds import BROADCASTING, TOTAL
from srcgrad.shapes import contracted, extent_at, matched
from srcgrad.windows import Windows


def demand(function: Function) -> Function:
    """Put a `demand` before (or, where it names the result, after) each gate that may not fit."""
    return replace(function, body=_Demand(function).block(function.body))


class _Demand:
    def __init__(self, function):
        self.aliases = Aliases(function.body)
        self.lengths = Lengths(function, self.aliases)
        self.windows = Windows(self.lengths.makers, self.aliases)
        self.unpacked: dict = {}  # list or array -> how many elements it turned out to have
        self.certain: dict = {}  # class of lists -> how many elements it surely has here
        self.read = uses(function.body)
        self.checked: set = set()  # calls of several results that one of these stands for

    def block(self, block, tested=None):
        outer, self.certain = self.certain, {}
        if tested is not None:
            self.certain[self.aliases.find(tested)] = 1
        out: list = []
        for s in block.stmts:
            if isinstance(s, Gate):
                if (
                    s.op == "demand"
                    and s.form == "unpack"
                    and self.lengths.length(s.args[0], 0)
                    == (
                        ("const",),
                        s.args[1].value,
                    )
                ):
                    continue
                b = Builder(loc=s.loc)
                if s.op == "setitem" and self.windows.may_cross(s):
                    out.append(Gate(None, "demand", s.args, (), s.loc, form="apart"))
                after = self.gate(s, b)
                out += [s, *b.stmts] if after else [*b.stmts, s]
            else:
                out.append(self.compound(s))
        self.certain = outer
        return Block(tuple(out), block.yields)

    def compound(self, s):
        if isinstance(s, While):
            test = self.block(s.test)
            body = self.block(s.body, _tested(s))
            new = replace(s, test=test, body=body)
        else:
            new = map_stmt(s, lambda o: o, self.block)
        for inner in blocks(s):
            for g in walk(inner):
                if isinstance(g, Gate) and g.op in ("pop", "refill"):
                    self.certain.pop(self.aliases.find(g.args[0]), None)
        return new

    def gate(self, g, b) -> bool:
        """Write what the gate demands; whether that comes after it."""
        match g.op:
            case "getitem" | "view" | "gather":
                self.subscript(g.args[0], g.args[1], b)
            case "setitem" | "augitem":
                self.subscript(g.args[0], g.args[1], b)
                return self.fits(g, b)
            case "demand" if g.form == "unpack":
                self.unpacked[g.args[0]] = g.args[1].value
            case "asked" if ast.unparse(g.form[0]).startswith("x.index"):
                b.effect("demand", g.out, form="kept")
                return True
            case "list":
                self.certain[self.aliases.find(g.out)] = len(g.args)
            case "refill":
                self.certain.pop(self.aliases.find(g.args[0]), None)
            case "append" | "insert":
                c = self.aliases.find(g.args[0])
                self.certain[c] = self.certain.get(c, 0) + 1
            case "pop":
                c = self.aliases.find(g.args[0])
                sure = self.certain[c] = self.certain.get(c, 0) - 1
                if sure < 0 or len(g.args) > 1:
                    self.certain[c] = 0
                    b.effect("demand", g.out, form="kept")
                    return True
            case "numpy.array" if _may_be_ragged(g.args[0]):
                b.effect("demand", g.out, form="kept")  # rows may be of several lengths
                return True
            case _ if g.op in TABLE and any(isinstance(kind_of(a), Array) for a in g.args):
                return self.rule(g, b)
        return False

    def rule(self, g, b):
        kind = TABLE[g.op].kind
        if kind in BROADCASTING:
            arrays = [a for a in g.args if isinstance(kind_of(a), Array) and kind_of(a).ndim]
            pairs = list(matched(arrays))
            if any(may_be_one(e) for pair in pairs for e in map(extent_at, pair)):
                b.effect("demand", *arrays, form="shapes")
            else:
                self.equal(pairs, b)
            return False
        if kind in TOTAL or self.is_checked(g):
            return False
        pairs = list(contracted(g)) if kind == "matmul" and not _is_stack(g) else None
        if pairs is not None and not any(may_be_one(extent_at(p)) for p in sum(pairs, ())):
            self.equal(pairs, b)
        elif g.out is not None:
            b.effect("demand", g.out, form="kept")
        return True

    def is_checked(self, g):
        """Whether the demand of another of the same results is made: of one that is read, if there is any."""
        key = results_key(g)
        if key is None:
            return False
        if key in self.checked or g.out not in self.read and self.others(key):
            return True
        self.checked.add(key)
        return False

    def others(self, key):
        return any(v in self.read for v in self.lengths.results.get(key, ()))

    def equal(self, pairs, b):
        for (x, i), (y, j) in pairs:
            b.effect("demand", x, Const(i), y, Const(j), form="lengths")

    def subscript(self, base, index, b):
        kind = kind_of(base)
        if not isinstance(kind, (Array, List)):
            return
        if is_gathered(index):
            b.effect("demand", base, index, form="index")
            return
        axis = 0
        for item in one_an_axis(index, kind.ndim if isinstance(kind, Array) else 1):
            if is_new_axis(item):
                continue
            counted = isinstance(item, Const) and item.value in range(self.unpacked.get(base, 0))
            if (
                not isinstance(item, Slice)
                and is_integral(number_kind(item))
                and not (counted and axis == 0)
                and not self.lengths.within(item, base, axis)
            ):
                b.effect("demand", base, index, form="index")
                return
            axis += 1

    def fits(self, g, b) -> bool:
        """Demand that what is stored has the shape of its target; whether that comes after the store."""
        base, index, value = g.args
        if not isinstance(kind_of(value), Array) or not isinstance(kind_of(base), Array):
            return False
        target = kind_of(base) if is_ellipsis(index) else indexed(kind_of(base), index)[0]
        have = kind_of(value).extents
        want = target.extents if isinstance(target, Array) else ()
        differ = [e for e in zip(have[::-1], want[::-1]) if e[0] not in (1, e[1])]
        if len(have) > len(want) or differ:
            b.effect("demand", base, form="stored")
        return True


class Lengths:
    """How long lists and axes are, and which subscripts are surely within."""

    def __init__(self, function: Function, aliases: Aliases):
        self.aliases = aliases
        self.makers: dict = {}
        self.loops: dict = {}
        self.resized: set = set()  # classes of lists that grow or shrink
        self.results: dict = {}  # what results of one call have in common -> these
        for s in walk(function.body):
            if isinstance(s, Gate) and s.out is not None:
                self.makers[s.out] = s
                if results_key(s):
                    self.results.setdefault(results_key(s), []).append(s.out)
            if isinstance(s, Gate) and s.op in RESIZES:
                self.resized.add(aliases.find(s.args[0]))
            if isinstance(s, For):
                self.loops[s.index] = s

    def within(self, index, base, axis) -> bool:
        root, offset = self.affine(index)
        loop = self.loops.get(root)
        if loop is not None and loop.form != "range":
            return base in loop.seqs and offset == 0
        length, extra = self.length(base, axis)
        if isinstance(root, tuple):  # a constant
            return root == ("const",) == length and -extra <= offset < extra
        if loop is None or not isinstance(loop.step, Const):
            return False
        low, high = self.affine(loop.start), self.affine(loop.stop)
        if loop.step.value < 0:
            low, high = (high[0], high[1] + 1), (low[0], low[1] + 1)
        return (
            low[0] == ("const",)
            and low[1] + offset >= 0
            and high[0] == length
            and high[1] + offset <= extra
        )

    def affine(self, operand):
        """An int as a root and an offset: `i - 1` is (i, -1), `3` is (("const",), 3)."""
        if isinstance(operand, Const) and isinstance(operand.value, int):
            return ("const",), int(operand.value)
        maker = self.makers.get(operand)
        if maker is None:
            return operand, 0
        if maker.op in ("operator.add", "operator.sub"):
            x, y = maker.args
            if maker.op == "operator.add" and isinstance(x, Const):
                x, y = y, x
            if isinstance(y, Const) and isinstance(y.value, int) and isinstance(x, Value):
                root, offset = self.affine(x)
                return root, offset + (y.value if maker.op == "operator.add" else -y.value)
        if maker.op == "len" or maker.op == "extent":
            axis = maker.args[1].value if maker.op == "extent" else 0
            return self.length(maker.args[0], axis)
        return operand, 0

    def length(self, base, axis):
        """The length of a list or an axis, as a root and an offset."""
        kind, maker = kind_of(base), self.makers.get(base)
        if isinstance(kind, List):
            if self.aliases.find(base) in self.resized:
                return None, 0
            if maker is not None and maker.op == "repeat":
                return self.affine(maker.args[1])
            if maker is not None and maker.op == "list":
                return ("const",), len(maker.args)
            return ("len", base), 0
        if maker is not None and maker.op in ("numpy.zeros", "numpy.ones", "numpy.full"):
            shape = maker.args[0]
            if isinstance(shape, Tup):
                shape = shape.items[axis]
            if is_integral(number_kind(shape)):
                return self.affine(shape)
        extent = kind.extents[axis]
        known = known_length(extent)
        return (("extent", extent.name), -extent.cut) if known is None else (("const",), known)


def _may_be_ragged(tree) -> bool:
    """Whether the rows that an array is made of may differ in length."""
    if not isinstance(tree, Tup):
        return isinstance(kind_of(tree), List) and isinstance(kind_of(tree).elem, List)
    rows = [i for i in tree.items if not is_number(kind_of(i))]
    lengths = {i.kind.extents for i in rows if isinstance(kind_of(i), Array)}
    return (
        any(map(_may_be_ragged, rows))
        or len(rows) > 1
        and (
            len(lengths) > 1
            or not all(isinstance(i, Tup) or isinstance(kind_of(i), Array) for i in rows)
        )
    )


def _is_stack(product):
    """Whether a product is one of stacks of matrices, which broadcast as well."""
    return any(getattr(kind_of(a), "ndim", 0) > 2 for a in product.args)


def _tested(loop):
    """The list that a `while` found not to be empty."""
    test = loop.test.yields[0]
    for g in loop.test.stmts:
        if isinstance(g, Gate) and g.out is test and g.op == "nonempty":
            return g.args[0]
    return None
