"""Build gates from operations and from the text of rules, each with its kind.

>>> from srcgrad.kinds import FLOAT
>>> b, x = Builder(), Value("x", FLOAT)
>>> y = b.text(ast.parse("1 - x * x", mode="eval").body, {"x": x})
>>> [gate.op for gate in b.stmts], str(y.kind)
(['operator.mul', 'operator.sub'], 'float')
"""

from __future__ import annotations

import ast
from dataclasses import replace

from srcgrad.errors import InternalError
from srcgrad.extents import may_be_one
from srcgrad.indexing import indexed
from srcgrad.ir import Block, Const, Gate, If, Slice, Tup, Value
from srcgrad.joins import alone, join, same_shape, together
from srcgrad.kinds import (
    BOOL,
    F8,
    FLOAT,
    INT,
    UNKNOWN,
    Array,
    List,
    Scalar,
    Shape,
    is_complex,
    is_integral,
)
from srcgrad.kinds import (
    COMPLEX as COMPLEX_NUMBER,
)
from srcgrad.operands import (
    KindError,
    cotangent_kind,
    dtype_of,
    hint_of,
    identity,
    kind_of,
    number_kind,
)
from srcgrad.rules import lookup
from srcgrad.rules.record import COMPLEX, KINDS, LIBRARIES, MACROS, PARTS, REQUIRED, TABLE, Rule

BINARY = {
    ast.Add: "operator.add", ast.Sub: "operator.sub", ast.Mult: "operator.mul", ast.Div: "operator.truediv",
    ast.Pow: "operator.pow", ast.FloorDiv: "operator.floordiv", ast.Mod: "operator.mod", ast.MatMult: "operator.matmul",
    ast.BitAnd: "operator.and_", ast.BitOr: "operator.or_", ast.BitXor: "operator.xor",
    ast.LShift: "operator.lshift", ast.RShift: "operator.rshift",
}  # fmt: skip
COMPARE = {
    ast.Lt: "operator.lt", ast.LtE: "operator.le", ast.Gt: "operator.gt", ast.GtE: "operator.ge", ast.Eq: "operator.eq",
    ast.NotEq: "operator.ne", ast.Is: "operator.is_", ast.IsNot: "operator.is_not", ast.In: "operator.contains",
}  # fmt: skip
UNARY = {
    ast.USub: "operator.neg",
    ast.UAdd: "operator.pos",
    ast.Not: "operator.not_",
    ast.Invert: "operator.invert",
}

# how a temporary is called when nothing better is known
_NOUN = {
    "add": "total", "sub": "diff", "mul": "prod", "truediv": "quot", "pow": "power", "neg": "minus", "matmul": "prod",
    "floordiv": "quot", "mod": "rest", "getitem": "item", "view": "part", "gather": "part", "lt": "test", "le": "test", "gt": "test",
    "ge": "test", "eq": "test", "ne": "test", "not_": "test", "is_": "test", "is_not": "test", "contains": "test",
    "and_": "test", "or_": "test", "nonempty": "test", "repeat": "items", "list": "items", "len": "n",
}  # fmt: skip


