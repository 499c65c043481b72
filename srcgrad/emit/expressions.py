"""How each operation of the IR is written as a Python expression.

operator.mul(x, 2)                      x * 2
math.exp(x)                             math.exp(x)
numpy.sum(x, axis=0)                    np.sum(x, axis=0)
extent(x, 1)                            x.shape[1]
"""

from __future__ import annotations

import ast
import copy
import math
from dataclasses import replace

from srcgrad.emit.syntax import (
    DTYPES,
    bool_op,
    call,
    constant,
    load,
    negation,
    path,
    since,
    variable,
)
from srcgrad.errors import InternalError
from srcgrad.ir import Const, Gate, Slice, Tup, Value
from srcgrad.kinds import (
    Record,
    is_record_class,
)
from srcgrad.operands import kind_of
from srcgrad.rules.record import TOGETHER

BINARY = {
    "add": ast.Add, "sub": ast.Sub, "mul": ast.Mult, "truediv": ast.Div, "pow": ast.Pow, "floordiv": ast.FloorDiv,
    "mod": ast.Mod, "matmul": ast.MatMult, "and_": ast.BitAnd, "or_": ast.BitOr, "xor": ast.BitXor, "lshift": ast.LShift,
    "rshift": ast.RShift,
}  # fmt: skip
_COMPARE = {
    "lt": ast.Lt, "le": ast.LtE, "gt": ast.Gt, "ge": ast.GtE, "eq": ast.Eq, "ne": ast.NotEq, "is_": ast.Is,
    "is_not": ast.IsNot, "contains": ast.In,
}  # fmt: skip
_UNARY = {"neg": ast.USub, "pos": ast.UAdd, "not_": ast.Not, "invert": ast.Invert}
AUGMENTED = ("add", "sub", "mul", "truediv")


