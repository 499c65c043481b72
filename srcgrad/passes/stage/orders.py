"""Stage what looks through a container: `sorted`, `min` and `max` by a key, `any` and `all`.

    ys = sorted(xs)             order = sorted(range(len(xs)), key=xs.__getitem__)
                         →      ys = [xs[k] for k in order]

Which element comes first is a question that has no derivative; the elements themselves have.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from srcgrad.ir import Const
from srcgrad.kinds import INT, Array, List
from srcgrad.operands import kind_of
from srcgrad.passes.stage.binding import Refused, Struct


class Orders:
    """Methods of the stager that sort and search."""

    quoted: Callable
    listed: Callable
    runtime: Callable
    expr: Callable

    # ------------------------------------------------------------ sorted

    def call_sorted(self, node):
        (values,), options = self.options(node, {"key", "reverse"})
        reverse = options.get("reverse", Const(False))
        asked = self.by_getitem(values, node)
        if asked is not None:
            return self.order(asked, reverse, node)
        items = self.contents(self.listed(values), node)
        if isinstance(items, Struct) and items.type is dict:
            items = Struct(tuple, tuple(range(len(items.keys))), tuple(map(Const, items.keys)))
        known = self.sorted_literals(items, options, node)
        if known is not None:
            return known
        items = self.runtime(items, node)
        order = self.order(self.keys_of(items, options.get("key"), node), reverse, node)
        return self.quoted("[xs[k] for k in order]", node, xs=items, order=order)

    def options(self, node, allowed):
        """The arguments of a builtin by position, as trees, and the bindings of its keywords."""
        names = {k.arg for k in node.keywords}
        if not names <= allowed:
            wrong = next(k for k in node.keywords if k.arg not in allowed)
            what = f"`{ast.unparse(node.func)}` is not differentiated with `{wrong.arg}=`"
            raise Refused(wrong, what, f"supported: {', '.join(sorted(allowed))}")
        if len(node.args) != 1 or isinstance(node.args[0], ast.Starred):
            what = f"`{ast.unparse(node.func)}` takes one list here"
            raise Refused(node, what, "give it one list")
        return node.args, {k.arg: self.expr(k.value) for k in node.keywords}

    def sorted_literals(self, items, options, node):
        """What is known already, sorted at once."""
        if not isinstance(items, Struct) or options.get("key") is not None:
            return None
        literals = [self.literal_of(i) for i in items.items]
        reverse = self.literal_of(options.get("reverse", Const(False)))
        if None in literals or reverse is None:
            return None
        try:
            found = sorted((v[0] for v in literals), reverse=bool(reverse[0]))
        except TypeError as error:
            raise Refused(node, str(error), "") from None
        site = frozenset({self.site(node)})
        return Struct(list, tuple(range(len(found))), tuple(map(Const, found)), site)

    def keys_of(self, items, key, node):
        if key is None or isinstance(key, Const) and key.value is None:
            return items
        return self.quoted("[key(v) for v in xs]", node, key=key, xs=items)

    def order(self, keys, reverse, node):
        """The subscripts of a list in the order of its elements."""
        self.refuse_unordered(keys, node)
        if isinstance(reverse, Const):
            more = ", reverse=True" if reverse.value else ""
            return self.asked(_SORTED % more, List(INT), node, keys, hint="order")
        reverse = self.runtime(reverse, node)
        return self.asked(_SORTED % ", reverse=y", List(INT), node, keys, reverse, hint="order")

    def refuse_unordered(self, keys, node):
        kind = kind_of(keys)
        if not isinstance(kind, (List, Array)) or isinstance(getattr(kind, "elem", None), Array):
            raise Refused(node, "arrays have no order", "sort by a number, with `key=`")
        if isinstance(kind, Array) and kind.ndim != 1:
            raise Refused(node, "arrays have no order", "sort by a number, with `key=`")

    def by_getitem(self, values, node):
        """The list in `f(range(len(xs)), key=xs.__getitem__)`, which asks for subscripts."""
        key = next((k.value for k in node.keywords if k.arg == "key"), None)
        match values, key:
            case (
                ast.Call(ast.Name("range"), [ast.Call(ast.Name("len"), [one])]),
                ast.Attribute(other, "__getitem__"),
            ) if ast.dump(one) == ast.dump(other):
                return self.runtime(self.expr(one), node)
        return None

    # ------------------------------------------------------------ min and max

    def call_min(self, node):
        return self.extreme(min, node)

    def call_max(self, node):
        return self.extreme(max, node)

    def extreme(self, function, node):
        plain = not any(k.arg == "key" for k in node.keywords)
        starred = any(isinstance(a, ast.Starred) for a in node.args)
        if plain and len(node.args) == 1 and starred:
            inner = self.expr(node.args[0].value)  # max(*xs) is max(xs)
            if not isinstance(inner, Struct):
                return self.call_known(function, [inner], {}, node)
        if plain and len(node.args) == 1 and not node.keywords and not starred:
            return self.call_known(function, [self.listed(node.args[0])], {}, node)
        if plain:
            return self.call_known(function, *self.arguments(node), node)
        if len(node.args) > 1:
            listed = ast.copy_location(ast.Tuple(node.args, ast.Load()), node)
            node = ast.copy_location(ast.Call(node.func, [listed], node.keywords), node)
        (values,), options = self.options(node, {"key"})
        asked = self.by_getitem(values, node)
        if asked is not None:
            return self.place_of(function, asked, node)
        if self.is_range(values):
            return self.extreme_of_range(function, values, options["key"], node)
        items = self.runtime(self.listed(values), node)
        place = self.place_of(function, self.keys_of(items, options["key"], node), node)
        return self.load(items, place, node)

    def extreme_of_range(self, function, values, key, node):
        """`max(range(n), key=...)`: a subscript, counted from where the range starts."""
        it, held, name = self.iteration(values), self.temporary("key"), self.temporary("k")
        self.env[held] = key
        counted = ast.comprehension(ast.Name(name, ast.Store()), values, [], 0)
        call = ast.Call(ast.Name(held, ast.Load()), [ast.Name(name, ast.Load())], [])
        keys = ast.ListComp(call, [counted])
        for part in ast.walk(keys):
            if isinstance(part, ast.expr) and not hasattr(part, "lineno"):
                ast.copy_location(part, node)
        place = self.place_of(function, self.runtime(self.expr(keys), node), node)
        if isinstance(it.start, Const) and it.start.value == 0 and it.step == Const(1):
            return place
        text = "a + k" if it.step == Const(1) else "a + s * k"
        out = self.quoted(text, node, a=it.start, k=place, s=it.step)
        if self.is_natural(it.start) and self.is_natural(it.step):
            self.naturals.add(out)
        return out

    def place_of(self, function, keys, node):
        """The subscript of the first smallest or largest element."""
        self.refuse_unordered(keys, node)
        text = f"{function.__name__}(range(len(x)), key=x.__getitem__)"
        out = self.asked(text, INT, node, keys, hint="place")
        self.naturals.add(out)
        return out

    # ------------------------------------------------------------ any and all

    def call_any(self, node):
        return self.search(node, True)

    def call_all(self, node):
        return self.search(node, False)

    def search(self, node, wanted):
        """Whether an element is `wanted`, as a loop that ends with the first that is."""
        if len(node.args) != 1 or node.keywords:
            raise Refused(node, f"`{ast.unparse(node.func)}` takes one argument", "")
        drawn = self.drawn(node.args[0])
        if not isinstance(drawn, ast.GeneratorExp):
            held = self.temporary("xs")
            self.env[held] = self.expr(drawn)
            if isinstance(self.env[held], Struct) and self.env[held].type is not dict:
                return self.among(list(self.env[held].items), wanted, node)
            drawn = _each(held, node)
        found = self.temporary("found" if wanted else "missed")
        self.env[found] = Const(False)

        def each(element):
            def stop():
                self.env[found] = Const(True)

            test, go_on = self.truth(element, node), lambda: None
            if isinstance(test, Const):
                return stop() if bool(test.value) == wanted else None
            self.branch(test, *((stop, go_on) if wanted else (go_on, stop)), node)

        self.comp_names = (found, *self.comp_names)
        self.comprehension(drawn, each, found)
        self.comp_names = self.comp_names[1:]
        out = self.env.pop(found)
        if wanted or isinstance(out, Const):
            return out if wanted else Const(not out.value)
        return self.gate("operator.not_", out, node=node)

    def among(self, items, wanted, node):
        """`any` and `all` of a tuple or list of known length: each after the other."""
        if not items:
            return Const(not wanted)
        test = self.truth(items[0], node)
        if isinstance(test, Const):
            return (
                Const(wanted) if bool(test.value) == wanted else self.among(items[1:], wanted, node)
            )
        op = "operator.or_" if wanted else "operator.and_"
        rest = self.among(items[1:], wanted, node)
        if isinstance(rest, Const):
            return rest if bool(rest.value) == wanted else test
        return self.gate(op, test, rest, node=node)


def _each(name, node):
    """`v for v in name`."""
    tree = ast.parse(f"(v for v in {'xs'})", mode="eval").body
    for part in ast.walk(tree):
        if isinstance(part, ast.expr):
            ast.copy_location(part, node)
        if isinstance(part, ast.Name) and part.id == "xs":
            part.id = name
    return tree


_SORTED = "sorted(range(len(x)), key=x.__getitem__%s)"
