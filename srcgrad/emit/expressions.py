"""How each operation of the IR is written as a Python expression."""

from __future__ import annotations

import ast
import copy
import math
from dataclasses import replace

from srcgrad.errors import InternalError
from srcgrad.ir import Const, Gate, Slice, Tup, Value
from srcgrad.kinds import (
    NUMBER,
    UNKNOWN,
    Array,
    List,
    Record,
    Scalar,
    is_namedtuple,
    is_record_class,
)
from srcgrad.operands import equals, kind_of

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
_NEGATED = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
_DTYPES = {"f8": "np.float64", "f4": "np.float32", "i8": "np.int64", "b1": "np.bool_"}
_DTYPES |= {"c16": "np.complex128", "c8": "np.complex64"}


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


class Expressions:
    """Methods of the writer that write operands."""

    # ------------------------------------------------------------ expressions

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
        return path(_DTYPES[code]) if type(code) is str and code in _DTYPES else written

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

    def expr_getitem(self, g):
        kind = _kind(g.args[0])
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

    def expr_zeros_like(self, g):
        return self.zeros(
            self.expr(g.args[0]),
            g.args[0].kind if isinstance(g.args[0], Value) else g.args[0].out.kind,
        )

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
        return self.copied(self.expr(g.args[0]), _kind(g.args[0]))

    def expr_deepcopy(self, g):
        return call("copy.deepcopy", ast.Tuple([self.expr(a) for a in g.args], ast.Load()))

    def copied(self, x, kind):
        if isinstance(kind, List) and kind.type == "tuple":
            return call("list", x)
        if isinstance(kind, List) and not isinstance(kind.elem, NUMBER):
            return self.each(x, lambda row: self.copied(row, kind.elem))
        return call(ast.Attribute(x, "copy", ast.Load()))

    def expr_scipy_linalg_lu_solve(self, g):
        """Its factors come as one argument."""
        lu, piv, *args = map(self.expr, g.args)
        kw = {k: self.expr(v) for k, v in g.kw}
        return call("linalg.lu_solve", ast.Tuple([lu, piv], ast.Load()), *args, **kw)

    def expr_numpy_copy(self, g):
        return call(ast.Attribute(self.expr(g.args[0]), "copy", ast.Load()))

    def expr_numpy_transpose(self, g):
        x, *axes = map(self.expr, g.args)
        if axes or g.kw:
            return call("np.transpose", x, *axes, **{k: self.expr(v) for k, v in g.kw})
        return ast.Attribute(x, "T", ast.Load())

    def expr_numpy_concatenate(self, g):
        """A function of a sequence: it is a list of the operands, or one that there is."""
        parts = list(map(self.expr, g.args))
        given = parts[0] if isinstance(_kind(g.args[0]), List) else ast.List(parts, ast.Load())
        path = f"np.{g.op.partition(':')[0].rpartition('.')[2]}"
        return call(path, given, **{k: self.keyword(k, v) for k, v in g.kw})

    expr_numpy_stack = expr_numpy_concatenate

    def expr_numpy_broadcast_arrays(self, g):
        whole = call("np.broadcast_arrays", *map(self.expr, g.args))
        return ast.Subscript(whole, constant(0), ast.Load())

    def expr_numpy_ndarray_mT(self, g):
        return ast.Attribute(self.expr(g.args[0]), "mT", ast.Load())

    def expr_numpy_real(self, g):
        name = g.op.partition(":")[0].rpartition(".")[2]
        return ast.Attribute(self.expr(g.args[0]), name, ast.Load())

    expr_numpy_imag = expr_numpy_real

    def expr_numpy_broadcast_to(self, g):
        """A float of Python's would make an array of doubles."""
        x, shape = *g.args, *(v for _, v in g.kw)
        single = g.out.kind.dtype == "f4" and isinstance(_kind(x), Scalar) and _kind(x).name != "f4"
        if single:
            return call("np.full", self.expr(shape), self.expr(x), dtype=path("np.float32"))
        return call("np.broadcast_to", self.expr(x), self.expr(shape))

    def expr_numpy_conjugate(self, g):
        x = self.expr(g.args[0])
        if g.form != "method":
            return call("np.conj", x)
        name = "conj" if isinstance(_kind(g.args[0]), Array) else "conjugate"
        return call(ast.Attribute(x, name, ast.Load()))

    def expr_math_prod(self, g):
        if isinstance(_kind(g.args[0]), List):
            return call("math.prod", self.expr(g.args[0]))
        return call("math.prod", ast.Tuple([self.expr(a) for a in g.args], ast.Load()))

    def expr_math_dist(self, g):
        points = [self.expr(a) for a in g.args]
        if isinstance(_kind(g.args[0]), List):
            return call("math.dist", *points)
        half = len(points) // 2
        return call(
            "math.dist", *(ast.Tuple(p, ast.Load()) for p in (points[:half], points[half:]))
        )

    def expr_math_sumprod(self, g):
        if isinstance(_kind(g.args[0]), List):
            return call("math.sumprod", *map(self.expr, g.args))
        vectors = [self.expr(a) for a in g.args]
        half = len(vectors) // 2
        return call(
            "math.sumprod", *(ast.Tuple(v, ast.Load()) for v in (vectors[:half], vectors[half:]))
        )

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

    def expr_astype(self, g):
        return call(
            ast.Attribute(self.expr(g.args[0]), "astype", ast.Load()),
            path(_DTYPES[g.args[1].value]),
        )

    def expr_fill(self, g):
        shape = ast.Attribute(self.expr(g.args[1]), "shape", ast.Load())
        if equals(g.args[0], 0):
            return call("np.zeros_like", self.expr(g.args[1]))
        return call(
            "np.full",
            shape,
            self.expr(g.args[0]),
            **({"dtype": path("np.float32")} if g.out.kind.dtype == "f4" else {}),
        )

    def expr_ifexp(self, g):
        test, a, b = map(self.expr, g.args)
        return ast.IfExp(test, a, b)

    def expr_and(self, g):
        return _bool_op(ast.And, self.expr(g.args[0]), self.expr(g.args[1]))

    def expr_or(self, g):
        return _bool_op(ast.Or, self.expr(g.args[0]), self.expr(g.args[1]))

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

    def expr_call(self, g):
        return call(load(getattr(g.form, "name", g.form)), *(self.expr(a) for a in g.args))

    expr_call_again = expr_call_forward = expr_call_backward = expr_call_tangent = expr_call


def _number_first(g):
    """`2 * (x * dy)` as `2 * x * dy`."""
    if g.op != "operator.mul" or not g.adjoint or not isinstance(g.args[0], Const):
        return g
    inner = g.args[1]
    if not isinstance(inner, Gate) or inner.op != "operator.mul" or not inner.adjoint:
        return g
    a, b = inner.args
    return replace(inner, args=(_number_first(replace(g, args=(g.args[0], a))), b))


def _is_none(tree):
    return isinstance(tree, ast.Constant) and tree.value is None


def _is_plain_call(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def _kind(operand):
    if isinstance(operand, Const):
        return kind_of(operand)
    return operand.out.kind if isinstance(operand, Gate) else operand.kind


def _bool_op(op, a, b):
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
