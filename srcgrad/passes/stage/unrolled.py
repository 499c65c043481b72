"""Stage loops over what is not alike: one turn after the other, each of its own kinds.

    for name, w in p.items():       w = p["a"]
        if name != "b":             total = 0.0 + w * w
            total += w * w    →     w = p["b"]

Dicts, strings, functions, and arrays of different dimensions: their number is part of the kinds
that a gradient is made for, so the turns can be written out.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from srcgrad.ir import Const, Value
from srcgrad.joins import joined
from srcgrad.kinds import INT, UNKNOWN, Array, List, Maybe, Scalar, is_integral, is_namedtuple
from srcgrad.operands import number_kind
from srcgrad.passes.stage.binding import Known, Refused, Restart, Struct
from srcgrad.passes.stage.dicts import is_list_object
from srcgrad.passes.stage.iteration import MOST_WRITTEN_OUT, is_countable

_PLAIN = (ast.Name, ast.Attribute, ast.Subscript, ast.Tuple, ast.List, ast.Dict, ast.Call)


class Unrolled:
    """Methods of the stager that write out the turns of loops."""

    env: dict
    function: Callable
    b: object
    expr: Callable
    quiet: Callable
    branch: Callable
    truth: Callable
    assign: Callable

    asking = False

    def is_spelling(self) -> bool:
        """Whether this is inside of a rule that is written in Python: there, all loops that can be are written out."""
        return is_rule(self.function)

    def fixed_items(self, node):
        """The elements of what a loop goes over, where each turn must be written out; else None."""
        if not isinstance(node, _PLAIN):
            return None
        if self.is_spelling() and not self.asking:
            return self.items_in_rule(node)
        if isinstance(node, ast.Call):
            func = self.quiet(node.func)
            kind = func.value if isinstance(func, Known) else None
            if kind in (enumerate, zip, reversed):
                return self.fixed_rows(kind, node)
            if kind is range or kind is map or kind is filter:
                return None
        found = self.contents(self.quiet(node), node)
        plain = isinstance(found, Struct) and self.alike(found) and not self.is_uneven(found)
        if plain and (found.items or _is_given(found)):
            return None
        if isinstance(found, Struct) and not is_namedtuple(found.type) or self.is_sequence(found):
            return self.items_of(node)
        return None

    def items_in_rule(self, node):
        """The elements of what a loop of a rule goes over; None where the run decides on them."""
        outer, self.asking = self.b, True
        self.b = outer.sub()
        try:
            items = self.known_items(node)
        except _AtRunTime:
            self.b = outer
            return None
        finally:
            self.asking = False
        outer.stmts += self.b.stmts
        self.b = outer
        return items

    def fixed_rows(self, kind, node):
        if any(isinstance(a, ast.Starred) for a in node.args):
            return None
        parts = [self.fixed_items(a) for a in node.args[: None if kind is zip else 1]]
        if all(p is None for p in parts):
            return None
        if kind is reversed:
            return parts[0][::-1]
        if kind is zip and not node.keywords:
            parts = [self.items_of(a) if p is None else p for p, a in zip(parts, node.args)]
            return [_tuple(*row) for row in zip(*parts)]
        start = [k.value for k in node.keywords if k.arg == "start"] or node.args[1:]
        first = self.expr(start[0]) if start else Const(0)
        if not isinstance(first, Const):
            raise Refused(node, "`enumerate` starts at a constant here", "add to the count")
        return [_tuple(Const(first.value + k), item) for k, item in enumerate(parts[0])]

    def is_sequence(self, found) -> bool:
        return self.is_container(found) and isinstance(found.value, (list, tuple, dict))

    def items_of(self, node):
        """The elements of what has a known number of them."""
        found = self.contents(self.expr(node), node)
        if self.is_sequence(found):
            if isinstance(found.value, dict):
                self.guard(found.path, repr(list(found.value)), "repr(list({}))")
                return [Const(k) for k in found.value]
            self.guard(f"{found.path}.__len__()", len(found.value))
            return [self.known_item(found, k, node) for k in range(len(found.value))]
        if not isinstance(found, Struct):
            what = "a loop whose turns are not alike takes what has a known number of elements"
            raise Refused(node, what, "use indices")
        if found.type is dict:
            return [Const(k) for k in found.keys]
        return list(found.items)

    def alike(self, binding) -> bool:
        """Whether the elements of a container may be those of a list of free length."""
        return binding.type is not dict and self.common_kind(binding) is not None

    def is_uneven(self, binding) -> bool:
        """Whether a list or tuple holds what no list of free length holds: how many there are is known."""
        plain = isinstance(binding, Struct) and binding.type in (list, tuple)
        if plain and binding.site and binding.site <= self.memo.placed:
            return len(binding.items) <= MOST_WRITTEN_OUT
        return plain and bool(binding.items) and not self.alike(binding)

    def counted_out(self, iterable, place):
        """The numbers of a range whose turns are to be written out; else None."""
        if place not in self.memo.written_out:
            return None
        self.asking = True
        try:
            return self.known_items(iterable)
        finally:
            self.asking = False

    def write_out_turns(self):
        """Stage again, with the turns written out of the innermost loop for which that can be done."""
        known, needed = self.countable[-1] if self.countable else (set(), frozenset())
        if needed - known:
            known |= needed
            self.memo.dynamic -= needed
            raise Restart

    def ways_to_write_out(self, it, iterable, gone_over, place) -> list:
        """What has to be known of a loop for its turns to be written out, and where that is noted."""
        if is_countable(it) or all(map(_is_short_tuple, gone_over)):
            return [(self.memo.written_out, frozenset({place}))]
        if ints := self.fixable([it.start, it.stop, it.step]) if it.form == "range" else None:
            return [(self.memo.fixed, ints)]
        lists = self.list_sites(v for v in it.seqs if getattr(v.kind, "elem", None) == INT)
        if isinstance(iterable, ast.List):
            lists |= {self.site(iterable)}
        return [(self.memo.placed, lists)] if lists else []

    def gone_over(self, node) -> list:
        """What a loop goes over, or what it goes over in step; None for what a call makes."""
        if isinstance(node, ast.Call):
            func = self.quiet(node.func)
            rows = isinstance(func, Known) and func.value in (enumerate, zip, reversed)
            return [found for a in node.args for found in self.gone_over(a)] if rows else [None]
        return [self.quiet(node) if isinstance(node, _PLAIN) else None]

    def common_kind(self, binding):
        """The kind that a binding would have at run time, as an element of a list; None for none."""
        if isinstance(binding, Struct) and binding.type not in (dict, slice):
            elem = joined_kinds(map(self.common_kind, binding.items))
            counted = any(isinstance(i, Const) and type(i.value) is int for i in binding.items)
            if counted and binding.type is tuple and not is_integral(elem):
                return None  # the int may be a subscript: it is not to become a float
            return None if elem is None else List(elem)
        if isinstance(binding, (Value, Const)):
            kind = number_kind(binding)
            return (
                kind if kind is UNKNOWN or isinstance(kind, (Scalar, Maybe, Array, List)) else None
            )
        return None

    def turns(self, items, target, body, stop, node, views=()):
        """The turns of a loop, one after the other; `views` are the dicts that it reads as it goes."""
        for k, item in enumerate(items):
            before = self.held_by(views)
            self.assign(target, item, node)
            body()
            if k < len(items) - 1:
                self.still_alike(before, node)
            flag = self.truth(self.env[stop], node) if stop is not None else Const(False)
            if not isinstance(flag, Const):
                rest = items[k + 1 :]
                go_on = lambda: self.turns(rest, target, body, stop, node, views)  # noqa: B023, E731
                return self.branch(flag, lambda: None, go_on, node)
            if flag.value:
                return None
        return None

    # ------------------------------------------------------------ comprehensions

    def written_out(self, node, make):
        """What `make` gives for each turn of a comprehension over what is not alike; else None."""
        if self.fixed_items(node.generators[0].iter) is None:
            return None
        return self.each_turn(node, make)

    def each_turn(self, node, make, known=False):
        """What `make` gives for each turn of a comprehension; None where the run decides on them.

        `known`: all is staged again with what decides on them, if that can be known.
        """
        outer, env, found = self.b, dict(self.env), []
        self.b = self.b.sub()
        try:
            self.rows(node, 0, lambda: found.append(make()))
        except _AtRunTime as undecided:
            if known:
                self.know_elements(undecided.args)
            self.b, self.env = outer, env
            return None
        outer.stmts += self.b.stmts
        self.b = outer
        for name in ast.walk(ast.Tuple([g.target for g in node.generators])):
            if isinstance(name, ast.Name):
                self.env.pop(name.id, None)
                if name.id in env:
                    self.env[name.id] = env[name.id]
        return found

    def rows(self, node, k, each):
        if k == len(node.generators):
            return each()
        generator = node.generators[k]
        before = self.held_by(filter(is_list_object, self.gone_over(generator.iter)))
        for item in self.known_items(generator.iter):
            self.assign(generator.target, item, node)
            tests = map(self.tested, generator.ifs)
            if all(map(_literally, tests)):
                self.rows(node, k + 1, each)
        self.still_alike(before, node)
        return None

    def known_items(self, node):
        """The elements of what a loop goes over, their number being known."""
        items = self.fixed_items(node)
        if items is not None:
            return items
        if isinstance(node, ast.Call):
            func = self.quiet(node.func)
            if isinstance(func, Known) and func.value is range:
                bounds = [self.expr(a) for a in node.args]
                if not all(isinstance(p, Const) for p in bounds):
                    raise _AtRunTime(*bounds)
                return [Const(k) for k in range(*(p.value for p in bounds))]
            if isinstance(func, Known) and func.value in (enumerate, zip, reversed):
                parts = [self.known_items(a) for a in node.args]
                if func.value is zip:
                    return [_tuple(*row) for row in zip(*parts)]
                if len(parts) > 1 or node.keywords:
                    raise _AtRunTime
                if func.value is reversed:
                    return parts[0][::-1]
                return [_tuple(Const(k), item) for k, item in enumerate(parts[0])]
        found = self.contents(self.expr(node), node)
        if not isinstance(found, Struct):
            raise _AtRunTime(found)
        return list(map(Const, found.keys)) if found.type is dict else list(found.items)


class _AtRunTime(Exception):
    """What a comprehension does is decided when it runs, by these operands."""


def _literally(test) -> bool:
    if not isinstance(test, Const):
        raise _AtRunTime(test)
    return bool(test.value)


def _is_short_tuple(found) -> bool:
    """Whether this is a tuple that is written out, of which each element may have a turn of its own."""
    plain = isinstance(found, Struct) and found.type is tuple and not found.site
    return plain and len(found.items) <= MOST_WRITTEN_OUT


def is_rule(function) -> bool:
    """Whether this is a rule that is written in Python, or a helper of one."""
    return (getattr(function, "__module__", None) or "").startswith("srcgrad.rules.")


def _is_given(struct) -> bool:
    return any(site[0] == "param" for site in struct.site or ())


def joined_kinds(kinds):
    kinds = list(kinds)
    return None if any(k is None for k in kinds) else joined(kinds)


def _tuple(*items):
    return Struct(tuple, tuple(range(len(items))), tuple(items))
