"""Stage the methods of arrays and lists, and the builtins that containers are used with."""

from __future__ import annotations

import ast

import numpy as np

from srcgrad.build import kind_of
from srcgrad.ir import Const, Value
from srcgrad.kinds import FLOAT, INT, TEXT, UNKNOWN, Array, List, Literal, Scalar, Thing, join
from srcgrad.passes.stage.binding import Known, Refused, Struct
from srcgrad.rules.numpy import METHODS


class Containers:
    """Methods of the stager for what Python and NumPy bring along."""

    # ------------------------------------------------------------ methods

    def call_method(self, bound, node, discard):
        owner = bound.owner
        if isinstance(owner, Struct) and owner.type is list:
            owner = self.dynamic(owner, node)
        kind = kind_of(owner) if not isinstance(owner, Struct) else None
        if isinstance(kind, List):
            return self.list_method(owner, bound.name, node)
        if isinstance(kind, Array):
            name = METHODS.get(bound.name)
            if name is None:
                raise Refused(
                    node,
                    f"the array method `{bound.name}` has no rule",
                    f"supported: {', '.join(sorted(METHODS))}",
                )
            args, kw = self.arguments(node)
            self.method_call = True
            try:
                return self.call_rule(name, [owner, *args], kw, node)
            finally:
                self.method_call = False
        if kind == TEXT or isinstance(kind, Literal):
            return self.opaque_expression(node, TEXT)
        if isinstance(kind, Thing) and kind is not UNKNOWN:
            return self.opaque_call(node, discard)
        if isinstance(kind, Scalar) and bound.name in ("item",):
            return owner
        raise Refused(
            node,
            f"the method `{bound.name}` cannot be differentiated here",
            "call a function instead",
        )

    def list_method(self, owner, name, node):
        args, _ = self.arguments(node)
        if name == "append" and len(args) == 1:
            return self.append(owner, self.runtime(args[0], node), node)
        if name == "extend" and len(args) == 1:
            return self.extend(owner, args[0], node)
        if name == "pop" and (not args or isinstance(args[0], Const) and args[0].value == -1):
            self.own_memory(owner, node)
            out = self.gate("pop", owner, node=node, hint="item")
            if owner in self.sites:
                self.sites[out] = {("element", s) for s in self.sites[owner]}
            return out
        if name == "copy" and not args:
            return self.copy(owner, node)
        raise Refused(
            node,
            f"the list method `{name}` cannot be differentiated yet",
            "supported: append, extend, pop() and copy",
        )

    def copy(self, owner, node):
        if isinstance(kind_of(owner).elem, (List, Array)):
            raise Refused(
                node,
                "a copied list of containers shares them",
                "copy the elements too, in a comprehension",
            )
        elem = kind_of(owner).elem
        learned = self.memo.elements.get(self.site(node), UNKNOWN)
        out = self.gate("copy", owner, node=node, kind=List(join(elem, learned) or elem))
        self.sites[out] = {self.site(node)}
        return out

    # ------------------------------------------------------------ builtins

    def call_len(self, node):
        x = self.expr(node.args[0])
        if (
            isinstance(x, Struct)
            and (x.source is None or x.type is not list)
            and not (x.site or set()) & self.memo.dynamic
            and not (x.type is list and x.site)
        ):
            return Const(len(x.items))
        x = self.runtime(x, node)
        if isinstance(kind_of(x), (List, Array)):
            return self.gate("len", x, node=node)
        return self.opaque_expression(node, INT)

    def call_sum(self, node):
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
        if len(node.args) != 1 or node.keywords:
            raise Refused(
                node, "`sum` takes one argument here", "add the start value to the result"
            )
        return self.over_container("builtins.sum", self.expr(node.args[0]), node)

    def call_list(self, node):
        if not node.args:
            return self.expr_List(ast.copy_location(ast.List([], ast.Load()), node))
        inner = self.expr(node.args[0])
        if (
            isinstance(inner, Struct)
            and inner.type in (list, tuple)
            and self.site(node) not in self.memo.dynamic
        ):
            return Struct(list, inner.keys, inner.items, frozenset({self.site(node)}))
        inner = self.runtime(inner, node)
        if isinstance(kind_of(inner), List):
            return self.copy(inner, node)
        raise Refused(node, "`list` takes a list here", "use a comprehension")

    def call_tuple(self, node):
        inner = self.expr(node.args[0]) if node.args else Struct(tuple, (), ())
        if isinstance(inner, Struct) and inner.type in (list, tuple) and inner.source is None:
            return Struct(tuple, inner.keys, inner.items)
        raise Refused(node, "`tuple` takes a tuple or list of known length here", "")

    def call_isinstance(self, node):
        x, types_ = self.expr(node.args[0]), self.expr(node.args[1])
        known = (
            {FLOAT: (float,), INT: (int,)}.get(kind_of(x))
            if isinstance(x, (Value, Const))
            else None
        )
        if isinstance(x, (Value, Const)) and isinstance(kind_of(x), List):
            known = (tuple,) if kind_of(x).type == "tuple" else (list,)
        if isinstance(x, (Value, Const)) and isinstance(kind_of(x), Array):
            known = (np.ndarray,)
        if isinstance(x, Struct):
            known = (x.type,)
        wanted = types_.items if isinstance(types_, Struct) else (types_,)
        if known and all(isinstance(w, Known) and isinstance(w.value, type) for w in wanted):
            return Const(any(issubclass(known[0], w.value) for w in wanted))
        raise Refused(node, "`isinstance` is not decided by the kinds here", "")
