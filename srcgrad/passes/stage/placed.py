"""Stage lists whose elements are known one by one: shapes, axes, subscripts.

    shape = [1] * x.ndim            shape ↦ object 1, its elements ↦ 1, 1
    shape[axis] = -1         →      its elements ↦ 1, -1
    y = x.reshape(shape)            y = x.reshape((1, -1))

A list is one of any length until something asks for each of its elements: NumPy's shapes, whose
number is part of the kinds. Then all is staged again, and the places where that list is made
give a structure of a known number of elements; one that changes is an object (`heap.py`), whose
attributes are its elements. The numbers that say which element is meant are then part of the kinds, too.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from srcgrad.ir import UNDEFINED, Const, If, Value
from srcgrad.kinds import List
from srcgrad.passes.stage.binding import Conflict, Refused, Restart, Struct
from srcgrad.passes.stage.dicts import entry, is_list_object


class Placed:
    """Methods of the stager for such lists."""

    b: object
    env: dict
    memo: object
    expr: Callable
    attributes: Callable
    new_object: Callable
    literal_of: Callable
    fix: Callable
    origins_of: Callable
    write_out_turns: Callable
    each_turn: Callable
    is_uneven: Callable
    holding: Callable
    impossible: Callable

    # ------------------------------------------------------------ which lists these are

    def know_elements(self, operands):
        """Stage again with the elements known of the lists among operands, and of those they are made of.

        Does nothing where there is none, or where that has been done.
        """
        self.fix(operands)
        found = self.list_sites(operands)
        if new := found - self.memo.placed:
            self.memo.placed |= new
            self.memo.dynamic -= new
            raise Restart

    def list_sites(self, operands) -> frozenset:
        """Where the lists are made that operands are, or are made of."""
        lists = (v for v in self.origins_of(operands) if isinstance(v.kind, List))
        return frozenset(site for v in lists for site in self.sites.get(v, ()))

    def is_placed(self, binding) -> bool:
        """Whether a list's elements are known one by one."""
        if is_list_object(binding):
            return True
        if not isinstance(binding, Struct) or binding.type is not list or not binding.site:
            return False
        return self.is_uneven(binding) or binding.site <= self.memo.placed

    def drawn_at(self, node):
        """The elements of a comprehension that makes such a list; else None."""
        if self.site(node) not in self.memo.placed:
            return None
        return self.each_turn(node, lambda: self.expr(node.elt), known=True)

    def repeated_so_often(self, many, count, node):
        """`[a, b] * n` of a literal n, for such a list, and for tuples; else None."""
        if not isinstance(many, Struct):
            return None
        if (
            many.type is list
            and not self.is_uneven(many)
            and self.site(node) not in self.memo.placed
        ):
            return None
        self.fix([count])
        if not isinstance(count, Const) or type(count.value) is not int:
            return None
        return self.holding(many.type, many.items * count.value, node)

    # ------------------------------------------------------------ as objects

    def listing(self, items, sites):
        """A new list of these elements, at these places in the text."""
        keys = tuple(range(len(items)))
        if not sites & self.memo.mutable:
            return Struct(list, keys, tuple(items), sites)
        made = self.new_object(list)
        self.object_sites[made.number] = sites
        self.put_all(made, items)
        return made

    def elements(self, owner, node) -> list:
        """What a list object holds now, in order."""
        found = self.attributes(owner)
        if any(map(self.is_doubtful, found.values())):
            self.write_out_turns()
            self.fix([s.test for s in self.b.stmts if isinstance(s, If)])
            what = "this list has other lengths, or elements of other kinds, on other paths"
            raise Refused(node or self.b.loc[1], what, "make it alike on every path")
        return [found[entry(k)] for k in range(len(found))]

    def is_doubtful(self, binding) -> bool:
        """Whether an element is there on some paths only, or of other kinds on others."""
        partial = isinstance(binding, Value) and binding in self.partial
        return partial or binding is UNDEFINED or isinstance(binding, Conflict)

    def put_all(self, owner, items):
        """Let a list object hold these elements."""
        for key in self.attributes(owner):
            del self.env[owner.key(key)]
        for k, item in enumerate(items):
            self.env[owner.key(entry(k))] = item

    def unlisted(self, binding, node):
        """A list object as the structure of what it holds now; anything else as it is."""
        if not is_list_object(binding):
            return binding
        items = self.elements(binding, node)
        sites = self.object_sites.get(binding.number)
        return Struct(list, tuple(range(len(items))), tuple(items), sites)

    def changing_list(self, binding, node):
        """The object that a list is; where it was none so far, all is staged again with it as one."""
        if isinstance(binding, Struct):
            if any(site[0] == "param" for site in binding.site):
                what = "a list among the arguments is changed, whose elements are known one by one"
                raise Refused(node, what, "work on a copy: `list(…)`")
            if binding.site <= self.memo.mutable:
                raise Refused(node, "this list cannot be changed here", "work on a copy: `list(…)`")
            self.memo.mutable |= binding.site
            raise Restart
        if binding.number in self.shared:
            what = "a list is changed that may be another one, too"
            raise Refused(node, what, "make a new list instead of changing one")
        return binding

    # ------------------------------------------------------------ storing

    def place_in(self, owner, tree, node):
        """The subscript or slice of a list object that a tree stands for, of what is known."""
        if isinstance(tree, ast.Slice):
            parts = (tree.lower, tree.upper, tree.step)
            return slice(*(p and self.known_int(self.expr(p), node) for p in parts))
        k, n = self.known_int(self.expr(tree), node), len(self.attributes(owner))
        if not isinstance(k, int) or not -n <= k < n:
            what = f"there is no element {k!r} in a list of {n}"
            self.impossible(node, what, "check the subscript", IndexError(what))
        return k % n

    def known_int(self, binding, node):
        """An int that says which element is meant: it is known, or becomes part of the kinds."""
        found = self.literal_of(binding)
        if found is None:
            self.fix([binding])
            self.write_out_turns()
            what = "which element is meant of this list is known only when the function runs"
            raise Refused(node, what, "a list of a shape or of axes is written out")
        return found[0]

    def store_place(self, base, target, binding, node):
        """`shape[k] = n`, of a literal k."""
        owner = self.changing_list(base, target)
        where = self.place_in(owner, target.slice, target)
        if isinstance(where, int):  # whatever was there before
            self.env[owner.key(entry(where))] = binding
            return
        items = self.elements(owner, target)
        self.done(items, "__setitem__", (where, self.all_of(binding, node)), target)
        self.put_all(owner, items)

    def augment_place(self, base, node):
        """`shape[k] *= n`: what is there is changed in place or not, and stored."""
        owner = self.changing_list(base, node)
        k = self.place_in(owner, node.target.slice, node)
        if isinstance(k, slice):
            raise Refused(node, "a part of this list cannot be changed at once", "assign it")
        hold = "%augmented"
        self.env[hold] = self.elements(owner, node)[k]
        name = ast.copy_location(ast.Name(hold, ast.Store()), node)
        self.stmt_AugAssign(ast.copy_location(ast.AugAssign(name, node.op, node.value), node))
        self.env[owner.key(entry(k))] = self.env.pop(hold)

    def extend_placed(self, base, more, node):
        """`shape += [n]`."""
        owner = self.changing_list(base, node)
        self.put_all(owner, [*self.elements(owner, node), *self.all_of(more, node)])

    def delete_place(self, base, target):
        """`del shape[k]`."""
        owner = self.changing_list(base, target)
        items = self.elements(owner, target)
        self.done(items, "__delitem__", (self.place_in(owner, target.slice, target),), target)
        self.put_all(owner, items)

    def all_of(self, binding, node):
        """The elements of a container whose number is known."""
        found = self.contents(binding, node)
        if not isinstance(found, Struct) or found.type is dict:
            self.know_elements([found])
            what = "how many elements are added to this list is known only when the function runs"
            raise Refused(node, what, "a list of a shape or of axes is written out")
        return found.items

    # ------------------------------------------------------------ methods

    def place_method(self, owner, name, node):
        """A method of such a list; None for one that is served as by lists of any length."""
        if name not in _METHODS:
            return None
        if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
            raise Refused(node, f"`{name}` takes no keywords, and no `*`", "")
        args = [self.expr(a) for a in node.args]
        known = _METHODS[name]
        args = [*self.literals(args[:known], node), *args[known:]]
        if name == "extend":
            args = [self.all_of(a, node) for a in args]
        if name in ("copy", "index", "count"):
            items = list(self.unlisted(owner, node).items)
            if name == "copy":
                return self.holding(list, self.done(items, name, args, node), node)
            return Const(self.done(self.literals(items, node), name, args, node))
        owner = self.changing_list(owner, node)
        items = self.elements(owner, node)
        if name == "remove":
            found = self.literals(items, node)
            self.done([*found], name, args, node)
            name, args = "__delitem__", [found.index(args[0])]
        out = self.done(items, name, args, node)
        self.put_all(owner, items)
        return Const(None) if out is None else out

    def done(self, items, name, args, node):
        """What Python's own list gives; where it raises, so does the function."""
        try:
            return getattr(items, name)(*args)
        except (IndexError, TypeError, ValueError) as error:
            return self.impossible(node, f"`{ast.unparse(node)}`: {error}", "check the list", error)

    def literals(self, bindings, node) -> list:
        """What is looked for, or looked at: all of it is known."""
        return [self.known_int(b, node) for b in bindings]


# how many of a method's arguments say which element is meant
_METHODS = {"append": 0, "clear": 0, "copy": 0, "count": 1, "extend": 0, "index": 3, "insert": 1}
_METHODS |= {"pop": 1, "remove": 1, "reverse": 0}