class Builder:
    """Collects the statements of one block."""

    def __init__(self, adjoint: bool = False, loc=None):
        self.stmts: list = []
        self.adjoint, self.loc = adjoint, loc
        self.parts: dict = {}  # parts of results that are there already, by `part_key`

    def sub(self) -> Builder:
        inner = Builder(self.adjoint, self.loc)
        inner.parts = dict(self.parts)
        return inner

    def block(self, *yields) -> Block:
        return Block(tuple(self.stmts), yields)

    # ------------------------------------------------------------ gates

    def gate(self, op, *args, kind=None, kw=(), hint=None, named=False, form=None):
        """Add `out = op(*args)` and return `out`; what is there already is not made again."""
        op = of_complex(op, args)
        if self.parts and is_part(op):
            there = self.parts.get(part_key(op, args, dict(kw)))
            if there is not None:
                return there
        kind = alone(kind or self.kind(op, args, dict(kw)))
        out = Value(hint or self.noun(op, args), kind, named, self.adjoint)
        if op in ("len", "extent") and isinstance(kind_of(args[0]), Array):
            out.extent = kind_of(args[0]).extents[args[1].value if op == "extent" else 0]
        self.stmts.append(Gate(out, op, args, tuple(kw), self.loc, self.adjoint, form))
        return out

    def effect(self, op, *args, kw=(), form=None):
        self.stmts.append(Gate(None, op, args, tuple(kw), self.loc, self.adjoint, form))

    def noun(self, op, args):
        if is_part(op):
            keys = {part: key for key, part in PARTS[op.partition("[")[0]][1].items()}
            if isinstance(keys[op], str):
                return keys[op]
        last = op.partition(":")[0].rpartition(".")[2].replace("[", "_").rstrip("]")
        if last in _NOUN:
            return _NOUN[last]
        named = [a.hint for a in args if isinstance(a, Value)]
        return f"{last}_{named[0]}" if len(named) == 1 and len(named[0]) < 12 else last

    def rename(self, value, hint, named=True):
        """Give the value just computed the name it is assigned to."""
        if isinstance(value, Value):
            value.hint, value.named = hint, named
        return value

    def kind(self, op, args, kw):
        structural = _STRUCTURAL.get(op)
        if structural is not None:
            return structural(*args)
        rule = lookup(op, len(args) + len(kw))
        if rule is None:
            raise InternalError(f"no rule for {op}")
        if any(is_complex(kind_of(a)) for a in (*args, *kw.values())) and not takes_complex(rule):
            raise KindError(f"{rule.name} does not take complex numbers")
        try:
            kind = KINDS[rule.kind](rule, bind(rule, args, kw), number_kind)
        except ValueError:
            what = (
                f"`{op.replace('numpy.', 'np.', 1)}` takes axes, orders and flags that are literals"
            )
            raise KindError(what) from None
        if kind is None:
            raise KindError(f"{op} does not take {', '.join(str(kind_of(a)) for a in args)}")
        return kind

    # ------------------------------------------------------------ arithmetic of cotangents

    def mul(self, x, y):
        if isinstance(x, Const) and x.value in (1, -1):
            return y if x.value == 1 else self.gate("operator.neg", y)
        return self.gate("operator.mul", x, y)

    def add(self, x, y):
        if isinstance(kind_of(x), List):
            return self.gate("listadd", x, y, kind=cotangent_kind(kind_of(x)))
        return self.gate("operator.add", x, y)

    def zeros(self, x):
        """A zero cotangent of a value."""
        kind = kind_of(x)
        if isinstance(kind, Scalar):
            return Const(0.0)
        return self.gate("zeros_like", x, kind=cotangent_kind(kind), hint="d" + hint_of(x))

    def full(self, c, like):
        """A cotangent that stands for an array of `like`'s shape, as that array."""
        kind, target = kind_of(c), kind_of(like)
        if (
            not isinstance(target, Array)
            or isinstance(kind, Array)
            and same_shape(replace(kind, dtype=target.dtype), target)
        ):
            return c
        wide = Array(dtype_of(kind, target), target.extents)
        shape = self.gate("shape", like)
        if wide.dtype == "f4" and isinstance(kind, Scalar) and kind.name != "f4":
            return self.gate("numpy.full", shape, c, kw=(("dtype", Const("f4")),), kind=wide)
        return self.gate("numpy.broadcast_to", c, shape, kind=wide)

    def fit(self, c, target, out):
        """The cotangent `c` of `out`, summed to the shape of an argument that was broadcast; of its dtype."""
        have, want = kind_of(out), kind_of(target)
        if not isinstance(have, Array) or not have.ndim:
            return c
        if isinstance(want, Scalar):
            return self.gate("numpy.sum", self.full(c, out), form="method")
        lead = have.ndim - want.ndim
        sure, ask = list(range(lead)), []
        for k, (h, w) in enumerate(zip(have.extents[lead:], want.extents)):
            if w == 1 and h != 1:
                sure.append(lead + k)
            elif w != h and may_be_one(w) and h != 1:
                ask.append(k)
        if sure or ask:
            c = self.full(c, out)
        if lead and (ask or len(sure) == lead):
            c = self.folded(c, sure[:lead])
            sure, lead = [axis - lead for axis in sure[lead:]], 0
        if sure:
            c = self.folded(c, sure, keepdims=True)
            if lead:
                c = self.gate(
                    "numpy.reshape", c, self.gate("shape", target), kind=want, form="method"
                )
        for k in ask:
            same = self.gate(
                "operator.eq",
                self.gate("extent", target, Const(k)),
                self.gate("extent", c, Const(k)),
            )
            no = self.sub()
            folded = no.folded(c, [k], keepdims=True)
            kind = kind_of(c)
            kind = Array(kind.dtype, kind.extents[:k] + (want.extents[k],) + kind.extents[k + 1 :])
            merged = Value("d" + hint_of(target), kind, False, True)
            self.stmts.append(If(same, Block((), (c,)), no.block(folded), (merged,), self.loc))
            c = merged
        return self.cast(c, want)

    def conj(self, c):
        """The conjugate, which is the value itself where that is real."""
        if not is_complex(kind_of(c)):
            return c
        if isinstance(c, Const):
            return Const(c.value.conjugate())
        last = self.stmts[-1] if self.stmts else None
        if isinstance(last, Gate) and last.out is c and last.op == "numpy.conjugate:complex":
            return last.args[0]
        return self.gate("numpy.conjugate:complex", c, kind=kind_of(c), form="method")

    def part_of(self, c, want):
        """A cotangent as far as a value takes it: what is real takes the real part."""
        if is_complex(kind_of(c)) and isinstance(want, (Scalar, Array)) and not is_complex(want):
            return Const(c.value.real) if isinstance(c, Const) else self.gate("numpy.real", c)
        return c

    def widened(self, c, v):
        """A cotangent that flows on under one name: of what is complex, it is complex on each way."""
        kind, want = kind_of(c), cotangent_kind(kind_of(v))
        if not isinstance(kind, Array) or not is_complex(want) or is_complex(kind):
            return c
        return self.gate("astype", c, Const(want.dtype), kind=replace(kind, dtype=want.dtype))

    def folded(self, c, axes, keepdims=False):
        """The sum along some axes."""
        along = Const(axes[0]) if len(axes) == 1 else Tup(tuple(map(Const, axes)))
        kw = (("axis", along), *([("keepdims", Const(True))] if keepdims else []))
        return self.gate("numpy.sum", c, kw=kw, form="method")

    def cast(self, c, want):
        c = self.part_of(c, want)
        kind = kind_of(c)
        if isinstance(kind, Array) and getattr(want, "dtype", "") == "c8" and kind.dtype == "c16":
            return self.gate("astype", c, Const("c8"), kind=replace(kind, dtype="c8"))
        if (
            isinstance(want, Array)
            and want.dtype == "f4"
            and isinstance(kind, (Array, Scalar))
            and dtype_of(kind, want) != "f4"
        ):
            if isinstance(kind, Array):
                return self.gate("astype", c, Const("f4"), kind=replace(kind, dtype="f4"))
            return self.gate("builtins.float", c, form="weak")
        return c

    # ------------------------------------------------------------ the text of rules

    def text(self, tree, env):
        """The operand that an expression of a rule computes."""
        match tree:
            case ast.Name():
                return env[tree.id]
            case ast.Constant():
                return Const(tree.value)
            case ast.BinOp():
                left, right = self.text(tree.left, env), self.text(tree.right, env)
                return self.fold(BINARY[type(tree.op)], left, right)
            case ast.UnaryOp():
                return self.fold(UNARY[type(tree.op)], self.text(tree.operand, env))
            case ast.Compare(ops=[op], comparators=[right]):
                return self.fold(
                    COMPARE[type(op)], self.text(tree.left, env), self.text(right, env)
                )
            case ast.IfExp():
                return self.choice(tree, env)
            case ast.Attribute(value=ast.Name(id="math")):
                return self.gate("global", Const(ast.unparse(tree)), kind=FLOAT, hint=tree.attr)
            case ast.Attribute(attr="T"):
                return self.gate("numpy.transpose", self.text(tree.value, env))
            case ast.Attribute(attr="mT"):
                x = self.text(tree.value, env)
                flat = kind_of(x).ndim == 2
                return self.gate("numpy.transpose" if flat else "numpy.ndarray.mT", x)
            case ast.Attribute(value=ast.Name(id="math" | "np"), attr="pi" | "e" | "tau" | "inf"):
                return self.gate("global", Const(ast.unparse(tree)), kind=FLOAT, hint=tree.attr)
            case ast.Tuple():  # a shape
                return Tup(tuple(self.text(e, env) for e in tree.elts))
            case ast.Subscript(value=ast.Call(func=called, args=args, keywords=[])) if _in_parts(
                called
            ):
                part = f"{ast.unparse(called)}[{ast.literal_eval(tree.slice)}]"
                return self.call(part, [self.text(a, env) for a in args], ())
            case ast.Subscript():
                index = self.index(tree.slice, env)
                return self.gate("view", self.text(tree.value, env), index)
            case ast.ListComp() | ast.Call(args=[ast.GeneratorExp()]):
                return self.formula(tree, env)
            case ast.Call(func=ast.Name(id="formula"), args=[inner]):
                return self.formula(inner, env)
            case ast.Call(func=ast.Name(id="choose"), args=[test, yes, no]):
                return self.chosen(test, yes, no, env)
            case ast.Attribute(value=ast.Call(func=called, args=args), attr="real" | "imag"):
                args = [self.text(a, env) for a in args]
                return self.call(f"{ast.unparse(called)}[{tree.attr}]", args, ())
            case ast.Call():
                args = [self.text(a, env) for a in tree.args]
                kw = tuple((k.arg, self.text(k.value, env)) for k in tree.keywords)
                return self.call(ast.unparse(tree.func), args, kw)
        raise InternalError(f"a rule's text may not contain {ast.unparse(tree)!r}")

    def formula(self, tree, env):
        """An expression of lists, as it stands: it gives a list of floats, or is a call that gives one."""
        names = sorted({n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id in env})
        names = [n for n in names if env[n] is not None]
        heads = [c.iter for c in ast.walk(tree) if isinstance(c, ast.comprehension)]
        heads += [a for h in heads if isinstance(h, ast.Call) for a in h.args]
        iterated = {h.id for h in heads if isinstance(h, ast.Name)}
        if not all(isinstance(kind_of(env[n]), List) for n in names if n in iterated):
            raise KindError("a comprehension of a rule goes over lists")
        operands = [env[n] for n in names]
        elem = COMPLEX_NUMBER if any(is_complex(kind_of(o)) for o in operands) else FLOAT
        kind = elem if isinstance(tree, ast.Call) else List(elem)
        return self.gate("formula", *operands, kind=kind, form=(tree, tuple(names)), hint="terms")

    def fold(self, op, *args):
        if op == "operator.neg" and isinstance(args[0], Const):
            return Const(-args[0].value)
        if op == "operator.is_":  # an argument that was left out, or one that was given
            return Const(args[0] == args[1])
        if all(isinstance(a, Const) for a in args) and op.partition(".")[2] in _FOLDS:
            return Const(_FOLDS[op.partition(".")[2]](*(a.value for a in args)))
        if op == "operator.pow":
            op = power_rule(*args)
            if isinstance(args[1], Const) and args[1].value == 1:
                return args[0]
        return self.gate(op, *args)

    def index(self, tree, env):
        match tree:
            case ast.Tuple():
                return Tup(tuple(self.index(e, env) for e in tree.elts))
            case ast.Slice():
                return Slice(
                    *(
                        p if p is None else self.text(p, env)
                        for p in (tree.lower, tree.upper, tree.step)
                    )
                )
        return self.text(tree, env)

    def choice(self, tree, env, test=None):
        test = self.text(tree.test, env) if test is None else test
        if isinstance(test, Const):
            return self.text(tree.body if test.value else tree.orelse, env)
        if not isinstance(kind_of(test), Scalar) or kind_of(test) != BOOL:
            test = self.gate("operator.ne", test, Const(0))
        yes, no = self.sub(), self.sub()
        a, b = yes.text(tree.body, env), no.text(tree.orelse, env)
        out = Value("partial", join(kind_of(a), kind_of(b)), False, True)
        self.stmts.append(If(test, yes.block(a), no.block(b), (out,), self.loc))
        return out

    def chosen(self, test, yes, no, env):
        """A choice that floats take as a branch, and arrays element by element."""
        operand = self.text(test, env)
        if isinstance(kind_of(operand), Array):
            return self.gate("numpy.where", operand, self.text(yes, env), self.text(no, env))
        return self.choice(ast.IfExp(test, yes, no), env, operand)

    def call(self, path, args, kw):
        if path in MACROS:
            return MACROS[path](self, *args)
        root, dot, rest = path.partition(".")
        homes = {"np": "numpy"} | LIBRARIES
        name = f"{homes.get(root, root)}.{rest}" if dot else f"builtins.{path}"
        rule = lookup(name, len(args) + len(kw))
        if rule is not None:  # what is said by default needs no saying
            default = {n: Const(value) for n, value in rule.params}
            kw = tuple((k, v) for k, v in kw if v != default.get(k))
            while args and not kw and args[-1] == default[rule.names[len(args) - 1]]:
                args.pop()
        defaults = dict(rule.params) if rule is not None else {}
        kw = tuple((k, v) for k, v in kw if k not in defaults or v != Const(defaults[k]))
        return self.gate(rule.name if rule else name, *args, kw=kw)


