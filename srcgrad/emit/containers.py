"""How lists, tuples and dicts are written: what is made of them, and of each of their elements.

listadd(xs, ys)                         [_a + _b for _a, _b in zip(xs, ys)]
zeros_like(xs)                          [0.0] * len(xs)
build(a, b)                             (a, b), [a, b] or {"x": a, "y": b}
"""

from __future__ import annotations

import ast

from srcgrad.emit.syntax import call, constant, load
from srcgrad.kinds import NUMBER, UNKNOWN, Array, List, is_namedtuple, is_record_class
from srcgrad.operands import kind_of


class Containers:
    """Methods of the writer for containers, and for what has the structure of one."""

    def expr_list_slice(self, g):
        form, (x, *bounds) = g.op.partition(":")[2], map(self.expr, g.args)
        parts = {
            "head": (1,),
            "tail": (0,),
            "part": (0, 1),
            "stepped": (0, 1, 2),
            "reversed": (),
            "whole": (),
        }[form]
        at = {k: b for k, b in zip(parts, bounds) if not _is_none(b)}
        step = constant(-1) if form == "reversed" else at.get(2)
        return ast.Subscript(x, ast.Slice(at.get(0), at.get(1), step), ast.Load())

    def expr_list_tuple(self, g):
        return call("tuple", self.expr(g.args[0]))

    def expr_list_repeat(self, g):
        return ast.BinOp(self.expr(g.args[0]), ast.Mult(), self.expr(g.args[1]))

    def expr_list_add(self, g):
        return ast.BinOp(self.expr(g.args[0]), ast.Add(), self.expr(g.args[1]))

    def expr_repeat(self, g):
        return ast.BinOp(
            ast.List([self.expr(g.args[0])], ast.Load()), ast.Mult(), self.expr(g.args[1])
        )

    def expr_list(self, g):
        return ast.List([self.expr(a) for a in g.args], ast.Load())

    def expr_listadd(self, g):
        x, y = map(self.expr, g.args)
        return self.added(x, y, g.out.kind.elem)

    def added(self, x, y, elem):
        """The sums of the elements of two lists."""
        pairs = ast.Tuple([ast.Name("_a", ast.Store()), ast.Name("_b", ast.Store())], ast.Store())
        both = ast.comprehension(pairs, call("zip", x, y), [], 0)
        one, two = load("_a"), load("_b")
        if isinstance(elem, List):
            return ast.ListComp(self.added(one, two, elem.elem), [both])
        return ast.ListComp(ast.BinOp(one, ast.Add(), two), [both])

    def expr_zeros_like(self, g):
        return self.zeros(self.expr(g.args[0]), kind_of(g.args[0]))

    expr_shadow = expr_zeros_like

    def zeros(self, x, kind):
        if isinstance(kind, Array):
            return call("np.zeros_like", x)
        if isinstance(kind.elem, NUMBER) or kind.elem is UNKNOWN:
            return ast.BinOp(ast.List([ast.Constant(0.0)], ast.Load()), ast.Mult(), call("len", x))
        return self.each(x, lambda row: self.zeros(row, kind.elem))

    def each(self, x, element):
        """A list of what `element` makes of each element of `x`."""
        generator = ast.comprehension(ast.Name("_row", ast.Store()), x, [], 0)
        return ast.ListComp(element(load("_row")), [generator])

    def expr_copy(self, g):
        return self.copied(self.expr(g.args[0]), kind_of(g.args[0]))

    def expr_deepcopy(self, g):
        return call("copy.deepcopy", ast.Tuple([self.expr(a) for a in g.args], ast.Load()))

    def copied(self, x, kind):
        if isinstance(kind, List) and kind.type == "tuple":
            return call("list", x)
        if isinstance(kind, List) and not isinstance(kind.elem, NUMBER):
            return self.each(x, lambda row: self.copied(row, kind.elem))
        return call(ast.Attribute(x, "copy", ast.Load()))

    def expr_build(self, g):
        kind, keys = g.form
        items = [self.expr(a) for a in g.args]
        if is_namedtuple(kind):
            return call(items[0], *items[1:])
        if is_record_class(kind):
            return call(items[0], **dict(zip(keys, items[1:])))
        if kind is dict:
            return ast.Dict([ast.Constant(k) for k in keys], items)
        return ast.List(items, ast.Load()) if kind is list else ast.Tuple(items, ast.Load())

    def expr_tuple_of(self, g):
        return self.with_tuples(self.expr(g.args[0]), g.form)

    def with_tuples(self, x, kind):
        """Lists of lists, with tuples in the places where the kind has them."""
        inner = kind.elem
        while isinstance(inner, List) and inner.type != "tuple":
            inner = inner.elem
        if isinstance(inner, List):
            x = self.each(x, lambda row: self.with_tuples(row, kind.elem))
        return call("tuple", x) if kind.type == "tuple" else x


def _is_none(tree):
    return isinstance(tree, ast.Constant) and tree.value is None
