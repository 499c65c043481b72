"""Stage what dicts are asked: their views, `get`, and what makes a dict of another.

    for k, v in p.items():   →   the items, each with its key known

The keys of a dict are part of the kinds that a gradient is made for: nothing is looked up at run
time but what a key finds.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from srcgrad.ir import Const
from srcgrad.passes.stage.binding import Refused, Struct


class Dicts:
    """Methods of the stager that read dicts of fixed layout."""

    expr: Callable
    arguments: Callable
    literal_of: Callable
    struct_item: Callable

    def dict_method(self, owner, name, node):
        """A method of a dict that leaves it as it is; None where it is none."""
        args, kw = self.arguments(node)
        if name == "get" and 1 <= len(args) <= 2 and not kw:
            key = self.key_of(args[0], node)
            if key in owner.keys:
                return owner[key]
            return args[1] if len(args) > 1 else Const(None)
        if kw or args or name not in ("keys", "values", "items", "copy"):
            return None
        keys = tuple(map(Const, owner.keys))
        if name == "copy":
            return Struct(dict, owner.keys, owner.items)
        if name == "items":
            return _tuple(*(_tuple(k, v) for k, v in zip(keys, owner.items)))
        return _tuple(*(keys if name == "keys" else owner.items))

    def key_of(self, binding, node):
        key = self.literal_of(binding)
        if key is None:
            what = "a dict is read at a key that is not known before the function runs"
            raise Refused(node, what, "use a list, or constant keys")
        return key[0]

    def expr_Dict(self, node):
        found: dict = {}
        for key, value in zip(node.keys, node.values):
            if key is None:
                found.update(self.spread(self.expr(value), node))
                continue
            key = self.expr(key)
            if not isinstance(key, Const):
                what = "a dict needs constant keys here"
                raise Refused(node, what, "use a list, or constant keys")
            found[key.value] = self.expr(value)
        return Struct(dict, tuple(found), tuple(found.values()))

    def spread(self, binding, node) -> dict:
        """What `**` adds to a dict or a call, by key."""
        if not isinstance(binding, Struct) or binding.type is not dict:
            raise Refused(node, "`**` takes a dict with constant keys here", "write it out")
        return dict(zip(binding.keys, binding.items))

    def call_dict(self, node):
        """`dict(a=x)`, `dict(other, a=x)`, `dict(pairs)`."""
        if len(node.args) > 1:
            raise Refused(node, "`dict` takes one argument and keywords", "")
        found: dict = {}
        for arg in node.args:
            found.update(self.key_value_pairs(arg, node))
        for keyword in node.keywords:
            value = self.expr(keyword.value)
            if keyword.arg is not None:
                found[keyword.arg] = value
            else:
                found.update(self.spread(value, node))
        return Struct(dict, tuple(found), tuple(found.values()))

    def key_value_pairs(self, node, call):
        """The keys and values of a dict, or of pairs whose number is known."""
        drawn = self.drawn(node)
        if isinstance(drawn, ast.GeneratorExp):
            items = self.each_turn(drawn, lambda: self.expr(drawn.elt))
        else:
            found = self.expr(drawn)
            if isinstance(found, Struct) and found.type is dict:
                return dict(zip(found.keys, found.items))
            items = found.items if isinstance(found, Struct) else None
        if items is None or not all(isinstance(i, Struct) and len(i.items) == 2 for i in items):
            raise Refused(call, "the keys of this dict are not known before it runs", "use a list")
        return {self.key_of(i.items[0], call): i.items[1] for i in items}


def _tuple(*items):
    return Struct(tuple, tuple(range(len(items))), tuple(items))
