"""Python's syntax in the forms that generated text has.

call("math.exp", load("x"))             math.exp(x)
constant(-2.0)                          -2.0, as a minus before 2.0
negation(x == y)                        x != y
"""

from __future__ import annotations

import ast
import math

_NEGATED = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
DTYPES = {"f8": "np.float64", "f4": "np.float32", "i8": "np.int64", "b1": "np.bool_"}
DTYPES |= {"c16": "np.complex128", "c8": "np.complex64"}


def parameters(names) -> ast.arguments:
    return ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, [])


def load(name):
    return ast.Name(name, ast.Load())


def variable(name, value):
    """The name of a value; it remembers the variable of the user that the value is."""
    node = load(name)
    if value.named and not value.ours:
        node.variable = value.hint
    return node


def since(node, made_from):
    """The node, with the place that what it is made from has in the source, unless it has one.

    `origin` is that place and whether the node belongs to a derivative: `emit.origins` reads it.
    """
    if made_from.loc is not None and not hasattr(node, "origin"):
        node.origin = made_from.loc, getattr(made_from, "adjoint", False)
    return node


def path(text):
    return ast.parse(text, mode="eval").body


def call(func, *args, **kw):
    func = path(func) if isinstance(func, str) else func
    return ast.Call(func, list(args), [ast.keyword(k, v) for k, v in kw.items()])


def constant(value):
    """A literal in canonical form: a negative number is a minus before a positive one."""
    if isinstance(value, complex):
        return _complex(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ast.Constant(value)
    if isinstance(value, float) and (math.isinf(value) or math.isnan(value)):
        return (
            path("math.nan")
            if math.isnan(value)
            else path("math.inf" if value > 0 else "-math.inf")
        )
    if value < 0 or isinstance(value, float) and math.copysign(1.0, value) < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def _complex(value):
    """`2j`, `-2j`, or `complex(1.0, 2.0)` where there are both parts."""
    imaginary = ast.Constant(complex(0.0, abs(value.imag)))
    if value.real == 0:
        return ast.UnaryOp(ast.USub(), imaginary) if value.imag < 0 else imaginary
    return call("complex", constant(value.real), constant(value.imag))


def bool_op(op, a, b):
    values = [*(a.values if isinstance(a, ast.BoolOp) and isinstance(a.op, op) else [a])]
    values += b.values if isinstance(b, ast.BoolOp) and isinstance(b.op, op) else [b]
    return ast.BoolOp(op(), values)


def negation(test):
    """`not test`, as a comparison turned round where that is safe (not for < and >, because of nan)."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Eq, ast.NotEq)):
        return ast.Compare(test.left, [_NEGATED[type(test.ops[0])]()], test.comparators)
    return ast.UnaryOp(ast.Not(), test)
