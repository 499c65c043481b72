"""What a generated function returns: values and cotangents put back into the structures they came in."""

from __future__ import annotations

import dataclasses

from srcgrad.build import Builder
from srcgrad.errors import ArgumentError
from srcgrad.ir import Const, Gate, Return, Value, frees, walk
from srcgrad.kinds import (
    FLOAT,
    Array,
    List,
    Literal,
    Record,
    Scalar,
    Thing,
    can_vary,
    described,
    is_integral,
    is_namedtuple,
    is_record_class,
)
from srcgrad.operands import cotangent_kind, kind_of
from srcgrad.passes.stage.binding import Known, Layout, Struct


def leaves_of(tree) -> list[Value]:
    """The values in a parameter's tree."""
    if isinstance(tree, Value):
        return [tree]
    if isinstance(tree, Struct):
        return [leaf for item in tree.items for leaf in leaves_of(item)]
    return []


def sources_of(tree) -> list[Value]:
    """The values of the structures in a parameter's tree."""
    if not isinstance(tree, Struct):
        return []
    inside = [source for item in tree.items for source in sources_of(item)]
    return inside if tree.source is None else [tree.source, *inside]


class Finish:
    """Writes the return of a gradient, of a pullback, or of a tangent function.

    `staged` is the function as staged, `wrt` the parameters asked for, `mode` what is asked.
    """

    def __init__(self, staged, wrt, bare, mode):
        self.staged, self.wrt, self.bare, self.mode = staged, wrt, bare, mode
        self.trees = [staged.leaves.get(n) for n in wrt]
        self.targets = [
            t
            for t in dict.fromkeys(v for tree in self.trees for v in leaves_of(tree))
            if can_vary(t.kind)
        ]
        self.read = {v for s in walk(staged.function.body) for v in frees(s)}
        self.seed: Value | None = None
        self.before: list = []
        self.used: set = set()  # values that the result depends on
        self.entry: dict = {}  # a list that the function changes -> its length on entry

    def __call__(self, b: Builder, values, cotangents):
        by_leaf = dict(zip(self.targets, cotangents))
        grads = [self.gradient(b, tree, by_leaf, n) for tree, n in zip(self.trees, self.wrt)]
        if self.mode != "value-and-grad":
            return Return(tuple(grads), shape=None if self.bare else "tuple")
        inner = (
            grads[0]
            if self.bare
            else self.build(b, tuple, tuple(range(len(grads))), grads, "grads")
        )
        return Return((self.value(b, values), inner))

    def build(self, b, kind, keys, items, hint):
        return b.gate("build", *items, kind=Thing("build"), form=(kind, keys), hint=hint)

    def made(self, b, cls, type_, keys, items, hint):
        """A dataclass or NamedTuple; `cls` is the operand that is its class."""
        if not is_record_class(type_):
            return self.build(b, type_, keys, items, hint)
        if makes_itself(type_):
            return self.build(b, type_, keys, [cls, *items], hint)
        kw = tuple(zip(keys, items))
        return b.gate("support.made", cls, kw=kw, kind=Thing("build"), hint=hint)

    # ------------------------------------------------------------ values

    def value(self, b, values):
        return self.structured(b, self.staged.shape, iter(values))

    def structured(self, b, shape, values):
        if shape is None:
            return next(values)
        if isinstance(shape, Layout):
            parts = [self.structured(b, p, values) for p in shape.parts]
            cls = None
            if is_record_class(shape.type):
                path = Const(self.staged.classes[shape.type])
                cls = b.gate("global", path, kind=Thing("class"), hint="cls")
            return self.made(b, cls, shape.type, shape.keys, parts, "value")
        if isinstance(shape, Known) and _is_plain(shape.value):
            return Const(shape.value)
        return Const(None)

    def turn(self, values):
        if self.mode != "vjp":
            return [
                Gate(
                    None,
                    "turn",
                    tuple(v for v in values if isinstance(v, Value))
                    if self.mode == "value-and-grad"
                    else (),
                )
            ]
        b = Builder(adjoint=True)
        value = self.value(b, values)
        return [*b.stmts, Gate(None, "turn", (self.seed, value), (), None, True, "pullback")]

    def seeds(self, b, values):
        """The cotangents of the result's parts, read from the pullback's parameter."""
        if len(values) == 1 and self.staged.shape is None:
            value = values[0]
            hint = value.hint if isinstance(value, Value) else "value"
            self.seed = Value(f"d{hint}", _seed_kind(value), True, True)
            return [self.seed]
        self.seed = Value("dvalue", Thing("cotangent"), True, True)
        out: list = []
        self.parts(b, self.seed, self.staged.shape, iter(values), out)
        return out

    def parts(self, b, seed, shape, values, out):
        if shape is None:
            out.append(self.retyped(seed, next(values)))
        elif isinstance(shape, Layout):
            if is_record_class(shape.type):
                seed.kind = Record(shape.type, shape.keys, (FLOAT,) * len(shape.keys))
            for key, part in zip(shape.keys, shape.parts):
                hint = f"dvalue_{key}"
                self.parts(
                    b,
                    b.gate("getitem", seed, Const(key), kind=Thing("cotangent"), hint=hint),
                    part,
                    values,
                    out,
                )

    def retyped(self, seed, value):
        seed.kind = _seed_kind(value)
        return seed

    # ------------------------------------------------------------ gradients

    def gradient(self, b, tree, by_leaf, parameter):
        self.refuse_object(parameter)
        if isinstance(tree, Struct):
            items = [self.gradient(b, i, by_leaf, parameter) for i in tree.items]
            cls = None
            if is_record_class(tree.type):
                cls = b.gate("builtins.type", tree.source, kind=Thing("class"), hint="cls")
            out = self.made(b, cls, tree.type, tree.keys, items, f"d{parameter}")
            out.named = tree.source is not None and tree.source.hint == parameter
            return out
        if isinstance(tree, Value) and isinstance(tree.kind, Array) and tree in self.used:
            if not can_vary(tree.kind):
                what = f"`{parameter}` is an array of {tree.kind.dtype}, and its elements are used as real numbers"
                raise ArgumentError(f"{what}: pass an array of floats, or leave it out of wrt")
        if not isinstance(tree, Value) or not can_vary(tree.kind):
            return Const(None)
        c = by_leaf.get(tree)
        if isinstance(tree.kind, Scalar):
            if c is None:
                counts = is_integral(tree.kind) and tree in self.read and tree not in self.used
                return Const(None) if counts else Const(0.0)
            return as_float(b, c)
        if c is None and tree in self.entry:
            c = b.gate(
                "repeat",
                Const(0.0),
                self.entry[tree],
                kind=cotangent_kind(tree.kind),
                hint=f"d{tree.hint}",
            )
        return self.buffer(b, b.zeros(tree) if c is None else c, tree)

    def refuse_object(self, parameter):
        """An object's attributes are numbers that the result depends on: a gradient of None would be wrong."""
        for s in walk(self.staged.function.body):
            if (
                isinstance(s, Gate)
                and s.op == "getattr"
                and s.args[0].hint == parameter
                and s.out in self.used
            ):
                what = described(self.staged.kinds[parameter])
                raise ArgumentError(
                    f"`{parameter}` is {what}, and the result depends on "
                    f"`{parameter}.{s.args[1].value}`: gradients by attributes are not supported yet\n"
                    "  pass the numbers, in a list or a dict"
                )

    def buffer(self, b, c, tree):
        """A cotangent of an array or list that is the caller's to keep."""
        if isinstance(tree.kind, Array) and isinstance(kind_of(c), Scalar):
            c = as_float(b, c)  # an int would make an array of ints
            return b.gate("fill", c, tree, kind=tree.kind, hint=f"d{tree.hint}")
        c = b.cast(b.full(c, tree), tree.kind)
        if isinstance(tree.kind, Array) and tree.kind.dtype == "f8" and kind_of(c).dtype != "f8":
            c = b.gate("astype", c, Const("f8"), kind=tree.kind)
        out = b.gate("own", c, kind=kind_of(c), hint=f"d{tree.hint}")
        out.named = True
        if _has_tuples(tree.kind):
            kind = Thing("tuple")
            return b.gate("tuple_of", out, kind=kind, form=tree.kind, hint=f"d{tree.hint}")
        return out

    # ------------------------------------------------------------ tangents

    def tangent_params(self):
        """The parameters that bring tangents, and the tangent of each leaf."""
        params, dots = [], {}
        b = Builder(adjoint=True)
        for n, tree in zip(self.wrt, self.trees):
            self.refuse_object(n)
            root = Value(tangent_name(n, self.staged.kinds), Thing("tangent"), True, True)
            params.append(root)
            self.tangents(b, root, tree, dots)
        self.before = b.stmts
        return params, dots

    def tangents(self, b, dot, tree, dots):
        if isinstance(tree, Value) and can_vary(tree.kind):
            dot.kind = cotangent_kind(tree.kind)
            dots[tree] = dot
        elif isinstance(tree, Struct):
            dot.kind = Record(tree.type, tree.keys, (FLOAT,) * len(tree.keys))
            for key, item in zip(tree.keys, tree.items):
                name = (
                    key if isinstance(key, str) and key.isidentifier() else f"{dot.hint[:-4]}_{key}"
                )
                part = b.gate("getitem", dot, Const(key), kind=Thing("tangent"), hint=f"{name}_dot")
                self.tangents(b, part, item, dots)

    def with_tangent(self, b, values, dots):
        """The return of a tangent function."""
        value = self.value(b, values)
        return Return((value, self.value(b, [self.own(b, v, d) for v, d in zip(values, dots)])))

    def own(self, b, value, dot):
        """A tangent that is the caller's to keep."""
        if isinstance(kind_of(value), Literal) and self.staged.shape is not None:
            return Const(None)
        if isinstance(kind_of(value), Scalar):
            return as_float(b, dot)
        if isinstance(dot, Value) and isinstance(dot.kind, (Array, List)):
            dot = b.gate("own", dot, kind=dot.kind, hint=dot.hint)
            if _has_tuples(kind_of(value)):
                kind, form = Thing("tuple"), kind_of(value)
                return b.gate("tuple_of", dot, kind=kind, form=form, hint=dot.hint)
        return dot


