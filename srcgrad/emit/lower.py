"""From gates to a Python function's tree.

    y_3: float = operator.add(operator.mul(y_2, x), c)      →      y = y * x + c

Every operation of the IR is written in one place, below: operators, functions and methods of the
libraries, subscripts, stores. A statement carries the comment that the text is to have.
"""

from __future__ import annotations

import ast
import builtins
import math
from dataclasses import replace

from srcgrad.errors import InternalError
from srcgrad.ir import (
    UNDEFINED,
    Block,
    Const,
    For,
    Function,
    Gate,
    If,
    Return,
    Slice,
    Tup,
    Value,
    While,
    defs,
    frees,
    values_in,
    walk,
)
from srcgrad.kinds import Array, List, Scalar

_BINARY = {
    "add": ast.Add, "sub": ast.Sub, "mul": ast.Mult, "truediv": ast.Div, "pow": ast.Pow, "floordiv": ast.FloorDiv,
    "mod": ast.Mod, "matmul": ast.MatMult, "and_": ast.BitAnd, "or_": ast.BitOr, "xor": ast.BitXor, "lshift": ast.LShift,
    "rshift": ast.RShift,
}  # fmt: skip
_COMPARE = {
    "lt": ast.Lt, "le": ast.LtE, "gt": ast.Gt, "ge": ast.GtE, "eq": ast.Eq, "ne": ast.NotEq, "is_": ast.Is,
    "is_not": ast.IsNot, "contains": ast.In,
}  # fmt: skip
_UNARY = {"neg": ast.USub, "pos": ast.UAdd, "not_": ast.Not, "invert": ast.Invert}
_AUGMENTED = ("add", "sub", "mul", "truediv")
_NEGATED = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
_DTYPES = {"f8": "np.float64", "f4": "np.float32", "i8": "np.int64", "b1": "np.bool_"}


def lower(function: Function, names, signature: ast.arguments, comments=True) -> ast.FunctionDef:
    """The function's tree. `signature` is how its parameters are written."""
    return Lower(names, comments).function(function, signature)


def parameters(names) -> ast.arguments:
    return ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, [])


def load(name):
    return ast.Name(name, ast.Load())


def path(text):
    return ast.parse(text, mode="eval").body


def call(func, *args, **kw):
    func = path(func) if isinstance(func, str) else func
    return ast.Call(func, list(args), [ast.keyword(k, v) for k, v in kw.items()])


def constant(value):
    """A literal in canonical form: a negative number is a minus before a positive one."""
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


