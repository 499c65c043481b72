"""Stage the methods of arrays and lists, and the builtins that containers are used with."""

from __future__ import annotations

import ast
import textwrap

from srcgrad.ir import Const, Slice, Value
from srcgrad.joins import together
from srcgrad.kinds import (
    INT,
    TEXT,
    UNKNOWN,
    Array,
    List,
    Literal,
    Scalar,
    Shape,
    Thing,
    described,
    is_reference,
)
from srcgrad.operands import kind_of
from srcgrad.passes.stage.binding import Known, Map, Refused, Struct
from srcgrad.passes.stage.dicts import is_dict_object
from srcgrad.rules.numpy import METHODS


class Containers:
    """Methods of the stager for what Python and NumPy bring along."""

    # ------------------------------------------------------------ methods

    def call_method(self, bound, node, discard):
        owner = bound.owner
        if self.is_placed(owner):
            found = self.place_method(owner, bound.name, node)
            if found is not None:
                return found
        owner = self.unlisted(owner, node)
        if isinstance(owner, Struct) and owner.type is list:
            owner = self.dynamic(owner, node)
        if isinstance(owner, Map):
            found = self.map_method(owner, bound.name, node)
            if found is not None:
                return found
            what = f"the method `{bound.name}` cannot be differentiated here"
            raise Refused(node, what, "use a list, or constant keys")
        if is_dict_object(owner) or isinstance(owner, Struct) and owner.type is dict:
            found = self.dict_method(owner, bound.name, node)
            if found is not None:
                return found
        kind = kind_of(owner) if not isinstance(owner, Struct) else None
        if isinstance(kind, List):
            return self.list_method(owner, bound.name, node)
        if isinstance(kind, Array) and bound.name == "item" and node.args:
            return self.item_at(owner, node)
        if isinstance(kind, Array) and bound.name == "nonzero" and not node.args:
            return self.places_of(owner, node)
        if isinstance(kind, Array):
            name = METHODS.get(bound.name)
            if name is None:
                raise Refused(
                    node,
                    f"the array method `{bound.name}` has no rule",
                    textwrap.fill(f"supported: {', '.join(sorted(METHODS))}", 100),
                )
            args, kw = self.arguments(node)
            self.method_call = True
            try:
                return self.call_rule(name, [owner, *args], kw, node)
            finally:
                self.method_call = False
        if isinstance(owner, Const) and isinstance(owner.value, str):
            known = self.text_method(owner.value, bound.name, node)
            if known is not None:
                return known
        if kind == TEXT or isinstance(kind, Literal):
            return self.opaque_expression(node, TEXT)
        if isinstance(kind, Thing) and kind is not UNKNOWN:
            return self.opaque_call(node, discard)
        if isinstance(kind, Scalar):
            return self.number_method(owner, bound.name, node)
        raise Refused(
            node,
            f"the method `{bound.name}` cannot be differentiated here",
            "read a dict at its keys: a loop over them has no derivative yet"
            if isinstance(owner, Struct) and owner.type is dict
            else "call a function instead",
        )

    def with_arguments(self, method, name, owner, args, kw, node):
        """What the stager's method for a container's gives; arguments that it does not take are refused."""
        try:
            return method(owner, node, *args, **kw)
        except TypeError as error:
            if error.__traceback__.tb_next is not None:  # from inside of it
                raise
            what = f"`{ast.unparse(node)}` has arguments that `{name}` does not take"
            raise Refused(node, what, "check them") from None

    def copy(self, owner, node):
        elem = kind_of(owner).elem
        if is_reference(elem):
            return self.slice_of(owner, Slice(None, None, None), node)
        learned = self.memo.elements.get(self.site(node), UNKNOWN)
        out = self.gate("copy", owner, node=node, kind=List(together(elem, learned) or elem))
        self.sites[out] = {self.site(node)}
        return out

    # ------------------------------------------------------------ builtins

    def call_len(self, node):
        x = self.contents(self.expr(node.args[0]), node)
        if isinstance(x, Map):
            return self.length_of_map(x, node)
        if isinstance(x, Known) and type(x.value) in (list, tuple, dict):
            self.guard(f"{x.path}.__len__()", len(x.value))
            return Const(len(x.value))
        out = self.call_special(x, "__len__", [], node)
        if out is not None:
            return out
        if (
            isinstance(x, Struct)
            and (x.source is None or x.type is not list)
            and not (x.site or set()) & self.memo.dynamic
            and not (x.type is list and x.site)
            or self.is_uneven(x)
        ):
            return Const(len(x.items))
        x = self.runtime(x, node)
        if isinstance(kind_of(x), Shape):
            return Const(len(kind_of(x).extents))
        if isinstance(kind_of(x), (List, Array)):
            return self.gate("len", x, node=node)
        return self.opaque_expression(node, INT)

    def call_sum(self, node):
        if node.args:
            drawn = self.drawn(node.args[0])
            node = ast.copy_location(
                ast.Call(node.func, [drawn, *node.args[1:]], node.keywords), node
            )
        if node.args and isinstance(node.args[0], ast.GeneratorExp):
            name = "%sum"
            start = self.operand(node.args[1]) if len(node.args) > 1 else Const(0)
            hold = self.env.get(name)
            self.env[name] = start

            def each(element):
                total = self.binary("operator.add", self.env[name], element, node)
                self.env[name] = total

            self.comp_names = (name, *self.comp_names)
            self.comprehension(node.args[0], each)
            self.comp_names = self.comp_names[1:]
            out = self.env.pop(name)
            if isinstance(out, Value):
                out.hint, out.named = "total", False
            if hold is not None:
                self.env[name] = hold
            return out
        start = [k.value for k in node.keywords if k.arg == "start"] or node.args[1:]
        if len(node.args) > 2 or len(start) > 1 or len(start) < len(node.keywords):
            raise Refused(node, "`sum` takes a list and a start here", "")
        if start:
            drawn = self.elements_of(node.args[0])
            added = ast.Call(node.func, [drawn, *start], [])
            return self.call_sum(ast.copy_location(added, node))
        return self.over_container("builtins.sum", self.expr(node.args[0]), node)

    def call_list(self, node):
        if not node.args:
            return self.expr_List(ast.copy_location(ast.List([], ast.Load()), node))
        drawn = self.drawn(node.args[0])
        if drawn is not node.args[0]:
            drawn = ast.ListComp(drawn.elt, drawn.generators)
            return self.expr_ListComp(ast.copy_location(drawn, node))
        inner = self.contents(self.expr(node.args[0]), node)
        if isinstance(inner, Map):
            return self.keys_of_map(inner, node)
        if isinstance(inner, Struct) and inner.type is dict:
            keys = tuple(map(Const, inner.keys))
            inner = Struct(tuple, tuple(range(len(keys))), keys)
        if isinstance(inner, Value) and isinstance(kind_of(inner), Array):
            return self.quoted("[v for v in vs]", node, vs=inner)
        if (
            isinstance(inner, Struct)
            and inner.type in (list, tuple)
            and self.site(node) not in self.memo.dynamic
        ):
            return self.listing(inner.items, frozenset({self.site(node)}))
        inner = self.runtime(inner, node)
        if isinstance(kind_of(inner), List):
            return self.copy(inner, node)
        raise Refused(node, "`list` takes a list here", "use a comprehension")

    def call_tuple(self, node):
        if len(node.args) > 1 or node.keywords:
            raise Refused(node, "`tuple` takes one argument", "")
        inner = self.listed(node.args[0]) if node.args else Struct(tuple, (), ())
        inner = self.contents(inner, node)
        if isinstance(inner, Struct) and inner.type is dict:
            return Struct(tuple, tuple(range(len(inner.keys))), tuple(map(Const, inner.keys)))
        if isinstance(inner, Struct) and inner.source is None:
            return Struct(tuple, inner.keys, inner.items)
        inner = self.runtime(inner, node)
        if isinstance(kind_of(inner), Array):
            inner = self.quoted("[v for v in vs]", node, vs=inner)
        if not isinstance(kind_of(inner), List):
            raise Refused(node, f"`tuple` does not take {described(kind_of(inner))}", "")
        if kind_of(inner).type == "tuple":
            return inner
        elem = kind_of(inner).elem
        return self.gate("list.tuple", inner, kind=List(elem, "tuple"), node=node)
