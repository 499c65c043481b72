"""Stage classes: making objects, reading and changing attributes, methods and operators.

    p = Point(x, y)          the body of `Point.__init__`, with `self.x` a name of its own
    p.x                      that name
    p.norm()                 the body of `Point.norm`
    p + q                    that of `Point.__add__`

What a class does beyond this (a metaclass, `__new__`, `__getattr__`, `__setattr__`) is refused.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import types

from srcgrad.errors import CannotDifferentiate, Problem
from srcgrad.guards import Same
from srcgrad.ir import UNDEFINED, Const, Value
from srcgrad.kinds import field_names, is_namedtuple, is_record_class
from srcgrad.passes.stage.binding import Closure, Known, Map, Method, Object, Refused, Struct, Super

BINARY = {
    "operator.add": "add", "operator.sub": "sub", "operator.mul": "mul", "operator.truediv": "truediv",
    "operator.pow": "pow", "operator.floordiv": "floordiv", "operator.mod": "mod", "operator.matmul": "matmul",
    "operator.and_": "and", "operator.or_": "or", "operator.xor": "xor",
    "operator.lshift": "lshift", "operator.rshift": "rshift",
}  # fmt: skip
UNARY = {
    "operator.neg": "__neg__",
    "operator.pos": "__pos__",
    "operator.invert": "__invert__",
}
_COMPARE = {
    ast.Eq: ("__eq__", "__eq__"), ast.NotEq: ("__ne__", "__ne__"), ast.Lt: ("__lt__", "__gt__"),
    ast.Gt: ("__gt__", "__lt__"), ast.LtE: ("__le__", "__ge__"), ast.GtE: ("__ge__", "__le__"),
}  # fmt: skip
_REFUSED_HOOKS = ("__getattr__", "__getattribute__", "__setattr__")


class Classes:
    """Methods of the stager for objects and their classes."""

    # ------------------------------------------------------------ making objects

    def is_own_class(self, cls) -> bool:
        """Whether making an object of a class is a matter of its `__init__` alone, and that is Python."""
        if not isinstance(cls, type) or not self.from_user(cls) or issubclass(cls, BaseException):
            return False
        if is_namedtuple(cls):
            return cls.__new__.__code__.co_filename.startswith("<")
        plain = cls.__new__ is object.__new__ and type(cls).__call__ is type.__call__
        return plain and not any(_hook(cls, name) for name in _REFUSED_HOOKS)

    def from_user(self, cls) -> bool:
        function = types.SimpleNamespace(__module__=cls.__module__)
        return cls.__module__ != "builtins" and self.has_source(function)

    def make(self, cls, args, kw, node):
        """What `cls(*args, **kw)` stands for."""
        if is_namedtuple(cls):
            given = self.parameters_of(cls.__new__, [Known(cls), *args], kw, node)
            return Struct(cls, cls._fields, tuple(given[n] for n in cls._fields))
        made = self.new_object(cls)
        init = inspect.getattr_static(cls, "__init__")
        if _is_generated(init):
            self.fill(made, cls, init, args, kw, node)
        elif isinstance(init, types.FunctionType):
            self.call_function(init, [made, *args], kw, node)
        elif args or kw:
            raise Refused(node, f"`{cls.__name__}` takes no arguments", "")
        return made

    def fill(self, made, cls, init, args, kw, node):
        """What the `__init__` of a dataclass does."""
        given = self.parameters_of(init, [made, *args], kw, node)
        handed = []  # what only `__post_init__` gets
        for field in cls.__dataclass_fields__.values():
            binding = given.get(field.name) if field.init else self.default(field, node)
            if isinstance(binding, Known) and _is_factory_mark(binding.value):
                binding = self.default(field, node)
            if field._field_type is dataclasses._FIELD_INITVAR:  # type: ignore[attr-defined]
                handed.append(binding)
            elif field._field_type is dataclasses._FIELD and binding is not None:  # type: ignore[attr-defined]
                self.env[made.key(field.name)] = binding
        if hasattr(cls, "__post_init__"):
            self.call_function(cls.__post_init__, [made, *handed], {}, node)

    def default(self, field, node):
        """What a field of a dataclass is without an argument; None where it has no default."""
        if field.default is not dataclasses.MISSING:
            return self.default_of(field.default)
        factory = field.default_factory
        if factory is dataclasses.MISSING:
            return None
        if factory is list and self.site(node) in self.memo.dynamic:
            return self.list_of([], node)
        if factory in (list, dict, tuple):
            site = frozenset({self.site(node)}) if factory is list else None
            return Struct(factory, (), (), site)
        return self.call_known(factory, [], {}, node)

    def as_objects(self, binding):
        """A parameter's tree, in which dataclasses are objects with attributes of their own."""
        if not isinstance(binding, Struct):
            return binding
        items = tuple(map(self.as_objects, binding.items))
        if binding.type is dict and binding.site & self.memo.mapped:
            return self.map_of(binding, self.source.tree)
        if binding.type is dict and binding.site & self.memo.mutable:
            made = self.new_dict(binding.keys, items)
            self.origins[made.number] = binding.source, binding.way
            self.object_sites[made.number] = binding.site
            return made
        if binding.type in (list, tuple, dict) or is_namedtuple(binding.type):
            return Struct(binding.type, binding.keys, items, binding.site, binding.source)
        made = self.new_object(binding.type)
        for name, item in zip(binding.keys, items):
            self.env[made.key(name)] = item
        self.origins[made.number] = binding.source, binding.way
        return made

    def returned(self, binding, node):
        """The result, with objects as structures of their fields."""
        binding = self.contents(binding, node)
        if isinstance(binding, Map):
            what = "the function returns a dict or set whose keys are not known before it runs"
            raise self.failure(node, what, "return its values")
        if isinstance(binding, Object):
            if not is_record_class(binding.type):
                what = f"the function returns an object of the class `{binding.type.__name__}`"
                raise self.failure(node, what, "return its numbers, or make it a dataclass")
            parts = self.attributes(binding)
            keys = tuple(n for n in field_names(binding.type) if n in parts)
            binding = Struct(binding.type, keys, tuple(parts[k] for k in keys))
        if not isinstance(binding, Struct):
            return binding
        if is_record_class(binding.type):
            self.classes[binding.type] = self.class_path(binding.type)
            self.externals.update(self.external_of(self.classes[binding.type]))
        items = tuple(self.returned(i, node) for i in binding.items)
        return Struct(binding.type, binding.keys, items, binding.site, binding.source)

    def failure(self, node, what, remedy):
        return CannotDifferentiate((Problem(self.source.location(node), what, remedy),))

    def call_made(self, cls, parts):
        """`made(cls, …)`, as generated text makes objects."""
        out = self.new_object(cls.value)
        for name, binding in parts.items():
            self.env[out.key(name)] = binding
        return out

    # ------------------------------------------------------------ attributes

    def attribute(self, owner, name, node):
        """What an attribute of an object, class or tuple with names stands for."""
        cls = owner.type
        if isinstance(owner, Struct) and name in owner.keys:
            return owner[name]
        found = inspect.getattr_static(cls, name, None)
        if isinstance(found, property):
            return self.call_method_of(found.fget, owner, [], {}, node)
        if isinstance(owner, Object):
            binding = self.env.get(owner.key(name), UNDEFINED)
            if binding is not UNDEFINED:
                return self.expr_Name(
                    ast.copy_location(ast.Name(owner.key(name), ast.Load()), node)
                )
        if name == "__class__":
            return Known(cls, self.class_path(cls))
        return self.of_class(cls, name, owner, cls, node)

    def of_class(self, cls, name, owner, start, node, behind=None):
        """An attribute that a class gives to its objects; looked up behind the class `behind`."""
        order = start.__mro__
        order = order[order.index(behind) + 1 :] if behind else order
        home = next((c for c in order if name in vars(c)), None)
        if home is None:
            raise Refused(
                node, f"`{cls.__name__}` has no attribute `{name}` here", "assign it first"
            )
        found = vars(home)[name]
        if isinstance(found, types.FunctionType):
            return Method(found, owner)
        if isinstance(found, staticmethod):
            return Known(found.__func__, f"{self.class_path(home)}.{name}")
        if isinstance(found, classmethod):
            return Method(found.__func__, Known(start, self.class_path(start)))
        if isinstance(found, property):
            return self.call_method_of(found.fget, owner, [], {}, node)
        if hasattr(type(found), "__get__"):
            what = f"`{name}` is a {type(found).__name__}, which decides itself what is read"
            raise Refused(node, what, "use a plain attribute, or a property")
        return self.constant_binding(found, node, f"{self.class_path(home)}.{name}")

    def of_super(self, found, name, node):
        owner = found.owner
        cls = owner.value if isinstance(owner, Known) and isinstance(owner.value, type) else None
        start = cls or self.type_of(owner)
        if name == "__init__" and self.behind(start, found.after, name) is object:
            return Known(_nothing)
        return self.of_class(start, name, owner, start, node, behind=found.after)

    @staticmethod
    def behind(cls, after, name):
        order = cls.__mro__
        return next((c for c in order[order.index(after) + 1 :] if name in vars(c)), None)

    def class_path(self, cls) -> str:
        """How generated text comes by a class."""
        from srcgrad.passes.stage.gates import named

        if named(cls.__module__, cls.__qualname__) is cls:
            stem = cls.__module__.rpartition(".")[2].strip("_")
            return f"{self.root(stem, ('module', cls.__module__))}.{cls.__qualname__}"
        return self.root(cls.__name__, ("object", cls))

    def refuse_frozen(self, owner, node):
        params = getattr(self.type_of(owner), "__dataclass_params__", None)
        if getattr(params, "frozen", False):
            name = self.type_of(owner).__name__
            raise Refused(node, f"`{name}` is frozen", "make a new one with dataclasses.replace")

    def assign_attribute(self, owner, name, binding, node):
        """`owner.name = …`; what the caller can see is changed there and then."""
        cls = self.type_of(owner)
        found = inspect.getattr_static(cls, name, None) if cls else None
        if isinstance(found, property):
            if found.fset is None:
                raise Refused(node, f"the property `{name}` cannot be assigned", "")
            self.call_method_of(found.fset, owner, [binding], {}, node)
            return
        if cls is not None and any(_hook(cls, name) for name in _REFUSED_HOOKS):
            raise Refused(node, f"`{cls.__name__}` decides itself how attributes are set", "")
        if isinstance(owner, Known) and cls is not None:
            owner = self.opened_for_change(owner, name, node)
        if not isinstance(owner, Object):
            what = f"an attribute `{name}` cannot be assigned here"
            if name == "shape":
                raise Refused(node, what, "use x = x.reshape(…)")
            raise Refused(node, what, "assign to a name or an element")
        if isinstance(binding, Value):
            self.christen(binding, name)
        if owner.number in self.origins:
            binding = self.change_outside(owner, name, binding, node)
        self.set_attribute(owner, name, binding, node)

    # ------------------------------------------------------------ methods and operators

    def type_of(self, binding):
        """The class of an object; None of what has no methods written in Python."""
        if isinstance(binding, Object):
            return binding.type
        if isinstance(binding, Struct):
            return binding.type if is_namedtuple(binding.type) else None
        if isinstance(binding, Known) and not isinstance(
            binding.value, (type, types.FunctionType, types.ModuleType, types.MethodType)
        ):
            return type(binding.value)
        return None

    def special(self, binding, name):
        """The function that a class written in Python has for an operator, or None."""
        cls = self.type_of(binding)
        if cls is None or not self.from_user(cls):
            return None
        found = inspect.getattr_static(cls, name, None)
        if not isinstance(found, types.FunctionType):
            return None
        self.guard_type(binding)
        return found

    def guard_type(self, binding):
        """What follows holds for objects of this class: a later call may bring another."""
        if isinstance(binding, Known) and binding.path:
            self.guard(binding.path, Same(type(binding.value)), "type({})")

    def call_special(self, owner, name, args, node):
        """`owner.__name__(*args)`; None where its class has no such function, or that declines."""
        function = self.special(owner, name)
        if function is None:
            return None
        if _is_generated(function):
            what = f"`{name}` of the dataclass `{self.type_of(owner).__name__}`"
            raise Refused(node, f"{what} cannot be differentiated yet", "compare its fields")
        out = self.call_method_of(function, owner, args, {}, node)
        return None if isinstance(out, Known) and out.value is NotImplemented else out

    def call_method_of(self, function, owner, args, kw, node):
        return self.call_known(function, [owner, *args], kw, node)

    def operator_of_class(self, op, left, right, node):
        """`left + right` where either is an object; None where neither has the operator."""
        name = BINARY.get(op)
        if name is None:
            return None
        first, second = self.type_of(left), self.type_of(right)
        sides = [(left, f"__{name}__", right), (right, f"__r{name}__", left)]
        if first and second and first is not second and issubclass(second, first):
            sides.reverse()
        for owner, method, other in sides if first is not second else sides[:1]:
            out = self.call_special(owner, method, [other], node)
            if out is not None:
                return out
        return None

    def compare_objects(self, left, op, right, node):
        """`left < right` of objects; None where no class has a word in it."""
        if isinstance(op, (ast.Is, ast.IsNot)):
            if isinstance(left, Object) and isinstance(right, Object):
                if {left.number, right.number} & self.shared and left is not right:
                    raise Refused(node, "whether these are one object is not known here", "")
                return Const((left.number == right.number) == isinstance(op, ast.Is))
            return None
        if isinstance(op, (ast.In, ast.NotIn)):
            out = self.call_special(right, "__contains__", [left], node)
            if out is None:
                return None
            test = self.truth(out, node)
            if isinstance(op, ast.In):
                return test
            if isinstance(test, Const):
                return Const(not test.value)
            return self.gate("operator.not_", test, node=node)
        one, two = _COMPARE[type(op)]
        for owner, name, other in ((left, one, right), (right, two, left)):
            out = self.call_special(owner, name, [other], node)
            if out is not None:
                return out
        return None

    def method_of(self, method, args, kw, node, discard=False):
        """A call of a method; those that every tuple with names has are known."""
        owner, name = method.owner, method.function.__name__
        if isinstance(owner, Struct) and name == "_replace":
            return self.call_replace(owner, kw, node)
        if isinstance(owner, Struct) and name == "_asdict":
            return Struct(dict, owner.keys, owner.items)
        return self.call_known(method.function, [owner, *args], kw, node, discard)

    # ------------------------------------------------------------ builtins

    def call_setattr(self, node):
        """`setattr(p, "x", value)`, and `object.__setattr__`, by which frozen classes set theirs."""
        args, _ = self.arguments(node)
        owner, name, binding = args if len(args) == 3 else (None, None, None)
        if not isinstance(name, Const):
            raise Refused(node, "`setattr` takes a constant name here", "write the assignment out")
        self.assign_attribute(owner, name.value, binding, node)
        return Const(None)

    call___setattr__ = call_setattr

    def call_getattr(self, node):
        name = self.expr(node.args[1]) if len(node.args) > 1 else None
        if not isinstance(name, Const):
            raise Refused(node, "`getattr` takes a constant name here", "write the attribute out")
        if len(node.args) > 2 and not self.has_attribute(self.expr(node.args[0]), name.value, node):
            return self.expr(node.args[2])
        return self.expr(
            ast.copy_location(ast.Attribute(node.args[0], name.value, ast.Load()), node)
        )

    def has_attribute(self, owner, name, node) -> bool:
        if isinstance(owner, Known) and owner.path and not self.is_written(owner.path, name):
            has = hasattr(owner.value, name)
            self.guard(owner.path, has, f"hasattr({{}}, {name!r})")
            return has
        if isinstance(owner, Known) and owner.path:
            made = self.opened_objects[owner.path]
            if hasattr(owner.value, name) or made.key(name) not in self.env:
                return hasattr(owner.value, name)
        if isinstance(owner, Object) and owner.number not in self.origins:
            binding = self.env.get(owner.key(name))
            if binding is None or not isinstance(binding, Value):
                return binding not in (None, UNDEFINED) or hasattr(owner.type, name)
        if not isinstance(owner, (Object, Known, Closure)):
            answers = {hasattr(t, name) for t in self.types_of(owner)}
            if len(answers) == 1:
                return answers.pop()
        raise Refused(node, "which attributes this has is not known here", "")

    def call_super(self, node):
        cells = dict(zip(self.function.__code__.co_freevars, self.function.__closure__ or ()))
        if node.args or "__class__" not in cells:
            raise Refused(node, "`super` takes no arguments here", "write `super()` in a method")
        first = self.function.__code__.co_varnames[0]
        return Super(cells["__class__"].cell_contents, self.env[first])

    def call_replace(self, owner, kw, node):
        """`dataclasses.replace(p, x=…)` and `p._replace(x=…)`."""
        if isinstance(owner, Struct):
            parts = {**dict(zip(owner.keys, owner.items)), **kw}
            if set(parts) != set(owner.keys):
                raise Refused(node, "`_replace` takes the names of fields", "")
            return Struct(owner.type, owner.keys, tuple(parts[k] for k in owner.keys))
        if not isinstance(owner, Object) or not dataclasses.is_dataclass(owner.type):
            raise Refused(node, "`replace` takes a dataclass here", "make the object anew")
        for field in dataclasses.fields(owner.type):
            if field.init and field.name not in kw:
                kw[field.name] = self.attribute(owner, field.name, node)
        return self.make(owner.type, [], kw, node)


def _nothing(self):
    pass


def _hook(cls, name) -> bool:
    """Whether a class has a special method other than `object`'s; a frozen dataclass's is known."""
    found = getattr(cls, name, None)
    home = next((c for c in cls.__mro__ if name in vars(c)), object)
    frozen = getattr(getattr(home, "__dataclass_params__", None), "frozen", False)
    return found is not getattr(object, name, None) and not (frozen and _is_generated(found))


def _is_generated(function) -> bool:
    """Whether `dataclass` wrote a method."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and code.co_filename.startswith("<")


def _is_factory_mark(value) -> bool:
    return type(value).__name__ == "_HAS_DEFAULT_FACTORY_CLASS"
