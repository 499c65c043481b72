"""Stage dicts: what they are asked, and what is stored in them.

    for k, v in p.items():   →   the items, each with its key known
    d["a"] = x               →   %o1.a ↦ x, d ↦ object 1

The keys of a dict are part of the kinds that a gradient is made for: nothing is looked up at run
time but what a key finds. A dict that something is stored in is an object (`heap.py`), its keys
being the attributes; one of the caller's is changed where the function changes it, too.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from srcgrad.ir import UNDEFINED, Const, Value
from srcgrad.kinds import Array, List, Literal, Scalar
from srcgrad.operands import kind_of
from srcgrad.passes.stage.binding import Conflict, Known, Object, Refused, Restart, Struct

_SOME_PATHS = "store it on every path, or before the loop"


class Dicts:
    """Methods of the stager that read and change dicts."""

    b: object
    env: dict
    memo: object
    origins: dict
    expr: Callable
    runtime: Callable
    arguments: Callable
    literal_of: Callable
    attributes: Callable

    # ------------------------------------------------------------ dicts as objects

    def dict_of(self, keys, values, node):
        """A new dict."""
        sites = frozenset({self.site(node)})
        if sites & self.memo.mapped:
            return self.new_map(keys, values, node)
        if sites & self.memo.mutable:
            made = self.new_dict(keys, values)
            self.object_sites[made.number] = sites
            return made
        return Struct(dict, tuple(keys), tuple(values), sites)

    def new_dict(self, keys, values):
        made = self.new_object(dict)
        for key, value in zip(keys, values):
            self.env[made.key(entry(key))] = value
        return made

    def contents(self, binding, node):
        """A dict that may change, as what it holds now, and a shape as a tuple; anything else as it stands."""
        if not is_dict_object(binding):
            return self.as_tuple(binding)
        found = self.attributes(binding)
        keys = tuple(map(key_in, found))
        for key, value in zip(keys, found.values()):
            self.there(key, value, binding, node)
        return Struct(dict, keys, tuple(found.values()))

    def there(self, key, value, owner, node):
        """See to what depends on whether a key is in a dict: that is asked when the function runs."""
        doubtful = isinstance(value, Value) and value in self.partial
        if value is UNDEFINED or doubtful or isinstance(value, Conflict):
            sites = self.object_sites.get(owner.number, frozenset())
            if sites - self.memo.mapped and not any(s[0] == "param" for s in sites):
                self.mapped(sites, node)
            what = f"the key {key!r} is in this dict on some paths only, or of different kinds"
            raise Refused(node, what, _SOME_PATHS)

    def changing(self, binding, node):
        """The object that a dict is; where it was none so far, all is staged again with it as one."""
        if is_dict_object(binding):
            if binding.number in self.shared:
                what = "a dict is changed that may be another one, too"
                raise Refused(node, what, "make a new dict instead of changing one")
            return binding
        if isinstance(binding, Struct) and binding.type is dict and binding.site:
            self.memo.mutable |= binding.site
            raise Restart
        raise Refused(node, "this dict cannot be changed here", "make a new dict: `dict(d)`")

    def put_key(self, owner, key, binding, node):
        if owner.number in self.origins:
            binding = self.put_outside(owner, key, binding, node)
        elif isinstance(binding, Value):
            name = entry(key).partition("!")[0]
            self.christen(binding, name)
        self.env[owner.key(entry(key))] = binding

    def drop_key(self, owner, key, node):
        if owner.number in self.origins:
            self.b.loc = (self.source, node)
            self.b.effect("setattr", self.origins[owner.number][0], Const(key), form="del")
        return self.env.pop(owner.key(entry(key)))

    def put_outside(self, owner, key, binding, node):
        """Write down that the caller's dict is changed."""
        operand = self.runtime(binding, node)
        if not isinstance(kind_of(operand), (Scalar, Array, List, Literal)):
            what = "what is stored in the caller's dict is no number, list or array"
            raise Refused(node, what, "work on a copy: `dict(d)`")
        self.b.loc = (self.source, node)
        value = self.origins[owner.number][0]
        self.b.effect("setattr", value, Const(key), operand, form="key")
        return operand

    # ------------------------------------------------------------ reading and storing

    def read_key(self, owner, key, node):
        value = self.env.get(owner.key(entry(key)), UNDEFINED)
        if entry(key) not in self.attributes(owner):
            return self.struct_item(self.contents(owner, node), key, node)
        self.there(key, value, owner, node)
        return value

    def store_key(self, base, target, binding, node):
        key = self.key_of(self.expr(target.slice), target, base)
        self.put_key(self.changing(base, target), key, binding, node)

    def delete_key(self, base, target):
        key = self.key_of(self.expr(target.slice), target, base)
        owner = self.changing(base, target)
        self.read_key(owner, key, target)
        self.drop_key(owner, key, target)

    def augment_key(self, base, op_node):
        """`d[k] += value`: what is there is changed in place or not, and stored."""
        target = op_node.target
        key = self.key_of(self.expr(target.slice), target, base)
        owner = self.changing(base, target)
        hold = "%augmented"
        self.env[hold] = self.read_key(owner, key, target)
        name = ast.copy_location(ast.Name(hold, ast.Store()), op_node)
        new = ast.AugAssign(name, op_node.op, op_node.value)
        self.stmt_AugAssign(ast.copy_location(new, op_node))
        self.put_key(owner, key, self.env.pop(hold), op_node)

    def key_of(self, binding, node, owner=None):
        key = self.literal_of(binding)
        if key is None:
            number = owner.number if is_dict_object(owner) else None
            if is_dict(owner) and self.is_mixed(owner):
                self.write_out_turns()
            self.mapped(self.object_sites.get(number, getattr(owner, "site", None)), node)
        return key[0]

    def is_mixed(self, owner) -> bool:
        """Whether what a dict holds is of several kinds, so that only known keys can be read."""
        held = owner.items if isinstance(owner, Struct) else (*self.attributes(owner).values(),)
        return self.common_kind(_tuple(*held)) is None

    # ------------------------------------------------------------ methods

    def dict_method(self, owner, name, node):
        """A method of a dict; None where it has none of that name."""
        method = getattr(self, f"dict_{name}", None)
        if method is None or name in ("method", "of"):
            return None
        args, kw = self.arguments(node)
        if kw and name != "update":
            raise Refused(node, f"`{name}` takes no keywords", "")
        return self.with_arguments(method, name, owner, args, kw, node)

    def dict_get(self, owner, node, key, default=Const(None)):  # noqa: B008
        key, found = self.key_of(key, node, owner), self.contents(owner, node)
        return found[key] if key in found.keys else default

    def dict_keys(self, owner, node):
        return _tuple(*map(Const, self.contents(owner, node).keys))

    def dict_values(self, owner, node):
        return _tuple(*self.contents(owner, node).items)

    def dict_items(self, owner, node):
        found = self.contents(owner, node)
        return _tuple(*(_tuple(Const(k), v) for k, v in zip(found.keys, found.items)))

    def dict_copy(self, owner, node):
        found = self.contents(owner, node)
        return self.dict_of(found.keys, found.items, node)

    def dict_update(self, owner, node, *others, **more):
        owner = self.changing(owner, node)
        found: dict = {}
        for other in others:
            found.update(self.key_value_pairs(other, node))
        for key, value in {**found, **more}.items():
            self.put_key(owner, key, value, node)
        return Const(None)

    def dict_setdefault(self, owner, node, key, default=Const(None)):  # noqa: B008
        key, owner = self.key_of(key, node, owner), self.changing(owner, node)
        if entry(key) not in self.attributes(owner):
            self.put_key(owner, key, default, node)
        return self.read_key(owner, key, node)

    def dict_pop(self, owner, node, key, *default):
        key, owner = self.key_of(key, node, owner), self.changing(owner, node)
        if entry(key) not in self.attributes(owner) and default:
            return default[0]
        value = self.read_key(owner, key, node)
        self.drop_key(owner, key, node)
        return value

    def dict_clear(self, owner, node):
        owner = self.changing(owner, node)
        for key in self.contents(owner, node).keys:
            self.drop_key(owner, key, node)
        return Const(None)

    # ------------------------------------------------------------ new dicts

    def expr_Dict(self, node):
        found: dict = {}
        for key, value in zip(node.keys, node.values):
            if key is None:
                found.update(self.key_value_pairs(self.expr(value), node))
                continue
            key = self.expr(key)
            if self.literal_of(key) is None:
                return self.map_display(node)
            found[self.literal_of(key)[0]] = self.expr(value)
        return self.dict_of(found, found.values(), node)

    def map_display(self, node):
        """A dict display with keys that are not known before."""
        made = self.new_map((), (), node)
        for key, value in zip(node.keys, node.values):
            if key is None:
                self.unknown_keys(node)
            self.put_in_map(made, self.expr(key), self.expr(value), node)
        return made

    def expr_DictComp(self, node):
        found = self.each_turn(node, lambda: (self.expr(node.key), self.expr(node.value)))
        if found is None or not all(self.literal_of(k) for k, _ in found):
            return self.mapped_comprehension(node)
        pairs = {self.literal_of(k)[0]: v for k, v in found}
        return self.dict_of(pairs, pairs.values(), node)

    def call_dict(self, node):
        """`dict(a=x)`, `dict(other, a=x)`, `dict(pairs)`."""
        if len(node.args) > 1:
            raise Refused(node, "`dict` takes one argument and keywords", "")
        found: dict = {}
        for arg in node.args:
            drawn = self.drawn(arg)
            if isinstance(drawn, ast.GeneratorExp):
                items = self.each_turn(drawn, lambda drawn=drawn: self.expr(drawn.elt))
                if items is None:
                    self.unknown_keys(node)
                drawn_items = _tuple(*items)
            else:
                drawn_items = self.expr(drawn)
            found.update(self.key_value_pairs(drawn_items, node))
        for keyword in node.keywords:
            value = self.expr(keyword.value)
            more = (
                self.key_value_pairs(value, node) if keyword.arg is None else {keyword.arg: value}
            )
            found.update(more)
        return self.dict_of(found, found.values(), node)

    def spread(self, binding, node) -> dict:
        """What `**` adds to a call, by key."""
        many = self.contents(binding, node)
        if not isinstance(many, Struct) or many.type is not dict:
            raise Refused(node, "`**` takes a dict with constant keys here", "write it out")
        return dict(zip(many.keys, many.items))

    def key_value_pairs(self, binding, node) -> dict:
        """The keys and values of a dict, or of pairs whose number is known."""
        found = self.contents(binding, node)
        if isinstance(found, Struct) and found.type is dict:
            return dict(zip(found.keys, found.items))
        if isinstance(found, Known) and isinstance(found.value, dict):
            self.guard(found.path, repr(list(found.value)), "repr(list({}))")
            return {k: self.known_item(found, k, node) for k in found.value}
        items = found.items if isinstance(found, Struct) else None
        if items is None or not all(isinstance(i, Struct) and len(i.items) == 2 for i in items):
            self.unknown_keys(node)
        return {self.key_of(i.items[0], node): i.items[1] for i in items}

    def unknown_keys(self, node):
        raise Refused(node, "the keys of this dict are not known before it is made", "use a list")

    # ------------------------------------------------------------ loops

    def views_of(self, node) -> list:
        """The dicts whose values a loop reads as it goes, `d.items()`, not `list(d.items())`; and lists."""
        found, todo = list(filter(is_list_object, self.gone_over(node))), [node]
        while todo:
            part = todo.pop()
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
                if part.func.id in ("list", "tuple", "sorted", "dict"):
                    continue
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
                owner = self.quiet(part.func.value)
                if part.func.attr in ("items", "values") and is_dict_object(owner):
                    found.append(owner)
            todo.extend(ast.iter_child_nodes(part))
        return found

    def held_by(self, owners) -> list:
        """Dicts and lists, and what they hold now."""
        return [(owner, self.attributes(owner)) for owner in owners]

    def still_alike(self, before, node):
        """Refuse that a dict or a list is changed while a loop reads its values."""
        for owner, held in before:
            if held == self.attributes(owner):
                continue
            if owner.type is list:
                what = "a list is changed while it is looped over"
                raise Refused(node, what, "loop over a copy: `list(…)`")
            what = "a dict is changed while its values are looped over"
            raise Refused(node, what, "loop over `list(d.items())`, or over the keys")


def is_dict_object(binding) -> bool:
    return isinstance(binding, Object) and binding.type is dict


def is_list_object(binding) -> bool:
    return isinstance(binding, Object) and binding.type is list


def is_dict(binding) -> bool:
    return is_dict_object(binding) or isinstance(binding, Struct) and binding.type is dict


def entry(key) -> str:
    """What a key is called among an object's attributes: a name for values, and the key itself."""
    name = key if isinstance(key, str) and key.isidentifier() else "item"
    return f"{name}!{key!r}"


def key_in(attribute):
    return ast.literal_eval(attribute.partition("!")[2])


def _tuple(*items):
    return Struct(tuple, tuple(range(len(items))), tuple(items))
