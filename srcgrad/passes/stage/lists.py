"""Stage what lists do: their methods, stores to slices, `del`, repetition, starred targets.

    xs.insert(0, y)                 insert(xs, 0, y)
    xs.remove(z)             →      k = xs.index(z); pop(xs, k)
    xs[1:3] = [a, b]                refill(xs, 1:3, items)

A place in a list is brought into the range from 0 to its length first, so that what is done to the
list of cotangents in the backward pass needs no other.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable

from srcgrad.ir import Const, Slice
from srcgrad.kinds import (
    BOOL,
    INT,
    UNKNOWN,
    Array,
    List,
    described,
    is_integral,
    is_reference,
)
from srcgrad.operands import kind_of, number_kind
from srcgrad.passes.stage.binding import Known, Map, Refused, Struct
from srcgrad.passes.stage.dicts import is_dict

_PLACE = "i if i >= 0 else i + n"
_CLAMPED = "min(i, n) if i >= 0 else max(i + n, 0)"


class Lists:
    """Methods of the stager that change lists and ask about them."""

    expr: Callable
    runtime: Callable
    gate: Callable
    b: object

    # ------------------------------------------------------------ quoted text

    def quoted(self, text, node, **bindings):
        """What an expression stands for in which names are bound as given, or are builtins."""
        tree = ast.parse(text, mode="eval").body
        for part in ast.walk(tree):
            if isinstance(part, ast.expr):
                ast.copy_location(part, node)
                part.quoted = text  # what is made here is not what is made by others of this place
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                part.id = self.named(part.id, bindings)
        return self.expr(tree)

    def named(self, name, bindings):
        """A name of our own for a binding of a quoted text."""
        if name in bindings:
            binding = bindings[name]
        elif hasattr(builtins, name):
            binding = Known(getattr(builtins, name), name)
        else:
            return name  # the text's own
        held = self.temporary(name)
        self.env[held] = binding
        return held

    def asked(self, text, kind, node, *operands, hint="test"):
        """A question about lists that stays as it is: nothing flows through its answer."""
        tree = ast.parse(text, mode="eval").body
        names = ("x", "y", "z", "w")[: len(operands)]
        self.b.loc = (self.source, node)
        return self.b.gate("asked", *operands, kind=kind, form=(tree, names), hint=hint)

    # ------------------------------------------------------------ methods

    def list_method(self, owner, name, node):
        method = getattr(self, f"list_{name}", None)
        args, kw = self.list_arguments(name, node)
        if method is None or kw and name != "sort":
            raise Refused(
                node,
                f"the list method `{name}` cannot be differentiated yet",
                "supported: append, clear, copy, count, extend, index, insert, pop, remove, "
                "reverse and sort",
            )
        return self.with_arguments(method, name, owner, args, kw, node)

    def list_arguments(self, name, node):
        """The arguments of a method; what it takes the elements of may be drawn only then."""
        if name == "extend" and len(node.args) == 1:
            return [self.listed(node.args[0])], {}
        return self.arguments(node)

    def list_append(self, owner, node, value):
        return self.append(owner, self.stored(value, node), node)

    def list_extend(self, owner, node, other):
        return self.extend(owner, other, node)

    def list_copy(self, owner, node):
        return self.copy(owner, node)

    def list_reverse(self, owner, node):
        self.own_memory(owner, node)
        self.b.effect("reverse", owner)
        return Const(None)

    def list_clear(self, owner, node):
        return self.refill(owner, Slice(None, None, None), Struct(list, (), ()), node)

    def list_index(self, owner, node, value):
        return self.asked("x.index(y)", INT, node, owner, self.runtime(value, node), hint="place")

    def list_count(self, owner, node, value):
        return self.asked("x.count(y)", INT, node, owner, self.runtime(value, node), hint="count")

    def list_remove(self, owner, node, value):
        self.list_pop(owner, node, self.list_index(owner, node, value))
        return Const(None)

    def list_pop(self, owner, node, index=Const(-1)):  # noqa: B008
        self.own_memory(owner, node)
        if isinstance(kind_of(owner), List) and kind_of(owner).type == "tuple":
            raise Refused(node, "a tuple cannot be changed", "use a list")
        last = isinstance(index, Const) and index.value == -1
        places = [] if last else [self.place(owner, self.runtime(index, node), node)]
        out = self.gate("pop", owner, *places, node=node, hint="item")
        if owner in self.sites:
            self.sites[out] = {("element", s) for s in self.sites[owner]}
        return out

    def list_insert(self, owner, node, index, value):
        value, index = self.stored(value, node), self.runtime(index, node)
        self.note_inside(owner, value)
        self.widen(owner, number_kind(value), node)
        self.b.effect("insert", owner, self.within(owner, index, node), value)
        return Const(None)

    def list_sort(self, owner, node, key=None, reverse=Const(False)):  # noqa: B008
        order = self.order(self.keys_of(owner, key, node), reverse, node)
        items = self.quoted("[xs[k] for k in order]", node, xs=owner, order=order)
        return self.refill(owner, Slice(None, None, None), items, node)

    # ------------------------------------------------------------ places

    def place(self, owner, index, node):
        """A subscript counted from the start, as it is for an element that there is."""
        if not is_integral(number_kind(index)):
            what = described(number_kind(index))
            raise Refused(node, f"a list is indexed by an int, not by {what}", "make it an int")
        if self.is_natural(index):
            return index
        n = self.gate("len", owner, node=node)
        if isinstance(index, Const):
            return self.gate("operator.sub", n, Const(-index.value), node=node)
        return self.quoted(_PLACE, node, i=index, n=n)

    def within(self, owner, index, node):
        """The end of a slice, or where something is inserted: between 0 and the length."""
        if isinstance(index, Const) and index.value == 0:
            return index
        n = self.gate("len", owner, node=node)
        text = "min(i, n)" if self.is_natural(index) else _CLAMPED
        if isinstance(index, Const) and index.value < 0:
            index, text = Const(-index.value), "max(n - i, 0)"
        return self.quoted(text, node, i=index, n=n)

    def is_natural(self, operand) -> bool:
        """Whether an int is surely not negative."""
        if isinstance(operand, Const):
            return isinstance(operand.value, int) and operand.value >= 0
        return operand in self.naturals

    # ------------------------------------------------------------ slices

    def refill(self, base, index, value, node):
        """`base[lo:hi] = value`, for any value that has elements."""
        self.own_memory(base, node)
        if kind_of(base).type == "tuple":
            raise Refused(node, "a tuple cannot be changed", "use a list")
        if index.step is not None and not (
            isinstance(index.step, Const) and index.step.value in (1, None)
        ):
            what = "a store to a slice of a list with a step cannot be differentiated yet"
            raise Refused(node, what, "use a loop")
        items = self.as_list_of(base, value, node)
        whole = index.lo is None and index.hi is None
        n = self.gate("len", base, node=node)
        if whole:
            span, gone = Slice(None, None, None), n
        else:
            lo = Const(0) if index.lo is None else self.within(base, index.lo, node)
            hi = n if index.hi is None else self.within(base, index.hi, node)
            if not (_in_order(index.lo, index.hi)):
                hi = self.quoted("max(lo, hi)", node, lo=lo, hi=hi)
            span, gone = Slice(lo, hi, None), self.quoted("hi - lo", node, lo=lo, hi=hi)
        count = self.gate("len", items, node=node)
        self.b.effect("refill", base, span, items, kw=(("count", count), ("gone", gone)))
        return Const(None)

    def as_list_of(self, base, value, node):
        """What is stored in a slice, as a list whose elements are of the list's kind."""
        if isinstance(value, Struct) and value.type in (list, tuple):
            operands = [self.stored(i, node) for i in value.items]
            for operand in operands:
                self.widen(base, number_kind(operand), node)
            return self.gate("list", *operands, kind=List(kind_of(base).elem), node=node)
        value = self.runtime(value, node)
        if isinstance(kind_of(value), Array):
            value = self.quoted("[v for v in vs]", node, vs=value)
        if not isinstance(kind_of(value), List):
            what = f"{described(kind_of(value))} is stored in a slice of a list"
            raise Refused(node, what, "store a list")
        if kind_of(value).elem is not UNKNOWN:
            self.widen(base, kind_of(value).elem, node)
        return value

    def delete(self, target):
        base = self.expr(target.value)
        if isinstance(base, Map):
            self.drop_from_map(base, self.expr(target.slice), target)
            return
        if is_dict(base):
            self.delete_key(base, target)
            return
        if self.is_placed(base):
            self.delete_place(base, target)
            return
        base = self.runtime(base, target.value)
        if not isinstance(kind_of(base), List):
            what = f"an element of {described(kind_of(base))} cannot be deleted"
            raise Refused(target, what, "use a list")
        index = self.index(target.slice)
        if isinstance(index, Slice):
            self.refill(base, index, Struct(list, (), ()), target)
        else:
            self.list_pop(base, target, index)

    # ------------------------------------------------------------ lists of lists

    def listed(self, node):
        """What an expression has for elements, as a list or as what the compiler holds of it."""
        drawn = self.drawn(node)
        if isinstance(drawn, ast.GeneratorExp):
            made = ast.ListComp(drawn.elt, drawn.generators)
            return self.expr_ListComp(ast.copy_location(made, node))
        found = self.expr(drawn)
        return self.keys_of_map(found, node) if isinstance(found, Map) else found

    def repeated(self, many, count, node):
        """`[a, b] * n`."""
        if kind_of(many).type == "tuple" and is_reference(kind_of(many).elem):
            raise Refused(node, "a tuple of lists or arrays is not repeated yet", "use a list")
        out = self.gate("list.repeat", many, count, node=node)
        self.sites[out] = {self.site(node)}
        return self.as_learned(out)

    def member_of_list(self, left, op, right, node):
        x = self.runtime(left, node)
        text = "y in x" if isinstance(op, ast.In) else "y not in x"
        return self.asked(text, BOOL, node, right, x)

    def is_range(self, node) -> bool:
        func = self.quiet(node.func) if isinstance(node, ast.Call) else None
        return isinstance(func, Known) and func.value is range

    def member_of_range(self, left, op, node, place):
        """`k in range(n)`."""
        ends = [self.operand(a) for a in node.args]
        words = "in" if isinstance(op, ast.In) else "not in"
        names = ("y", "z", "w")[: len(ends)]
        text = f"x {words} range({', '.join(names)})"
        return self.asked(text, BOOL, place, self.runtime(left, place), *ends)

    # ------------------------------------------------------------ starred targets

    def starred(self, binding, target):
        """`a, *rest, z = xs`: what is between the first and the last is a new list."""
        k = next(k for k, e in enumerate(target.elts) if isinstance(e, ast.Starred))
        after = len(target.elts) - k - 1
        binding = self.as_tuple(binding)
        if not isinstance(binding, Struct) or binding.type is dict:
            return self.starred_list(self.runtime(binding, target), k, after, target)
        items = list(binding.items)
        if len(items) < k + after:
            what = f"{len(items)} values are unpacked into at least {k + after} names"
            raise Refused(target, what, "")
        end, site = len(items) - after, self.site(target.elts[k])
        rest = Struct(list, tuple(range(end - k)), tuple(items[k:end]), frozenset({site}))
        if site in self.memo.dynamic:
            rest = self.list_of([self.runtime(i, target) for i in rest.items], target.elts[k])
        return [*items[:k], rest, *items[end:]]

    def starred_list(self, base, k, after, target):
        array = isinstance(kind_of(base), Array) and kind_of(base).ndim
        if not isinstance(kind_of(base), List) and not array:
            what = f"a starred target does not take {described(kind_of(base))}"
            raise Refused(target, what, "index the elements")
        n = self.gate("len", base, node=target)
        if k + after:
            self.short_of(n, k + after, target)
        first = [self.load(base, Const(i), target) for i in range(k)]
        hi = self.gate("operator.sub", n, Const(after), node=target) if after else None
        part = Slice(Const(k) if k else None, hi, None)
        if array:
            part = self.load(base, part, target)
            rest = self.quoted("[v for v in vs]", target.elts[k], vs=part)
        else:
            rest = self.slice_of(base, part, target.elts[k])
        last = [self.load(base, Const(i - after), target) for i in range(after)]
        return [*first, rest, *last]

    def short_of(self, n, wanted, node):
        """Raise at run time where a list is too short to be unpacked."""
        test = self.gate("operator.lt", n, Const(wanted), node=node)
        text = f"raise ValueError('not enough values to unpack (expected at least {wanted})')"
        error = ast.parse(text).body[0]
        self.branch(test, lambda: self.b.effect("raise", form=(error, ())), lambda: None, node)


def _in_order(lo, hi) -> bool:
    """Whether one end of a slice is surely not behind the other."""
    if hi is None or lo is None:
        return True
    return isinstance(lo, Const) and isinstance(hi, Const) and 0 <= lo.value <= hi.value
