"""Stage what `functools` and `operator` give, as the Python that it stands for.

functools.reduce(f, xs, y)      →       for x in xs:
                                            y = f(y, x)

operator.mul(x, y)              →       x * y
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

from srcgrad.passes.stage.binding import Known, Refused, Struct
from srcgrad.passes.stage.definitions import Definition

_WITH_START = """
def reduce(f, xs, total):
    for x in xs:
        total = f(total, x)
    return total
"""
_WITHOUT_START = """
def reduce(f, xs):
    total = xs[0]
    for k in range(1, len(xs)):
        total = f(total, xs[k])
    return total
"""
_TEXTS = {
    operator.add: "x + y",
    operator.sub: "x - y",
    operator.mul: "x * y",
    operator.truediv: "x / y",
    operator.floordiv: "x // y",
    operator.mod: "x % y",
    operator.pow: "x ** y",
    operator.matmul: "x @ y",
    operator.getitem: "x[y]",
    operator.neg: "-x",
    operator.pos: "+x",
    operator.abs: "abs(x)",
    operator.not_: "not x",
    operator.lt: "x < y",
    operator.le: "x <= y",
    operator.gt: "x > y",
    operator.ge: "x >= y",
    operator.eq: "x == y",
    operator.ne: "x != y",
    operator.contains: "y in x",
    operator.is_: "x is y",
    operator.is_not: "x is not y",
}


def written_out(function) -> str | None:
    """A function of `operator` as an expression of its arguments `x` and `y`."""
    try:
        return _TEXTS.get(function)
    except TypeError:  # an object that cannot be hashed
        return None


class Functional:
    """Methods of the stager that write out functions of functions."""

    source: object
    function: object
    arguments: Callable
    call_binding: Callable
    drawn: Callable
    expr: Callable
    inline: Callable
    quoted: Callable
    quiet: Callable
    alike: Callable
    memo: object
    context: object

    def call_operator(self, function, node):
        """`operator.mul(x, y)` as `x * y`."""
        args, kw = self.arguments(node)
        text = _TEXTS[function]
        wanted = 2 if "y" in text else 1
        if len(args) != wanted or kw:
            what = f"`{ast.unparse(node.func)}` takes {wanted} argument(s)"
            raise Refused(node, what, "")
        return self.quoted(text, node, **dict(zip("xy", args)))

    def call_reduce(self, node):
        """`functools.reduce(f, xs)`, with or without a start."""
        if node.keywords or not 2 <= len(node.args) <= 3:
            raise Refused(node, "`reduce` takes a function, a list, and a start", "")
        args = [self.expr(self.collected(a)) for a in node.args]
        function, items, *start = args
        if isinstance(items, Struct) and items.type in (list, tuple) and not self.alike(items):
            return self.reduced(function, [*start, *items.items], node)
        return self.run_text(_WITH_START if start else _WITHOUT_START, args, node)

    def collected(self, node):
        """What is computed element by element as the list of all: `map(f, xs)`, a generator."""
        drawn = self.drawn(node)
        if not isinstance(drawn, ast.GeneratorExp):
            return node
        return ast.copy_location(ast.ListComp(drawn.elt, drawn.generators), node)

    def reduced(self, function, items, node):
        """One call after the other, where what is reduced is not alike."""
        if not items:
            raise Refused(node, "`reduce` of nothing needs a start", "")
        total = items[0]
        for item in items[1:]:
            total = self.call_binding(function, [total, item], {}, node)
        return total

    def run_text(self, text, args, node):
        """Call a function of a text of ours."""
        tree = ast.parse(text).body[0]
        for part in ast.walk(tree):
            if isinstance(part, (ast.expr, ast.stmt, ast.arg)):
                ast.copy_location(part, node)
        env = dict(zip((a.arg for a in tree.args.args), args))
        env |= {"range": Known(range, "range"), "len": Known(len, "len")}
        what = Definition(
            tree.name,
            tree,
            tree,
            self.source,
            self.context.nested(self.source, tree),
            self.function,
        )
        return self.inline(what, env, node)