def is_part(op: str) -> bool:
    """Whether an operation gives one of several results of a function."""
    return op.endswith("]")


def part_key(op, args, kw):
    """What two parts have in common that are the same one of the same results."""
    return op, *map(identity, bind(TABLE[op], args, kw).values())


def results_key(gate):
    """What all parts of the same results have in common; None of anything else."""
    if not isinstance(gate, Gate) or not is_part(gate.op):
        return None
    return gate.op.partition("[")[0], *part_key(gate.op, gate.args, dict(gate.kw))[1:]


def _in_parts(called) -> bool:
    return ast.unparse(called).replace("np.", "numpy.", 1) in PARTS


def bind(rule: Rule, args, kw) -> dict:
    """The arguments by parameter name, defaults as constants; raises KindError on what does not fit."""
    names = rule.names
    if len(args) > min(len(names), rule.positional):
        raise KindError(f"{rule.name} takes {len(names)} arguments here")
    bound = dict(zip(names, args))
    for name, value in kw.items():
        if name not in names or name in bound:
            raise KindError(f"{rule.name} is not differentiated with `{name}=`")
        bound[name] = value
    for name, default in rule.params:
        if name not in bound:
            if default is REQUIRED:
                raise KindError(f"{rule.name} needs `{name}`")
            bound[name] = Const(default)
    return {name: bound[name] for name in names}