class Lower:
    def __init__(self, names, comments=True):
        self.names, self.comments = names, comments

    # ------------------------------------------------------------ function and blocks

    def function(self, function, signature):
        self.note_reads(function.body)
        body = self.top(function.body)
        return ast.FunctionDef(function.name, signature, body or [ast.Pass()], [], None)

    def top(self, block):
        """A function's body, with the comments where its passes begin."""
        out: list = []
        turned = None
        for k, s in enumerate(block.stmts):
            if isinstance(s, Gate) and s.op == "turn":
                if s.form == "pullback":
                    return out + self.pullback(s, Block(block.stmts[k + 1 :]))
                turned = len(out)
            else:
                out += self.stmt(s)
        if (
            self.comments
            and turned is not None
            and turned < len(out) - (1 if self.trivial(out[turned:]) else 0)
        ):
            if turned:
                out[0].comment = "forward pass"
                out[turned].comment = "backward pass"
        return out

    def trivial(self, stmts):
        return len(stmts) == 1 and isinstance(stmts[0], ast.Return)

    def pullback(self, turn, block):
        """The backward pass as a function of the result's cotangent."""
        seed, value = turn.args
        inner = [s for t in block.stmts for s in self.stmt(t)]
        title = "pullback"
        while title in self.names.of.values() or title in self.names.reserved:
            title += "_"
        definition = ast.FunctionDef(title, parameters([self.names(seed)]), inner, [], None)
        if self.comments:
            definition.comment = "backward pass"
        return [definition, ast.Return(ast.Tuple([self.expr(value), load(title)], ast.Load()))]

    def pair(self, function, name, tapes, captured):
        """A helper's forward and backward functions, with a tuple of what is `captured` between them."""
        self.note_reads(function.body)
        turn = next(k for k, s in enumerate(function.body.stmts) if isinstance(s, Gate) and s.op == "turn")
        seed, value = function.body.stmts[turn].args
        before, after = function.body.stmts[:turn], function.body.stmts[turn + 1 :]
        own = load(self.names(tapes[0]))
        saved = ast.Tuple([load(self.names(v)) for v in captured], ast.Load())
        push = ast.Expr(call(ast.Attribute(own, "append", ast.Load()), saved))
        # what only some paths compute is on the tape for all of them
        sure = {self.names(v) for s in before for v in defs(s)} | {self.names(v) for v in function.params}
        missing = dict.fromkeys(self.names(v) for v in captured if self.names(v) not in sure)
        ahead: list = [ast.Assign([ast.Name(n, ast.Store())], ast.Constant(None)) for n in missing]
        ahead += [s for t in before for s in self.stmt(t)]
        ahead += [push, ast.Return(self.expr(value))]
        pop = call(ast.Attribute(own, "pop", ast.Load()))
        if captured:
            held = ast.Tuple([ast.Name(self.names(v), ast.Store()) for v in captured], ast.Store())
            back: list = [ast.Assign([held], pop)]
        else:
            back = [ast.Expr(pop)]
        back += [s for t in after for s in self.stmt(t)]
        names = [self.names(t) for t in tapes]
        params = [self.names(v) for v in function.params]
        return [
            ast.FunctionDef(f"{name}_forward", parameters(params), ahead, [], None),
            ast.FunctionDef(f"{name}_backward", parameters([self.names(seed), *names]), back, [], None),
        ]

    def block(self, block, copies=()):
        out = [s for t in block.stmts for s in self.stmt(t)]
        return out + self.copy(copies)

    def copy(self, pairs):
        """Assign values to names at once, where the name does not hold the value already."""
        todo = [
            (v, y)
            for v, y in pairs
            if y is not UNDEFINED and not (isinstance(y, Value) and self.names(v) == self.names(y))
        ]
        if not todo:
            return []
        out: list = []
        while todo:
            free = next((p for p in todo if not self.is_read(p[0], [q for q in todo if q is not p])), None)
            if free is None:  # a cycle, as in a swap
                targets = [ast.Name(self.names(v), ast.Store()) for v, _ in todo]
                values = [self.expr(y) for _, y in todo]
                out.append(ast.Assign([ast.Tuple(targets, ast.Store())], ast.Tuple(values, ast.Load())))
                break
            out.append(self.assign(self.names(free[0]), free[1]))
            todo.remove(free)
        return out

    def is_read(self, v, pairs):
        """Whether one of these copies reads the name that `v` would overwrite."""
        return any(self.names(x) == self.names(v) for _, y in pairs for x in values_in(y))

    def assign(self, name, operand):
        return self.augmented(name, operand) or ast.Assign(
            [ast.Name(name, ast.Store())], self.expr(operand)
        )

    def augmented(self, name, operand):
        """`y = y * x` as `y *= x`, for scalars."""
        if (
            not isinstance(operand, Gate)
            or not operand.op.startswith("operator.")
            or len(operand.args) != 2
        ):
            return None
        op = operand.op.rpartition(".")[2].partition(":")[0]
        if op not in _AUGMENTED or not isinstance(operand.out.kind, Scalar):
            return None
        left, right = operand.args
        if self.is_name(left, name):
            return ast.AugAssign(ast.Name(name, ast.Store()), _BINARY[op](), self.expr(right))
        if self.is_name(right, name) and op in ("add", "mul") and operand.adjoint:
            return ast.AugAssign(ast.Name(name, ast.Store()), _BINARY[op](), self.expr(left))
        return None

    def is_name(self, operand, name):
        return isinstance(operand, Value) and self.names(operand) == name

    # ------------------------------------------------------------ statements

    def stmt(self, s) -> list:
        match s:
            case Gate():
                return self.gate(s)
            case If():
                return self.branch(s)
            case For():
                return self.for_loop(s)
            case While():
                return self.while_loop(s)
            case Return():
                return [ast.Return(self.result(s))]
        raise InternalError(f"cannot write {s!r}")

    def result(self, s):
        values = [self.expr(v) for v in s.values]
        return values[0] if len(values) == 1 and s.shape is None else ast.Tuple(values, ast.Load())

    def gate(self, g):
        writer = getattr(self, "write_" + g.op, None)
        if writer is not None:
            return writer(g)
        if g.out is None:
            return [ast.Expr(self.expr_gate(g))]
        if g.op == "opaque" and g.out not in self.names.of:
            return [ast.Expr(self.expr_gate(g))]
        return [self.assign(self.names(g.out), g)]

    def write_opaque(self, g):
        expression = self.expr_gate(g)
        if g.out is None or not self.read(g.out):
            return [ast.Expr(expression)]
        return [ast.Assign([ast.Name(self.names(g.out), ast.Store())], expression)]

    def read(self, v):
        return v in self.reads

    reads: set = set()

    def note_reads(self, block):
        """Which values are read anywhere: an opaque call's result is kept only then."""
        self.reads = {v for s in walk(block) for v in frees(s)}

    def write_turn(self, g):
        return []

    def write_raise(self, g):
        return [self.template(g)]

    write_assert = write_raise

    def write_tape(self, g):
        return [ast.Assign([ast.Name(self.names(g.out), ast.Store())], ast.List([], ast.Load()))]

    def write_push(self, g):
        return [
            ast.Expr(
                call(
                    ast.Attribute(self.expr(g.args[0]), "append", ast.Load()), self.expr(g.args[1])
                )
            )
        ]

    write_append = write_push

    def write_setitem(self, g):
        base, index, value = g.args
        return [ast.Assign([self.element(base, index, ast.Store())], self.expr(value))]

    def write_augitem(self, g):
        base, index, value = g.args
        return [self.changed(base, index, dict(g.kw)["op"].value.rpartition(".")[2], value)]

    def write_accum(self, g):
        return [self.changed(*g.args[:2], "add", g.args[2])]

    def changed(self, base, index, op, value):
        negative = self.negated(value) if op in ("add", "sub") else None
        if negative is not None:
            op, value = {"add": "sub", "sub": "add"}[op], negative
        whole = isinstance(index, Const) and index.value is ...
        if whole and isinstance(base, Gate):
            target = self.expr(base)
            if not isinstance(target, ast.Subscript):
                target = ast.Subscript(target, ast.Constant(...), ast.Store())
            target.ctx = ast.Store()
        elif whole:
            target = ast.Name(self.names(base), ast.Store())
        else:
            target = self.element(base, index, ast.Store())
        return ast.AugAssign(target, _BINARY[op](), self.expr(value))

    def negated(self, value):
        """What a value is the negative of, where that is plain to see."""
        if not isinstance(value, Gate):
            return None
        if value.op == "operator.neg":
            return value.args[0]
        first = value.args[0] if value.args else None
        if (
            value.op == "operator.mul"
            and isinstance(first, Const)
            and type(first.value) in (int, float)
            and first.value < 0
        ):
            return replace(value, args=(Const(-first.value), value.args[1]))
        return None

    def branch(self, s):
        then = self.block(s.then, zip(s.outs, s.then.yields))
        orelse = self.block(s.orelse, zip(s.outs, s.orelse.yields))
        if not then and not orelse:
            return []
        test = self.expr(s.test)
        if not then:
            return [ast.If(_negation(test), orelse, [])]
        return [ast.If(test, then, orelse)]

    def loop_body(self, s):
        flag = 1 if s.breaks else 0
        body = self.block(s.body, zip(s.carried, s.body.yields[flag:]))
        if s.breaks:
            stop = s.body.yields[0]
            if not (isinstance(stop, Const) and not stop.value):
                body.append(ast.If(self.expr(stop), [ast.Break()], []))
        return body or [ast.Pass()]

    def for_loop(self, s):
        before = self.copy(zip(s.carried, s.inits))
        body = self.loop_body(s)
        used = s.index in frees(s.body)
        index = ast.Name(self.names(s.index) if used else self.unused(), ast.Store())
        targets = [ast.Name(self.names(t), ast.Store()) for t in s.targets]
        if not s.targets:
            return [*before, ast.For(index, self.span(s), body, [])]
        target = targets[0] if len(targets) == 1 else ast.Tuple(targets, ast.Store())
        seqs = [self.expr(q) for q in s.seqs]
        iterable = seqs[0] if len(seqs) == 1 else call("zip", *seqs)
        if s.reverse:
            iterable = call("reversed", iterable)
        if used:
            target, iterable = ast.Tuple([index, target], ast.Store()), call("enumerate", iterable)
        return [*before, ast.For(target, iterable, body, [])]

    def unused(self):
        """A name for an index that nobody reads."""
        out = "_"
        read = {self.names(v) for v in self.reads if v in self.names.of}
        while out in read or out in self.names.reserved:
            out += "_"
        return out

    def span(self, s):
        start, step = s.start, s.step
        args = [self.expr(s.stop)]
        if not _is(step, 1):
            args = [self.expr(start), *args, self.expr(step)]
        elif not _is(start, 0):
            args = [self.expr(start), *args]
        span = call("range", *args)
        used = s.index in frees(s.body)
        return call("reversed", span) if s.reverse and used else span

    def while_loop(self, s):
        before = self.copy(zip(s.carried, s.inits))
        body = self.loop_body(s)
        test = self.expr(s.test.yields[0])
        if not s.test.stmts:
            return [*before, ast.While(test, body, [])]
        head = [*self.block(s.test), ast.If(_negation(test), [ast.Break()], [])]
        return [*before, ast.While(ast.Constant(True), head + body, [])]

    # ------------------------------------------------------------ expressions

    def expr(self, o):
        match o:
            case Value():
                return load(self.names(o))
            case Const():
                return constant(o.value)
            case Gate():
                return self.expr_gate(o)
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
        if module == "math":
            return call(f"math.{name}", *args, **kw)
        if module == "user":
            return call(g.form, *args, **kw)
        if module == "numpy":
            if g.form == "method" and name != "broadcast_to":
                return call(ast.Attribute(args[0], name, ast.Load()), *args[1:], **kw)
            if name in ("zeros", "ones") and len(args) > 1:
                args[1] = self.keyword("dtype", g.args[1])
            return call(f"np.{name}", *args, **kw)
        raise InternalError(f"cannot write the operation {g.op}")

    def keyword(self, name, operand):
        if name == "dtype" and isinstance(operand, Const) and operand.value in _DTYPES:
            return path(_DTYPES[operand.value])
        return self.expr(operand)

    def operator(self, name, args):
        if name in _BINARY:
            return ast.BinOp(args[0], _BINARY[name](), args[1])
        if name in _COMPARE:
            return ast.Compare(args[0], [_COMPARE[name]()], [args[1]])
        if name == "not_":
            return _negation(args[0])
        return ast.UnaryOp(_UNARY[name](), args[0])

    def template(self, g):
        """What the user wrote, with the operands in their places."""
        import copy

        tree, names = g.form
        tree = copy.deepcopy(tree)
        operands = {n: a for n, a in zip(names, g.args)}
        lower = self

        class Fill(ast.NodeTransformer):
            def visit_Name(self, node):
                return lower.expr(operands[node.id]) if node.id in operands else node

        return Fill().visit(tree)

    def expr_opaque(self, g):
        return self.template(g)

    def expr_idiom_sigmoid(self, g):
        return self.expr(g.args[1])

    def expr_getitem(self, g):
        return self.element(g.args[0], g.args[1], ast.Load())

    expr_view = expr_getitem

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

    def zeros(self, x, kind):
        if isinstance(kind, Array):
            return call("np.zeros_like", x)
        if isinstance(kind.elem, Scalar):
            return ast.BinOp(ast.List([ast.Constant(0.0)], ast.Load()), ast.Mult(), call("len", x))
        return self.each(x, lambda row: self.zeros(row, kind.elem))

    def each(self, x, element):
        """A list of what `element` makes of each element of `x`."""
        generator = ast.comprehension(ast.Name("_row", ast.Store()), x, [], 0)
        return ast.ListComp(element(load("_row")), [generator])

    def expr_copy(self, g):
        return self.copied(self.expr(g.args[0]), _kind(g.args[0]))

    def copied(self, x, kind):
        if isinstance(kind, List) and not isinstance(kind.elem, Scalar):
            return self.each(x, lambda row: self.copied(row, kind.elem))
        return call(ast.Attribute(x, "copy", ast.Load()))

    def expr_numpy_copy(self, g):
        return call(ast.Attribute(self.expr(g.args[0]), "copy", ast.Load()))

    def expr_numpy_transpose(self, g):
        return ast.Attribute(self.expr(g.args[0]), "T", ast.Load())

    def expr_repeat(self, g):
        return ast.BinOp(
            ast.List([self.expr(g.args[0])], ast.Load()), ast.Mult(), self.expr(g.args[1])
        )

    def expr_list(self, g):
        return ast.List([self.expr(a) for a in g.args], ast.Load())

    def expr_listadd(self, g):
        pairs = ast.Tuple([ast.Name("_a", ast.Store()), ast.Name("_b", ast.Store())], ast.Store())
        both = ast.comprehension(pairs, call("zip", *(self.expr(a) for a in g.args)), [], 0)
        return ast.ListComp(ast.BinOp(load("_a"), ast.Add(), load("_b")), [both])

    def expr_astype(self, g):
        return call(
            ast.Attribute(self.expr(g.args[0]), "astype", ast.Load()),
            path(_DTYPES[g.args[1].value]),
        )

    def expr_fill(self, g):
        shape = ast.Attribute(self.expr(g.args[1]), "shape", ast.Load())
        if _is(g.args[0], 0):
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
        out = self.expr(g.args[0])
        for part in g.args[1].value.split("."):
            out = ast.Attribute(out, part, ast.Load())
        return out

    def expr_pop(self, g):
        return call(ast.Attribute(self.expr(g.args[0]), "pop", ast.Load()))

    expr_pop_tape = expr_pop

    def expr_build(self, g):
        kind, keys = g.form
        items = [self.expr(a) for a in g.args]
        if kind is dict:
            return ast.Dict([ast.Constant(k) for k in keys], items)
        return ast.List(items, ast.Load()) if kind is list else ast.Tuple(items, ast.Load())

    def expr_tuple_of(self, g):
        return call("tuple", self.expr(g.args[0]))

    def expr_call(self, g):
        return call(load(getattr(g.form, "name", g.form)), *(self.expr(a) for a in g.args))

    expr_call_forward = expr_call_backward = expr_call_tangent = expr_call


