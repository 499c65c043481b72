"""Stage subscripts and attributes: elements, slices, views, shapes."""

from __future__ import annotations

import ast

import numpy as np

from srcgrad.errors import did_you_mean
from srcgrad.indexing import how, indexed
from srcgrad.ir import Const, Gate, Slice, Tup, Value, values_in
from srcgrad.joins import joined, together
from srcgrad.kinds import (
    FLOAT,
    THING,
    UNKNOWN,
    Array,
    List,
    Scalar,
    Shape,
    described,
    is_complex,
    is_integral,
    is_namedtuple,
    is_reference,
)
from srcgrad.operands import KindError, index_items, kind_of, number_kind
from srcgrad.passes.stage.binding import (
    Bound,
    Known,
    Map,
    Object,
    Refused,
    Struct,
    Super,
)
from srcgrad.passes.stage.dicts import is_dict_object
from srcgrad.passes.stage.names import hint
from srcgrad.rules import name_of


class Subscripts:
    """Methods of the stager that read parts of values."""

    def expr_Subscript(self, node):
        base = self.as_tuple(self.expr(node.value))
        if isinstance(base, Known) and name_of(base.value) in ("numpy.r_", "numpy.c_"):
            return self.call_rule(name_of(base.value), [self.in_brackets(node.slice)], {}, node)
        if is_dict_object(base):
            return self.read_key(base, self.key_of(self.expr(node.slice), node, base), node)
        if isinstance(base, Map) and base.values is not None:
            return self.read_map(base, self.expr(node.slice), node)
        if self.special(base, "__getitem__"):
            return self.call_special(base, "__getitem__", [self.expr(node.slice)], node)
        if isinstance(base, Struct):
            if isinstance(node.slice, ast.Slice) and base.type is not dict:
                bounds = [
                    p and self.expr(p)
                    for p in (node.slice.lower, node.slice.upper, node.slice.step)
                ]
                if all(p is None or isinstance(p, Const) for p in bounds) and (
                    issubclass(base.type, tuple) or self.is_placed(base)
                ):
                    items = base.items[slice(*(p and p.value for p in bounds))]
                    return self.holding(list if base.type is list else tuple, items, node)
                base = self.runtime(base, node)
            else:
                key = self.expr(node.slice)
                if base.type is dict:
                    return self.struct_item(base, self.key_of(key, node, base), node)
                if isinstance(key, Const):
                    return self.struct_item(base, key.value, node)
                if self.is_placed(base):
                    self.fix([key])
                    self.write_out_turns()
                base = self.any_length(base, node)
        letters = self.letters(base, node)
        if letters is not None:
            return letters
        if isinstance(base, Known) and type(base.value) in (list, tuple):
            found = self.thing_at(base, node)
            if found is not None:
                return found
        if self.is_container(base) and not isinstance(node.slice, ast.Slice):
            key = self.literal_of(self.expr(node.slice))
            if key is not None:
                return self.known_item(base, key[0], node)
        base = self.runtime(base, node)
        return self.load(base, self.index(node.slice), node)

    def in_brackets(self, index):
        """What `np.r_[...]` joins: slices are ranges of numbers there."""
        items = [
            self.in_bracket(i) for i in (index.elts if isinstance(index, ast.Tuple) else [index])
        ]
        return Struct(tuple, tuple(range(len(items))), tuple(items))

    def in_bracket(self, item):
        if not isinstance(item, ast.Slice):
            found = self.expr(item)
            if isinstance(found, Const) and isinstance(found.value, str):
                raise Refused(item, "a string in brackets says how to join", "call np.concatenate")
            return self.as_array(found, item)
        parts = [p and self.expr(p) for p in (item.lower, item.upper, item.step)]
        if parts[1] is None or any(isinstance(getattr(p, "value", 0), complex) for p in parts):
            raise Refused(
                item, "a slice in brackets is a range of numbers here", "call np.linspace"
            )
        start, stop, step = (Const(k) if p is None else p for p, k in zip(parts, (0, 0, 1)))
        return self.call_known(np.arange, [start, stop, step], {}, item)

    def any_length(self, struct, node):
        """A container as one of any length; as it stands outside where its elements are of several kinds."""
        try:
            return self.runtime(struct, node)
        except Refused:
            if struct.known is None:
                raise
            return struct.known

    def thing_at(self, known, node):
        """An element of what stands outside, chosen as the function runs: it can be passed on.

        None where the subscript is known now.
        """
        if known.path is None or known.path.startswith("%") or isinstance(node.slice, ast.Slice):
            return None
        key = self.expr(node.slice)
        if not isinstance(key, Value) or not is_integral(key.kind):
            return None
        return self.b.gate("getitem", self.thing(known), key, kind=THING)

    def thing(self, known):
        """What stands outside, as a value that is passed on as it is."""
        self.externals.update(self.external_of(known.path))
        return self.b.gate("global", Const(known.path), kind=THING, hint=hint(known.path))

    def letters(self, base, node):
        """A part of a string that is known; else None."""
        if not isinstance(base, Const) or not isinstance(base.value, str):
            return None
        index = node.slice
        parts = [index.lower, index.upper, index.step] if isinstance(index, ast.Slice) else [index]
        found = [None if p is None else self.literal_of(self.expr(p)) for p in parts]
        if any(f is None and p is not None for f, p in zip(found, parts)):
            return None
        values: list = [f and f[0] for f in found]
        try:
            return Const(base.value[slice(*values) if isinstance(index, ast.Slice) else values[0]])
        except (IndexError, TypeError) as error:
            raise Refused(node, f"`{ast.unparse(node)}`: {error}", "") from None

    def struct_item(self, struct, key, node):
        if struct.type is not dict and isinstance(key, int) and -len(struct.items) <= key < 0:
            key += len(struct.items)
        if is_namedtuple(struct.type) and key in range(len(struct.items)):
            return struct.items[key]
        if key not in struct.keys or isinstance(key, float):
            if (
                struct.source is not None
                or (struct.site or set()) & self.memo.dynamic
                or struct.type is dict
            ):
                error = (
                    KeyError(key) if struct.type is dict else IndexError("list index out of range")
                )
                self.impossible(node, _missing(node, struct, key), "check the subscript", error)
            return self.load(self.dynamic(struct, node), Const(key), node)
        return struct[key]

    def index(self, node):
        match node:
            case ast.Slice():
                parts = [p and self.operand(p) for p in (node.lower, node.upper, node.step)]
                return Slice(
                    *(None if isinstance(p, Const) and p.value is None else p for p in parts)
                )
            case ast.Tuple():
                return Tup(tuple(self.index(e) for e in node.elts))
            case ast.Call() if self.is_range(node):
                return self.call_known(np.arange, [self.operand(a) for a in node.args], {}, node)
        return self.subscript(self.expr(node), node)

    def call_slice(self, node):
        """`slice(a, b)`, which a subscript is made of later."""
        parts = [self.operand(a) for a in node.args]
        if node.keywords or not 1 <= len(parts) <= 3:
            raise Refused(node, "`slice` takes one to three arguments", "")
        parts = [Const(None), *parts] if len(parts) == 1 else parts
        parts += [Const(None)] * (3 - len(parts))
        return Struct(slice, ("start", "stop", "step"), tuple(parts))

    def subscript(self, binding, node, inside=False):
        """What stands for a subscript: a tuple is several, and a list that is written out stays there."""
        if isinstance(binding, Struct) and binding.type is tuple and not inside:
            return Tup(tuple(self.subscript(i, node, True) for i in binding.items))
        if isinstance(binding, Struct) and binding.type is slice:
            return Slice(*(None if _is_none(p) else p for p in binding.items))
        return _listed(binding) or self.runtime(binding, node)

    def load(self, base, index, node):
        kind = kind_of(base)
        if not isinstance(kind, (List, Array)):
            if kind is UNKNOWN and self.tentative:
                return self.gate("getitem", base, index, kind=UNKNOWN)
            raise Refused(
                node,
                f"`{ast.unparse(node.value)}` is {described(kind)}, and cannot be indexed",
                "leave the subscript out, or pass a list or an array",
            )
        if isinstance(kind, List) and isinstance(index, Slice):
            return self.slice_of(base, index, node)
        if self.tentative and any(number_kind(i) is UNKNOWN for i in index_items(index)):
            return self.gate("getitem", base, index, kind=UNKNOWN)
        if self.memo.masks_change:
            _forget(index)
        try:
            out, op = indexed(kind, index)[0], how(kind, index)
        except KindError as error:
            raise Refused(node, *_not_indexed(node, kind, error)) from None
        if isinstance(kind, List) and not is_integral(number_kind(index)):
            what = described(number_kind(index))
            raise Refused(node, f"a list is indexed by an int, not by {what}", "make it an int")
        # nothing is ever put into a list of unknown elements, so any kind will do for what is never read
        facts = {"kind": FLOAT} if out is UNKNOWN and not self.tentative else {}
        out = self.gate(op, base, index, node=node, **facts)
        if base in self.foreigners:
            self.foreigners.add(out)
        if base in self.sites:
            self.sites[out] = {("element", s) for s in self.sites[base]}
        return out

    def slice_of(self, base, index, node):
        """A slice of a list: a new list."""
        lo, hi, step = index.lo, index.hi, index.step
        if isinstance(step, Const) and step.value == 1:
            step = None
        form = {
            (0, 0): "list.slice:whole" if is_reference(kind_of(base).elem) else "copy",
            (0, 1): "list.slice:head",
            (1, 0): "list.slice:tail",
            (1, 1): "list.slice:part",
        }
        if step is None:
            op, bounds = (
                form[lo is not None, hi is not None],
                [p for p in (lo, hi) if p is not None],
            )
        elif lo is hi is None and isinstance(step, Const) and step.value == -1:
            op, bounds = "list.slice:reversed", []
        else:
            op = "list.slice:stepped"
            bounds = [Const(None) if p is None else p for p in (lo, hi, step)]
        out = self.gate(op, base, *bounds, node=node)
        self.sites[out] = {self.site(node)}
        return self.as_learned(out)

    def as_learned(self, out):
        """A list just made, of the kind of elements that it will turn out to hold."""
        learned = self.memo.elements.get(next(iter(self.sites[out])), UNKNOWN)
        kind = together(out.kind.elem, learned)
        if kind not in (None, out.kind.elem):
            out.kind = List(kind, out.kind.type)
        return out

    def as_tuple(self, binding):
        """A shape as the tuple of its lengths, a list object as what it holds; anything else as it is."""
        binding = self.unlisted(binding, None)
        shape = isinstance(binding, Value) and isinstance(binding.kind, Shape)
        return self.unshape(binding) if shape else binding

    def unshape(self, shape):
        base = next(s.args[0] for s in self.shapes if s.out is shape)
        items = []
        for k in range(len(kind_of(shape).extents)):
            items.append(self.b.gate("extent", base, Const(k)))
        return Struct(tuple, tuple(range(len(items))), tuple(items))

    def expr_Attribute(self, node):
        owner = self.expr(node.value)
        if isinstance(owner, Super):
            return self.of_super(owner, node.attr, node)
        if isinstance(owner, Struct) and owner.type is complex and node.attr in owner.keys:
            return owner[node.attr]
        if is_dict_object(owner) or isinstance(owner, Map):
            return Bound(owner, node.attr)
        if (
            isinstance(owner, Object)
            and owner.type is not list
            or isinstance(owner, Struct)
            and is_namedtuple(owner.type)
        ):
            return self.attribute(owner, node.attr, node)
        if isinstance(owner, Known):
            return self.known_attribute(owner, node)
        if isinstance(owner, Struct | Object):
            return Bound(owner, node.attr)
        kind = kind_of(owner)
        if isinstance(kind, Array):
            if node.attr == "T":
                return self.gate("numpy.transpose", owner, node=node)
            if node.attr == "mT":
                return self.gate("numpy.ndarray.mT", owner, node=node)
            if node.attr == "shape":
                out = self.gate("shape", owner, node=node)
                self.shapes.append(self.b.stmts[-1])
                return out
            if node.attr == "flat":
                return self.gate("numpy.ravel", owner, node=node, form="method")
            if node.attr == "ndim":
                return Const(kind.ndim)
            if node.attr in ("real", "imag"):
                return self.gate(f"numpy.{node.attr}", owner, node=node)
            if node.attr == "strides":
                return self.asked("x.strides", THING, node, owner, hint="strides")
            if node.attr == "size":
                return self.gate("size", owner, node=node)
        if isinstance(kind, (Array, Scalar)) and node.attr in ("dtype", "itemsize", "nbytes"):
            found = self.measure_of(owner, node.attr, node)
            if found is not None:
                return found
        if isinstance(kind, Scalar) and kind.name in ("f8", "f4", "i8") and node.attr in _OF_NUMBER:
            known = _OF_NUMBER[node.attr]
            return owner if known is None else known
        if is_complex(kind) and node.attr in ("real", "imag"):
            return self.gate(f"numpy.{node.attr}", self.runtime(owner, node), node=node)
        if isinstance(kind, Scalar) and node.attr in ("real", "imag"):
            return owner if node.attr == "real" else Const(0.0)
        return Bound(owner, node.attr)