def _has_tuples(kind) -> bool:
    return isinstance(kind, List) and (kind.type == "tuple" or _has_tuples(kind.elem))


def makes_itself(cls) -> bool:
    """Whether calling a class with its fields makes an object of just these."""
    if is_namedtuple(cls):
        return True
    fields = cls.__dataclass_fields__.values()
    generated = cls.__init__.__code__.co_filename.startswith("<")
    plain = all(f.init and f._field_type is dataclasses._FIELD for f in fields if not _is_class(f))
    return generated and plain and not hasattr(cls, "__post_init__")


def _is_class(field):
    return field._field_type is dataclasses._FIELD_CLASSVAR


def _is_plain(value):
    return value is None or isinstance(value, (bool, int, float, str))


def tangent_name(name, taken) -> str:
    """What a parameter's tangent is called, where the user has no parameter of that name."""
    out = f"{name}_dot"
    while out in taken:
        out += "_"
    return out


def as_float(b, c):
    """A cotangent or tangent as a float; `simplify` drops the call where it is one for sure."""
    if isinstance(c, Const):
        return Const(float(c.value)) if isinstance(c.value, (int, float)) else c
    out = b.gate("builtins.float", c, hint=c.hint)
    out.named = c.named
    return out


def _seed_kind(value):
    kind = kind_of(value)
    return FLOAT if isinstance(kind, Scalar) else cotangent_kind(kind)