def of_complex(op, args) -> str:
    """The name of the rule for complex operands, where they have one of their own."""
    name = f"{op}:complex"
    return name if name in TABLE and any(is_complex(kind_of(a)) for a in args) else op


def takes_complex(rule: Rule) -> bool:
    name, _, suffix = rule.name.partition(":")
    counted = suffix.isdecimal() or suffix == "list"
    return rule.name in COMPLEX or suffix == "complex" or counted and name in COMPLEX


def power_rule(x, y) -> str:
    """Which of the rules of `**` serves a base and an exponent of these kinds."""
    if is_complex(kind_of(x)):
        return "operator.pow:complex"
    if not isinstance(y, Const) and (
        isinstance(kind_of(x), Array) or isinstance(kind_of(y), Array)
    ):
        return "operator.pow:array"
    if isinstance(kind_of(x), Array):
        return "operator.pow"
    whole = isinstance(y, Const) and float(y.value).is_integer() or is_integral(number_kind(y))
    return "operator.pow" if whole or kind_of(x) in (F8, Scalar("f4")) else "operator.pow:float"


_FOLDS = {
    "add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y, "ne": lambda x, y: x != y,
    "eq": lambda x, y: x == y, "neg": lambda x: -x, "gt": lambda x, y: x > y, "lt": lambda x, y: x < y,
    "ge": lambda x, y: x >= y, "le": lambda x, y: x <= y, "floordiv": lambda x, y: x // y,
}  # fmt: skip

# the kinds of the operations that are the language's own rather than a library's
_STRUCTURAL = {
    "getitem": lambda c, i: indexed(kind_of(c), i)[0],
    "view": lambda c, i: indexed(kind_of(c), i)[0],
    "gather": lambda c, i: indexed(kind_of(c), i)[0],
    "len": lambda c: INT,
    "size": lambda c: INT,
    "extent": lambda c, k: INT,
    "shape": lambda c: Shape(kind_of(c).extents),
    "nonempty": lambda c: BOOL,
    "snapshot": lambda c: kind_of(c),
    "copy": lambda c: List(kind_of(c).elem) if isinstance(kind_of(c), List) else kind_of(c),
    "pop": lambda c, *_: kind_of(c).elem,
    "list": lambda *items: List(_joined(items)),
    "repeat": lambda item, n: List(kind_of(item)),
    "scatter": lambda d, *_: kind_of(d),
    "stop_gradient": lambda x: kind_of(x),
}


def _joined(items):
    kind = UNKNOWN
    for item in items:
        kind = together(kind, kind_of(item))
        if kind is None:
            raise KindError("a list whose elements are of one kind is needed here")
    return kind