# what NumPy's numbers have of arrays; None stands for the number itself
_OF_NUMBER: dict = {"T": None, "ndim": Const(0), "size": Const(1), "shape": Struct(tuple, (), ())}


def _missing(node, struct, key):
    """Say which elements there are in the place of one that is not there."""
    name = ast.unparse(node.value)
    if struct.type is not dict:
        return f"there is no element {key!r} in `{name}`, which has {len(struct.items)}"
    has = ", ".join(map(repr, struct.keys)) or "none"
    return (
        f"there is no key {key!r} in `{name}`, which has {has}{did_you_mean(str(key), struct.keys)}"
    )


def _not_indexed(node, kind, error):
    """What is wrong with the subscripts of an array, and what to do about it."""
    if "subscripts for" in str(error):
        name = ast.unparse(node.value)
        return f"{str(error).partition(' for')[0]} of `{name}`, which is {described(kind)}", (
            "use as many as it has dimensions"
        )
    return str(error), "check the subscripts"


def _listed(binding):
    """A list of ints or bools that is written out, as it stands; None for anything else."""
    if not isinstance(binding, Struct) or binding.type is not list:
        return None
    items = [i if _is_whole(i) else _listed(i) for i in binding.items]
    if not items or any(i is None for i in items):
        return None
    kind = joined(map(number_kind, items))
    return None if kind is None else Gate(Value("items", List(kind)), "list", tuple(items))


def _is_whole(binding) -> bool:
    return isinstance(binding, Const) and isinstance(binding.value, int)


def _is_none(operand) -> bool:
    return isinstance(operand, Const) and operand.value is None


def _forget(index):
    """How many a mask chooses is not known from an earlier time."""
    for v in values_in(index):
        if isinstance(v.kind, Array) and v.kind.dtype == "b1":
            v.extent = None
