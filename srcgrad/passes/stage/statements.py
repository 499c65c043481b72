"""Stage statements: assignments bind names, branches join them, loops carry them."""

from __future__ import annotations

import ast

from srcgrad.build import BINARY, Builder
from srcgrad.indexing import indexed
from srcgrad.ir import Const, For, Slice, Value, defs
from srcgrad.joins import together
from srcgrad.kinds import BOOL, UNKNOWN, Array, List, Scalar, described, is_complex, is_integral
from srcgrad.operands import KindError, is_ellipsis, kind_of, number_kind
from srcgrad.passes.stage.binding import (
    Ended,
    Failing,
    Interrupted,
    Map,
    Refused,
    Restart,
    Struct,
)
from srcgrad.passes.stage.classes import BINARY as METHODS
from srcgrad.passes.stage.dicts import is_dict
from srcgrad.passes.stage.scopes import is_cell, plain, stored_names

INPLACE = {op: f"__i{name}__" for op, name in METHODS.items()}
AUGMENTED = ("operator.add", "operator.sub", "operator.mul", "operator.truediv")


class Statements:
    """Methods of the stager that run statements."""

    b: Builder

    def stmts(self, nodes):
        for node in nodes:
            before = len(self.b.stmts), dict(self.env) if self.trying else {}
            try:
                self.b.loc = (self.source, node)
                getattr(self, "stmt_" + type(node).__name__, self.unsupported)(node)
                if self.trying:
                    self.note_tried(node, *before)
            except Ended:
                return self.note_tried(node, *before)
            except Refused as refusal:
                if isinstance(refusal, Failing) and self.may_end:
                    self.stmt_Raise(_raised(refusal))
                    return self.note_tried(node, *before)
                if self.tentative:
                    refusal.source = refusal.source or self.source
                    raise
                self.problem(refusal)
                for name in stored_names([node]):
                    self.env[name] = Value(name, UNKNOWN)
                self.failed = True

    def unsupported(self, node):
        raise Refused(node, f"`{type(node).__name__.lower()}` cannot be differentiated yet")

    def stmt_Pass(self, node):
        pass

    def stmt_Expr(self, node):
        if isinstance(node.value, ast.Constant):
            return
        if isinstance(node.value, ast.Call):
            self.call(node.value, discard=True)
        else:
            self.expr(node.value)

    def stmt_Assert(self, node):
        self.statement_as_is("assert", ast.Assert(node.test, node.msg), node)

    def stmt_Raise(self, node):
        if self.is_spelling() and ast.unparse(node.exc).startswith("NotImplementedError"):
            raise Refused(node, node.exc.args[0].value, "write it out")  # a rule does not go so far
        self.statement_as_is("raise", ast.Raise(node.exc, node.cause), node)

    def statement_as_is(self, op, statement, node):
        names, operands = [], []
        for field, part in ast.iter_fields(statement):
            if part is not None:
                template, inner, values = self.template(part)
                mapping = {n: f"%{len(names) + k}" for k, n in enumerate(inner)}
                for name in ast.walk(template):
                    if isinstance(name, ast.Name) and name.id in mapping:
                        name.id = mapping[name.id]
                names += mapping.values()
                operands += values
                setattr(statement, field, template)
        self.b.effect(op, *operands, form=(statement, tuple(names)))

    # ------------------------------------------------------------ assignment

    def stmt_Assign(self, node):
        before = dict(self.env) if self.trying else self.env
        value = node.value
        if isinstance(value, ast.GeneratorExp) and isinstance(
            node.targets[0], (ast.Tuple, ast.List)
        ):
            value = ast.copy_location(ast.ListComp(value.elt, value.generators), value)
        binding = self.expr(value)
        if self.trying:
            self.note_called(node, before)
        for target in node.targets:
            self.assign(target, binding, node)

    def assign(self, target, binding, node):
        match target:
            case ast.Name(id=name):
                if isinstance(binding, Value) and (name[0] != "%" or is_cell(name)):
                    self.christen(binding, plain(name))
                self.env[name] = binding
            case ast.Tuple() | ast.List():
                items = self.unpacked(binding, len(target.elts), target)
                for element, item in zip(target.elts, items):
                    named = element.value if isinstance(element, ast.Starred) else element
                    self.assign(named, item, node)
            case ast.Subscript(value=ast.Attribute(attr="flat")) if self.is_array(
                target.value.value
            ):
                self.store_flat(target, binding, node)
            case ast.Subscript():
                base = self.expr(target.value)
                if isinstance(base, Map) and base.values is not None:
                    return self.put_in_map(base, self.expr(target.slice), binding, node)
                if is_dict(base):
                    return self.store_key(base, target, binding, node)
                if self.is_placed(base):
                    return self.store_place(base, target, binding, node)
                base = self.runtime(base, target.value)
                index = self.index(target.slice)
                if isinstance(kind_of(base), List) and isinstance(index, Slice):
                    self.refill(base, index, binding, target)
                else:
                    self.store(base, index, self.storable(base, binding, node), target)
            case ast.Attribute(attr="flat") if self.is_array(target.value):
                self.store_flat(target, binding, node)
            case ast.Attribute():
                owner = self.expr(target.value)
                self.refuse_frozen(owner, target)
                self.assign_attribute(owner, target.attr, binding, target)
            case _:
                raise Refused(
                    target,
                    f"assignment to `{ast.unparse(target)}` cannot be differentiated yet",
                    "assign to a name or an element",
                )

    def storable(self, base, binding, node):
        """What is assigned to an element: a list or tuple that is assigned to several of an array is one, too."""
        if isinstance(kind_of(base), Array):
            binding = self.as_array(binding, node)
        return self.runtime(binding, node)

    def christen(self, value, name):
        """The gate just staged takes the name it is assigned to, unless it has one already."""
        if not value.named and any(value in defs(s) for s in self.b.stmts[-4:]):
            value.hint, value.named = name, True

    def stmt_Delete(self, node):
        for target in node.targets:
            match target:
                case ast.Name(id=name):
                    self.expr(ast.copy_location(ast.Name(name, ast.Load()), target))
                    self.env[name] = Interrupted("it is deleted", "do not delete it before")
                case ast.Subscript():
                    self.delete(target)
                case _:
                    what = f"`del {ast.unparse(target)}` cannot be differentiated yet"
                    raise Refused(target, what, "only a name or an element of a list is deleted")

    def unpacked(self, binding, count, node):
        if any(isinstance(e, ast.Starred) for e in node.elts):
            return self.starred(binding, node)
        binding = self.as_tuple(binding)
        if isinstance(binding, Struct) and binding.type is not dict:
            if len(binding.items) != count:
                what = f"{len(binding.items)} values are unpacked into {count} names"
                self.impossible(
                    node, what, "write as many names as there are values", ValueError(what)
                )
            return binding.items
        base = self.runtime(binding, node)
        if isinstance(kind_of(base), (List, Array)):
            self.b.effect("demand", base, Const(count), form="unpack")
            return [self.load(base, Const(k), node) for k in range(count)]
        raise Refused(node, f"a {kind_of(base)} cannot be unpacked", "")

    def store(self, base, index, value, node):
        self.note_inside(base, value)
        self.element_kind(base, index, value, node)
        self.b.effect("setitem", base, index, value)

    def element_kind(self, base, index, value, node):
        """Check what is stored against the container's kind; widen that of a list."""
        self.own_memory(base, node)
        kind = kind_of(base)
        if isinstance(kind, Array):
            open_ = self.tentative and number_kind(value) is UNKNOWN
            if not open_ and not isinstance(number_kind(value), (Array, Scalar)):
                raise Refused(
                    node,
                    "only numbers and arrays are stored in an array here",
                    "make it an array first",
                )
            try:
                indexed(kind, index)
            except KindError as error:
                raise Refused(node, str(error), "check the subscripts") from None
            if kind.dtype == "b1" and not self.memo.masks_change:
                self.memo.masks_change = True
                raise Restart
        if isinstance(kind, List):
            if kind.type == "tuple":
                raise Refused(node, "a tuple cannot be changed", "use a list")
            guessed = self.tentative and number_kind(index) is UNKNOWN
            if not is_integral(number_kind(index)) and not guessed:
                what = described(number_kind(index))
                raise Refused(node, f"a list is indexed by an int, not by {what}", "make it an int")
            self.widen(base, number_kind(value), node)
        elif isinstance(kind, Array):
            if is_complex(kind_of(value)) and not is_complex(kind):
                what = f"a complex number is stored in an array of dtype {kind.dtype}, which cuts it off"
                raise Refused(node, what, "make the array with dtype=complex, or store a part")
            if (
                kind.dtype[0] not in "fc"
                and getattr(kind_of(value), "name", getattr(kind_of(value), "dtype", ""))[:1] == "f"
            ):
                raise Refused(
                    node,
                    f"a float is stored in an array of dtype {kind.dtype}, which cuts it off",
                    "make the array of floats",
                )
        elif not (kind is UNKNOWN and self.tentative):
            raise Refused(node, f"a {kind} cannot be changed", "use a list or an array")

    def own_memory(self, base, node):
        if base in self.foreigners:
            what = (
                "a list or array that belongs to a module, a closure or an object is changed here"
            )
            raise Refused(node, what, "pass it as an argument, or work on a copy")

    def widen(self, base, kind, node):
        """An element of this kind goes into a list: the list's kind must cover it."""
        self.own_memory(base, node)
        merged = together(base.kind.elem, kind)
        if merged is None:
            raise Refused(
                node,
                f"a list holds {described(base.kind.elem)} and {described(kind)}",
                "use two lists",
            )
        if merged != base.kind.elem:
            sites = self.sites.get(base)
            if not sites:
                raise Refused(
                    node,
                    f"a {kind} is stored in a list of {base.kind.elem}",
                    "make the list of floats",
                )
            self.learn(sites, merged, node)

    def stmt_AugAssign(self, node):
        op = BINARY[type(node.op)]
        match node.target:
            case ast.Name(id=name):
                old = self.expr(ast.copy_location(ast.Name(name, ast.Load()), node.target))
                if self.is_placed(old) and op == "operator.add":
                    return self.extend_placed(old, self.expr(node.value), node)
                if isinstance(old, Struct) and old.type is list:
                    old = self.dynamic(old, node)
                if isinstance(old, Value) and isinstance(old.kind, List):
                    if op != "operator.add":
                        raise Refused(
                            node, "a list is only extended, with `+=`", "use a numpy array"
                        )
                    return self.extend(old, self.expr(node.value), node)
                if isinstance(old, Value) and isinstance(old.kind, Array):
                    return self.augment(old, Const(...), op, self.operand(node.value), node)
                value = self.expr(node.value)
                new = self.call_special(old, INPLACE.get(op, ""), [value], node)
                new = self.binary(op, old, value, node) if new is None else new
                self.assign(ast.Name(name, ast.Store()), new, node)
            case ast.Attribute():
                self.augment_attribute(op, node)
            case ast.Subscript():
                base = self.expr(node.target.value)
                if isinstance(base, Map) and base.values is not None:
                    return self.augment_map(
                        base, self.expr(node.target.slice), op, node.value, node
                    )
                if is_dict(base):
                    return self.augment_key(base, node)
                if self.is_placed(base):
                    return self.augment_place(base, node)
                index = self.index(node.target.slice)
                part = self.array_in(base, index, node)
                if part is not None:
                    return self.augment(part, Const(...), op, self.operand(node.value), node)
                base = self.runtime(base, node.target.value)
                old = self.element_before(base, index, node)
                value = self.operand(node.value)
                if old is not None:
                    return self.store(base, index, self.binary(op, old, value, node), node)
                self.augment(base, index, op, value, node)
            case _:
                raise Refused(
                    node,
                    f"`{ast.unparse(node.target)}` cannot be changed here",
                    "assign to a name or an element",
                )

    def augment_attribute(self, op, node):
        """`p.x += value`: the attribute is read, changed in place or not, and assigned."""
        load = ast.copy_location(
            ast.Attribute(node.target.value, node.target.attr, ast.Load()), node
        )
        hold = "%augmented"
        self.env[hold] = self.expr(load)
        name = ast.copy_location(ast.Name(hold, ast.Store()), node)
        self.stmt_AugAssign(ast.copy_location(ast.AugAssign(name, node.op, node.value), node))
        self.assign(node.target, self.env.pop(hold), node)

    def array_in(self, base, index, node):
        """The array that an element of a list is: `a[i] += value` changes it in place, for all who hold it."""
        if isinstance(base, Struct) and base.type is list and isinstance(index, Const):
            size, k = len(base.items), index.value
            part = base.items[k] if isinstance(k, int) and -size <= k < size else None
        elif isinstance(kind_of(base), List) and isinstance(kind_of(base).elem, Array):
            part = None if isinstance(index, Slice) else self.load(base, index, node)
        else:
            return None
        return part if isinstance(part, Value) and isinstance(part.kind, Array) else None

    def element_before(self, base, index, node):
        """The element that `a[i] += value` adds to: Python reads it before it evaluates the value.

        None for a slice of an array, which is a view, and for an element that no call can change
        in between: there the addition in place is the same.
        """
        kind = kind_of(base)
        calls = any(isinstance(n, ast.Call) for n in ast.walk(node.value))
        if isinstance(kind, List) and not isinstance(kind.elem, (List, Array)):
            return self.load(base, index, node)
        if isinstance(kind, Array) and calls and not indexed(kind, index)[1]:
            return self.load(base, index, node)
        return None

    def augment(self, base, index, op, value, node):
        if op not in AUGMENTED and isinstance(kind_of(base), Array):
            return self.store(base, index, self.in_place(base, index, op, value, node), node)
        if (
            op not in AUGMENTED
            or isinstance(kind_of(base), List)
            and isinstance(kind_of(base).elem, List)
        ):
            raise Refused(
                node,
                "this augmented assignment cannot be differentiated yet",
                "write it out as an assignment",
            )
        self.element_kind(base, index, value, node)
        self.b.effect("augitem", base, index, value, kw=(("op", Const(op)),))

    def in_place(self, base, index, op, value, node):
        """What `a[i] **= b` stores: NumPy would not cast it, nor broadcast it, to what is there."""
        old = base if is_ellipsis(index) else self.load(base, index, node)
        new = self.binary(op, old, value, node)
        have, made = number_kind(old), number_kind(new)
        if op == "operator.matmul" and have != made:
            what = "whether the product is of the shape of what it is stored in is not known here"
            raise Refused(node, what, "write it out as an assignment")
        if kind_of(base).dtype == "b1" and made != BOOL and getattr(made, "dtype", "b1") != "b1":
            what = f"{described(made)} is stored in an array of bools, which NumPy refuses"
            raise Refused(node, what, "make a new array")
        return new

    def extend(self, base, other, node):
        if isinstance(other, Struct):
            for item in other.items:
                self.append(base, self.stored(item, node), node)
            return
        other = self.runtime(other, node)
        n = self.gate("len", other, node=node)
        body, outer = self.b.sub(), self.b
        index = Value("i", Scalar("int"))
        self.b = body
        item = self.load(other, index, node)
        self.append(base, item, node)
        self.b = outer
        self.b.stmts.append(
            For(
                index,
                Const(0),
                n,
                Const(1),
                (),
                (),
                body.block(),
                (),
                form="seq",
                seqs=(other,),
                loc=(self.source, node),
            )
        )

    def append(self, base, value, node):
        self.note_inside(base, value)
        self.widen(base, number_kind(value), node)
        self.b.effect("append", base, value)

    # ------------------------------------------------------------ branches


def _raised(refusal):
    """The statement that raises what Python raises there."""
    error = ast.Call(ast.Name(refusal.error, ast.Load()), [ast.Constant(refusal.told)], [])
    return ast.fix_missing_locations(ast.copy_location(ast.Raise(error, None), refusal.node))