def _number_first(g):
    """`2 * (x * dy)` as `2 * x * dy`."""
    if g.op != "operator.mul" or not g.adjoint or not isinstance(g.args[0], Const):
        return g
    inner = g.args[1]
    if not isinstance(inner, Gate) or inner.op != "operator.mul" or not inner.adjoint:
        return g
    a, b = inner.args
    return replace(inner, args=(_number_first(replace(g, args=(g.args[0], a))), b))


def _kind(operand):
    return operand.out.kind if isinstance(operand, Gate) else operand.kind


def _is(o, number):
    return isinstance(o, Const) and o.value == number and not isinstance(o.value, bool)


def _bool_op(op, a, b):
    values = [*(a.values if isinstance(a, ast.BoolOp) and isinstance(a.op, op) else [a])]
    values += b.values if isinstance(b, ast.BoolOp) and isinstance(b.op, op) else [b]
    return ast.BoolOp(op(), values)


def _negation(test):
    """`not test`, as a comparison turned round where that is safe (not for < and >, because of nan)."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Eq, ast.NotEq)):
        return ast.Compare(test.left, [_NEGATED[type(test.ops[0])]()], test.comparators)
    return ast.UnaryOp(ast.Not(), test)


BUILTINS = {n for n in dir(builtins) if not n.startswith("_")}
