"""Stage dicts and sets whose keys are found only when the function runs.

    d = {}                              slots = {}; values = []
    d[k] = v                    →       if k in slots: values[slots[k]] = v
    return d[j]                         else: slots[k] = len(values); values.append(v)
                                        return values[slots[j]]

What is stored lies in a list, which is differentiated like any other; a dict of its own says where.
A set is such a dict without a list.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from srcgrad.ir import Const
from srcgrad.joins import joined, together
from srcgrad.kinds import BOOL, INT, TEXT, UNKNOWN, List, Literal, Thing, described, is_integral
from srcgrad.operands import number_kind
from srcgrad.passes.stage.binding import Known, Map, Refused, Restart, Struct


class Maps:
    """Methods of the stager for dicts and sets of keys that are not known before."""

    b: object
    memo: object
    expr: Callable
    runtime: Callable
    quoted: Callable
    template_of: Callable

    # ------------------------------------------------------------ what they are made of

    def mapped(self, sites, node):
        """Stage again, with the dict that is made at these places as one of unknown keys."""
        if not sites or sites <= self.memo.mapped:
            what = "a dict is used with a key that is not known before the function runs"
            raise Refused(node, what, "use a list, or constant keys")
        self.memo.mapped |= sites
        raise Restart

    def new_map(self, keys, values, node):
        site = self.site(node)
        slots = self.python("{}", Thing("dict"), node, hint="slots")
        elem = self.memo.elements.get(site, UNKNOWN)
        values_list = self.b.gate("list", kind=List(elem), hint="values")
        self.sites[values_list] = {site}
        self.sites[slots] = {("keys", site)}
        made = Map(slots, values_list)
        for key, value in zip(keys, values):
            self.put_in_map(made, Const(key), value, node)
        return made

    def map_of(self, struct, node):
        """A dict of the caller's, as one that is read at unknown keys."""
        values = [self.stored(v, node) for v in struct.items]
        if joined(map(number_kind, values), together) is None:
            kinds = " and ".join(dict.fromkeys(described(number_kind(v)) for v in values))
            what = f"a dict that is read at keys that vary holds {kinds}"
            raise Refused(node, what, "use several dicts, or keys that are written out")
        found = {k: i for i, k in enumerate(struct.keys)}
        slots = self.python(repr(found), Thing("dict"), node, hint="slots")
        self.sites[slots] = {("keys", s) for s in struct.site}
        kinds = {type(k) for k in struct.keys}
        kind = {frozenset({str}): TEXT, frozenset({int}): INT}.get(frozenset(kinds), Thing("key"))
        self.learn_key(slots, kind)
        self.theirs.add(slots)
        return Map(slots, self.list_of(values, node))

    def new_set(self, node):
        slots = self.python("{}", Thing("dict"), node, hint="slots")
        self.sites[slots] = {("keys", self.site(node))}
        return Map(slots, None)

    def python(self, text, kind, node, *bindings, hint="thing"):
        """An expression of plain Python, in which x, y and z stand for bindings."""
        operands, names = [], []

        def place(binding):
            operand = self.runtime(binding, node)
            if isinstance(operand, Const):
                return ast.Constant(operand.value)
            names.append(f"%{len(names)}")
            operands.append(operand)
            return ast.Name(names[-1], ast.Load())

        given = {n: self.template_of(b, place, node) for n, b in zip("xyz", bindings)}

        class Fill(ast.NodeTransformer):
            def visit_Name(self, name):
                return given.get(name.id, name)

        tree = Fill().visit(ast.parse(text).body[0])
        tree = tree.value if isinstance(tree, ast.Expr) else tree
        self.b.loc = (self.source, node)
        form = tree, tuple(names)
        if kind is None:
            return self.b.effect("opaque", *operands, form=form)
        return self.b.gate("opaque", *operands, kind=kind, form=form, hint=hint)

    def key_for(self, slots, binding, node):
        """A key, once it is certain that nothing flows through it; its kind is learned."""
        parts = binding.items if isinstance(binding, Struct) else (binding,)
        kinds = [number_kind(self.runtime(p, node)) for p in parts]
        if self.tentative and UNKNOWN in kinds:
            return binding
        if not all(is_integral(k) or k == TEXT or isinstance(k, Literal) for k in kinds):
            what = "only ints and strings, and tuples of these, are looked up in a dict or a set"
            raise Refused(node, what, "use the place in a list")
        kind = INT if is_integral(kinds[0]) else TEXT
        self.learn_key(slots, Thing("key") if isinstance(binding, Struct) else kind)
        return binding

    def learn_key(self, slots, kind):
        for site in self.sites.get(slots, ()):
            old = self.memo.elements.get(site, UNKNOWN)
            new = kind if old is UNKNOWN or old == kind else Thing("key")
            self.memo.elements[site] = new
            if new != old and old is not UNKNOWN:
                raise Restart

    def key_kind(self, slots):
        kinds = {self.memo.elements.get(site, UNKNOWN) for site in self.sites.get(slots, ())}
        kinds.discard(UNKNOWN)
        return kinds.pop() if len(kinds) == 1 else Thing("key") if kinds else INT

    # ------------------------------------------------------------ reading and storing

    def in_map(self, owner, key, node):
        key = self.key_for(owner.slots, key, node)
        return self.python("y in x", BOOL, node, owner.slots, key, hint="test")

    def slot(self, owner, key, node):
        key = self.key_for(owner.slots, key, node)
        out = self.python("x[y]", INT, node, owner.slots, key, hint="slot")
        self.naturals.add(out)
        return out

    def read_map(self, owner, key, node):
        if owner.default is not None:
            test = self.in_map(owner, key, node)
            self.branch(test, lambda: None, lambda: self.put_default(owner, key, node), node)
        return self.load(owner.values, self.slot(owner, key, node), node)

    def put_in_map(self, owner, key, binding, node, missing=False):
        """`d[key] = binding`; `missing`: the key is surely not there yet."""
        slots, values = owner.slots, owner.values
        self.refuse_theirs(owner, node)
        value = self.stored(binding, node)

        def new():
            n = self.gate("len", values, node=node)
            self.python("x[y] = z", None, node, slots, key, n)
            self.append(values, value, node)

        def known():
            self.store(values, self.slot(owner, key, node), value, node)

        if missing:
            return new()
        self.branch(self.in_map(owner, key, node), known, new, node)
        return None

    def refuse_theirs(self, owner, node):
        if owner.slots in self.theirs:
            what = "a dict of the caller's is changed at a key that is not known before"
            raise Refused(node, what, "work on a copy: `dict(d)`")

    def drop_from_map(self, owner, key, node):
        self.refuse_theirs(owner, node)
        self.key_for(owner.slots, key, node)
        return self.python("x.pop(y)", INT, node, owner.slots, key)

    def augment_map(self, owner, key, op, value, node):
        """`d[k] += value`, of numbers."""
        old = self.read_map(owner, key, node)
        self.put_in_map(owner, key, self.binary(op, old, self.expr(value), node), node)

    # ------------------------------------------------------------ methods

    def map_method(self, owner, name, node):
        """A method of a dict or set; None where there is none of that name."""
        sort = "set" if owner.values is None else "map"
        method = getattr(self, f"{sort}_{name}", None)
        if method is None or name == "method":
            return None
        args, kw = self.arguments(node)
        if kw:
            raise Refused(node, f"`{name}` takes no keywords here", "")
        return method(owner, node, *args)

    def map_get(self, owner, node, key, default=Const(None)):  # noqa: B008
        test = self.in_map(owner, key, node)
        return self.choose(test, lambda: self.read_map(owner, key, node), lambda: default, node)

    def map_setdefault(self, owner, node, key, default):
        test = self.in_map(owner, key, node)
        put = lambda: self.put_in_map(owner, key, default, node, missing=True)  # noqa: E731
        self.branch(test, lambda: None, put, node)
        return self.read_map(owner, key, node)

    def map_pop(self, owner, node, key):
        value = self.read_map(owner, key, node)
        self.drop_from_map(owner, key, node)
        return value

    def map_keys(self, owner, node):
        return self.keys_of_map(owner, node)

    def map_values(self, owner, node):
        keys = self.keys_of_map(owner, node)
        return self.quoted("[owner[k] for k in keys]", node, owner=owner, keys=keys)

    def set_add(self, owner, node, key):
        self.key_for(owner.slots, key, node)
        self.python("x[y] = 0", None, node, owner.slots, key)
        return Const(None)

    def set_remove(self, owner, node, key):
        self.drop_from_map(owner, key, node)
        return Const(None)

    def set_discard(self, owner, node, key):
        self.key_for(owner.slots, key, node)
        self.python("x.pop(y, 0)", None, node, owner.slots, key)
        return Const(None)

    def keys_of_map(self, owner, node):
        """The keys, in a list."""
        kind = self.key_kind(owner.slots)
        return self.python("list(x)", List(kind), node, owner.slots, hint="keys")

    def expr_Set(self, node):
        made = self.new_set(node)
        for element in node.elts:
            self.set_add(made, node, self.expr(element))
        return made

    def put_default(self, owner, key, node):
        """What a `defaultdict` does where a key is missing."""
        made = {"float": Const(0.0), "int": Const(0)}.get(owner.default) or self.list_of([], node)
        self.put_in_map(owner, key, made, node, missing=True)

    def call_defaultdict(self, node):
        args, kw = self.arguments(node)
        made = {float: "float", int: "int", list: "list"}
        value = args[0].value if len(args) == 1 and isinstance(args[0], Known) else None
        if kw or value not in made:
            what = "a `defaultdict` of float, int or list is differentiated"
            raise Refused(node, what, "use a dict, and `get` or `setdefault`")
        plain = self.new_map((), (), node)
        return Map(plain.slots, plain.values, made[value])

    def call_frozenset(self, node):
        return self.call_set(node)

    def call_set(self, node):
        if len(node.args) > 1 or node.keywords:
            raise Refused(node, "`set` takes one argument", "")
        made = self.new_set(node)
        if node.args:
            items = self.contents(self.listed(node.args[0]), node)
            self.add_all(made, items, node)
        return made

    def expr_SetComp(self, node):
        made = self.new_set(node)
        self.comprehension(node, lambda element: self.set_add(made, node, element))
        return made

    def add_all(self, made, items, node):
        if isinstance(items, Struct):
            for item in items.items if items.type is not dict else map(Const, items.keys):
                self.set_add(made, node, item)
            return
        held = self.temporary("items")
        self.env[held] = self.runtime(items, node)
        name = self.temporary("x")
        target, over = ast.Name(name, ast.Store()), ast.Name(held, ast.Load())
        for part in (target, over):
            ast.copy_location(part, node)
        self.loop_over(
            target, over, lambda: self.set_add(made, node, self.env[name]), None, (), node
        )

    def length_of_map(self, owner, node):
        return self.python("len(x)", INT, node, owner.slots, hint="n")

    def mapped_comprehension(self, node):
        """A dict comprehension whose keys are found as it runs."""
        made = self.new_map((), (), node)
        pair = ast.copy_location(ast.Tuple([node.key, node.value], ast.Load()), node)
        inner = ast.copy_location(ast.ListComp(pair, node.generators), node)

        def put(element):
            key, value = element.items
            self.put_in_map(made, key, value, node)

        self.comprehension(inner, put, stage=self.expr)
        return made