class Expressions:
    """Methods of the writer that write operands."""

    def expr(self, o):
        match o:
            case Value():
                return variable(self.names(o), o)
            case Const():
                return constant(o.value)
            case Gate():
                return since(self.expr_gate(o), o)
            case Tup():
                return ast.Tuple([self.expr(i) for i in o.items], ast.Load())
            case Slice():
                return ast.Slice(*(p and self.expr(p) for p in (o.lo, o.hi, o.step)))
        raise InternalError(f"cannot write the operand {o!r}")

    def element(self, base, index, ctx):
        return ast.Subscript(self.expr(base), self.expr(index), ctx)

    def expr_gate(self, g):
        writer = getattr(self, "expr_" + g.op.replace(".", "_").partition(":")[0], None)
        if writer is not None:
            return writer(g)
        g = _number_first(g)
        module, _, name = g.op.partition(":")[0].partition(".")
        args = [self.expr(a) for a in g.args]
        if g.op in TOGETHER:
            first, after = TOGETHER[g.op]
            args[first:after] = [ast.Tuple(args[first:after], ast.Load())]
        if module == "operator":
            return self.operator(name, args)
        kw = {k: self.keyword(k, v) for k, v in g.kw}
        if module == "builtins" or module == "support":
            return call(load(name), *args, **kw)
        if name.endswith("]") and module in ("math", "numpy", "scipy"):
            name, _, part = name.rstrip("]").partition("[")
            whole = self.expr_gate(replace(g, op=f"{module}.{name}"))
            if part.isdecimal():
                return ast.Subscript(whole, constant(int(part)), ast.Load())
            return ast.Attribute(whole, part, ast.Load())
        if module == "math":
            return call(f"math.{name}", *args, **kw)
        if module == "scipy":
            return call(name, *args, **kw)
        if module == "user":
            return call(g.form, *args, **kw)
        if module == "numpy":
            if name.startswith("ndarray."):
                method = ast.Attribute(args[0], name.removeprefix("ndarray."), ast.Load())
                return call(method, *map(self.dtype, g.args[1:], args[1:]), **kw)
            if g.form == "method" and name != "broadcast_to":
                return call(ast.Attribute(args[0], name, ast.Load()), *args[1:], **kw)
            if name in ("zeros", "ones") and len(args) > 1:
                args[1] = self.keyword("dtype", g.args[1])
            if name == "linalg.norm" and len(args) > 1:
                args[1] = self.keyword("ord", g.args[1])
            return call(f"np.{name}", *args, **kw)
        raise InternalError(f"cannot write the operation {g.op}")

    def keyword(self, name, operand):
        if isinstance(operand, Const) and operand.value in (math.inf, -math.inf):
            return path("np.inf" if operand.value > 0 else "-np.inf")
        written = self.expr(operand)
        return self.dtype(operand, written) if name == "dtype" else written

    def dtype(self, operand, written):
        """How a dtype is written; any other operand as it is."""
        code = operand.value if isinstance(operand, Const) else None
        return path(DTYPES[code]) if type(code) is str and code in DTYPES else written

    def operator(self, name, args):
        if name in BINARY:
            return ast.BinOp(args[0], BINARY[name](), args[1])
        if name in _COMPARE:
            return ast.Compare(args[0], [_COMPARE[name]()], [args[1]])
        if name == "not_":
            return negation(args[0])
        return ast.UnaryOp(_UNARY[name](), args[0])

    def template(self, g):
        """What the user wrote, with the operands in their places."""
        tree, names = g.form
        tree = copy.deepcopy(tree)
        operands = dict(zip(names, g.args))
        lower = self

        class Fill(ast.NodeTransformer):
            def visit_Name(self, node):
                return lower.expr(operands[node.id]) if node.id in operands else node

        return Fill().visit(tree)

    def expr_opaque(self, g):
        return self.template(g)

    expr_asked = expr_opaque

    def expr_formula(self, g):
        """A rule's comprehension; its own variables step aside for what the operands read."""
        filled = self.template(g)
        tree, names = g.form
        own = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - {*names, "math", "np"}
        own -= {n.func.id for n in ast.walk(tree) if _is_plain_call(n)}
        taken = {
            n.id for a in g.args for n in ast.walk(self.expr(a)) if isinstance(n, ast.Name)
        } & own
        if taken:
            tree = copy.deepcopy(tree)
            for n in ast.walk(tree):
                if isinstance(n, ast.Name) and n.id in taken:
                    n.id = f"_{n.id}"
            filled = self.template(replace(g, form=(tree, names)))
        return filled

    def expr_idiom_sigmoid(self, g):
        return self.expr(g.args[1])

    expr_idiom_softplus = expr_idiom_sigmoid

    def expr_implicit_root(self, g):
        return self.expr(g.args[0])

    expr_implicit_fixed_point = expr_implicit_root

    def expr_getitem(self, g):
        kind = kind_of(g.args[0])
        if isinstance(kind, Record) and is_record_class(kind.type):
            return ast.Attribute(self.expr(g.args[0]), g.args[1].value, ast.Load())
        return self.element(g.args[0], g.args[1], ast.Load())

    expr_view = expr_gather = expr_getitem

    def expr_part(self, g):
        return ast.Subscript(self.expr(g.args[0]), self.expr(g.args[1]), ast.Load())

    def expr_len(self, g):
        return call("len", self.expr(g.args[0]))

    def expr_size(self, g):
        return ast.Attribute(self.expr(g.args[0]), "size", ast.Load())

    def expr_shape(self, g):
        return ast.Attribute(self.expr(g.args[0]), "shape", ast.Load())

    def expr_extent(self, g):
        x, axis = g.args
        if axis.value == 0:
            return call("len", self.expr(x))
        return ast.Subscript(
            ast.Attribute(self.expr(x), "shape", ast.Load()), self.expr(axis), ast.Load()
        )

    def expr_nonempty(self, g):
        return self.expr(g.args[0])

    def expr_stop_gradient(self, g):
        return call(load("stop_gradient"), self.expr(g.args[0]))

    def expr_ifexp(self, g):
        test, a, b = map(self.expr, g.args)
        return ast.IfExp(test, a, b)

    def expr_and(self, g):
        return bool_op(ast.And, self.expr(g.args[0]), self.expr(g.args[1]))

    def expr_or(self, g):
        return bool_op(ast.Or, self.expr(g.args[0]), self.expr(g.args[1]))

    def expr_global(self, g):
        return path(g.args[0].value)

    def expr_getattr(self, g):
        owner, way = self.expr(g.args[0]), path(f"_.{g.args[1].value}")

        class Fill(ast.NodeTransformer):
            def visit_Name(self, node):
                return owner if node.id == "_" else node

        return Fill().visit(way)

    def expr_pop(self, g):
        base, *index = map(self.expr, g.args)
        return call(ast.Attribute(base, "pop", ast.Load()), *index)

    expr_pop_tape = expr_pop

    def expr_call(self, g):
        return call(load(getattr(g.form, "name", g.form)), *(self.expr(a) for a in g.args))

    expr_call_again = expr_call_forward = expr_call_backward = expr_call_tangent = expr_call


def _number_first(g):
    """`2 * (x * dy)` as `2 * x * dy`, if that does not widen a float32: a number times ints may."""
    if g.op != "operator.mul" or not g.adjoint or not isinstance(g.args[0], Const):
        return g
    inner = g.args[1]
    if not isinstance(inner, Gate) or inner.op != "operator.mul" or not inner.adjoint:
        return g
    a, b = inner.args
    if getattr(kind_of(a), "dtype", None) in ("b1", "i8") and inner.out.kind.dtype in ("f4", "c8"):
        return g
    return replace(inner, args=(_number_first(replace(g, args=(g.args[0], a))), b))


def _is_plain_call(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
