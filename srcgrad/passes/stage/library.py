"""Stage calls of functions that have a rule: of `math`, NumPy and SciPy, and some builtins.

math.exp(x)                     →       math.exp(x)
np.sum(x, axis=1)               →       numpy.sum(x, axis=1)
sum([a, b, c])                  →       operator.add(operator.add(a, b), c)
linalg.lu_solve((lu, piv), b)   →       scipy.linalg.lu_solve(lu, piv, b)
"""

from __future__ import annotations

import ast
from itertools import zip_longest

import numpy as np

from srcgrad import rules
from srcgrad.build import takes_complex
from srcgrad.errors import did_you_mean
from srcgrad.ir import Const, Tup, Value
from srcgrad.kinds import Array, List, is_complex
from srcgrad.operands import kind_of
from srcgrad.passes.stage.binding import Known, Refused, Struct
from srcgrad.passes.stage.several import is_alone
from srcgrad.rules.operators import SEQUENCES
from srcgrad.rules.record import LIBRARIES, PARTS, TABLE, TOGETHER

_OPTIONS = {"optimize", "dtype"}  # keywords that do not count among the operands
_DTYPES: dict[type, str] = {float: "f8", int: "i8", bool: "b1", np.float64: "f8", np.float32: "f4"}
_DTYPES |= {complex: "c16", np.complex128: "c16", np.complex64: "c8"}


class Library:
    """Methods of the stager for functions that have a rule."""

    method_call = False  # whether the call is of a method of an array

    def call_rule(self, name, args, kw, node):
        args = [self.unlisted(a, node) for a in args]
        kw = {k: self.unlisted(a, node) for k, a in kw.items()}
        literal = self.literal_of(args[0]) if len(args) == 1 and not kw else None
        if name == "builtins.complex" and literal and isinstance(literal[0], str):
            raise Refused(node, "`complex` reads a string here", "write the number out")
        if name in ("builtins.int", "builtins.float") and literal and isinstance(literal[0], str):
            return self.number_in(literal[0], name, node)
        if name in ("math.prod", "math.dist", "math.sumprod"):
            return self.of_elements(name, args, kw, node)
        if name == "numpy.where" and len(args) == 1 and not kw:
            return self.places_of(args[0], node)
        if name in PARTS and not is_alone(name, args, kw):
            return self.call_several(name, args, kw, node)
        if name in ("builtins.max", "builtins.min", "builtins.sum", "math.fsum") and len(args) == 1:
            return self.over_container(name, args[0], node)
        if name == "builtins.abs" and isinstance(kind_of(self.runtime(args[0], node)), Array):
            name = "numpy.abs"
        elif name == "builtins.abs" and str(kind_of(self.runtime(args[0], node))) in ("f8", "f4"):
            return self.gate("builtins.abs:np", self.runtime(args[0], node), node=node)
        args, kw = self.of_lists(name, args, kw, node)
        if name in SEQUENCES:
            return self.call_sequence(name, args, kw, node)
        if name.startswith("numpy."):
            return self.call_ufunc(name, args, kw, node)
        return self.rule_gate(name, args, kw, node)

    def rule_gate(self, name, args, kw, node):
        """One gate, or what it is another spelling of."""
        rule = self.rule_for(name, args, kw, node)
        if rule.flavour == "written":
            self.check_complex(rule, [*args, *kw.values()], node)
            args = self.as_many(rule, args, node) if _takes_the_rest(rule) else args
            args, kw = [self.known(a) for a in args], {k: self.known(v) for k, v in kw.items()}
            return self.call_written(rule, args, kw, node)
        args = self.arrays_for(rule, self.as_many(rule, args, node), node)
        self.check_keywords(rule, kw, node)
        self.note_library(rule)
        if name.startswith(("numpy.", "scipy.")):
            args = [self.as_literal(a, n) for a, n in zip_longest(args, rule.names[: len(args)])]
            kw = {k: self.as_literal(v, k) for k, v in kw.items()}
        operands = self.each(lambda a: self.rule_operand(a, node), self.dtypes(rule, args, node))
        keywords = self.keywords(rule, kw, node)
        if rule.flavour == "expands":
            return self.expand_statement(rule, operands, node)
        method = self.method_call and isinstance(node.func, ast.Attribute)
        form = "method" if method and isinstance(operands[0], Value) else None
        return self.gate(rule.name, *operands, kw=keywords, node=node, form=form)

    def rule_for(self, name, args, kw, node):
        """The rule of a function that serves these arguments."""
        rule = rules.lookup(name, len(args) + sum(k not in _OPTIONS for k in kw))
        if f"{name}:complex" in TABLE and any(map(_has_complex, (*args, *kw.values()))):
            rule = TABLE[f"{name}:complex"]
        if rule is None:
            what = f"`{ast.unparse(node.func)}` with {len(args)} arguments has no rule"
            raise Refused(node, what, "")
        return self.otherwise(rule, args, kw)

    def note_library(self, rule):
        """The text imports the module that a function is of."""
        for root, module in LIBRARIES.items():
            if rule.name.startswith(f"{module}."):
                self.externals[root] = ("module", module)

    def as_many(self, rule, args, node):
        """As many arguments as a rule has parameters."""
        at, _ = TOGETHER.get(rule.name, (len(args), 0))
        if at < len(args) and isinstance(args[at], Struct):
            args = [*args[:at], *args[at].items, *args[at + 1 :]]
        if len(args) <= min(len(rule.params), rule.positional):
            return args
        if not _takes_the_rest(rule):
            what = f"`{ast.unparse(node.func)}` is differentiated with {', '.join(rule.names)} only"
            raise Refused(node, what, "leave the others out")
        # x.reshape(2, 3): the last parameter takes the rest
        return [args[0], Struct(tuple, tuple(range(len(args) - 1)), tuple(args[1:]))]

    def dtypes(self, rule, args, node) -> list:
        """The arguments of a call by position, a dtype among them by its code."""
        named = [n == "dtype" for n in rule.names] + [False] * len(args)
        return [Const(self.dtype_of(a, node)) if d else a for a, d in zip(args, named)]

    def keywords(self, rule, kw, node) -> tuple:
        """The keywords of a call that a gate is to have: those that say something."""
        kw = {k: Const(self.dtype_of(v, node)) if k == "dtype" else v for k, v in kw.items()}
        said = {n: Const(v) for n, v in rule.params if n in ("axis", "dtype", "keepdims")}
        operands = {k: self.rule_operand(v, node) for k, v in kw.items()}
        return tuple((k, v) for k, v in operands.items() if v != said.get(k))

    def check_keywords(self, rule, kw, node):
        for key in kw:
            if key not in rule.names:
                place = next((k for k in node.keywords if k.arg == key), node)
                near = did_you_mean(key, rule.names)
                what = f"`{ast.unparse(node.func)}` is not differentiated with `{key}=`{near}"
                raise Refused(place, what, f"supported: {', '.join(rule.names)}")

    def check_complex(self, rule, args, node):
        """Refuse complex arguments of a function that is written for real ones."""
        if any(map(_has_complex, args)) and not takes_complex(rule):
            what = f"`{ast.unparse(node.func)}` is not differentiated for complex numbers"
            remedy = "take the real and imaginary parts, or the absolute value, first"
            raise Refused(node, what, remedy)

    def number_in(self, text, name, node):
        """`int("2")`, of a string that is known."""
        try:
            return Const({"builtins.int": int, "builtins.float": float}[name](text))
        except ValueError as error:
            raise Refused(node, str(error), "") from None

    def of_elements(self, name, args, kw, node):
        """`math.prod`, `dist` and `sumprod`: functions of the elements of containers."""
        wanted = 1 if name == "math.prod" else 2
        if len(args) != wanted or kw:
            what = f"`{ast.unparse(node.func)}` is differentiated with {wanted} argument(s) here"
            raise Refused(node, what, "leave the others out, or write a loop")
        args = [self.as_tuple(a) for a in args]
        if name == "math.prod" and isinstance(kind_of(self.runtime(args[0], node)), Array):
            return self.call_rule("numpy.prod", args, {}, node)
        fixed = all(isinstance(a, Struct) and a.type in (list, tuple) and a.items for a in args)
        if not fixed or len({len(a.items) for a in args}) != 1:
            return self.gate(f"{name}:list", *(self.runtime(a, node) for a in args), node=node)
        operands = [self.runtime(i, node) for a in args for i in a.items]
        if len(operands) == 1:
            return operands[0]
        rule = rules.lookup(name, len(operands))
        return self.gate(rule.name, *operands, node=node)

    def rule_operand(self, binding, node):
        if isinstance(binding, Struct) and binding.type is tuple:
            if binding.known is not None and not _are_ints(binding.known.value):
                return self.thing(binding.known)
            return Tup(tuple(self.rule_operand(i, node) for i in binding.items))
        if isinstance(binding, Known) and isinstance(binding.value, type):
            code = _DTYPES.get(binding.value)
            return self.runtime(binding, node) if code is None else Const(code)
        return self.runtime(binding, node)

    def expand_statement(self, rule, operands, node):
        names = dict(zip(rule.names, operands))
        statement = rule.expands
        index = Const(...)
        self.store(names[statement.targets[0].value.id], index, names[statement.value.id], node)
        return Known(None)

    def over_container(self, name, container, node):
        """sum, max, min of one argument."""
        container = self.as_tuple(container)
        if isinstance(container, Struct) and container.type is not dict:
            items = [self.runtime(i, node) for i in container.items]
            if not items and name in ("builtins.sum", "math.fsum"):
                return Const(0 if name == "builtins.sum" else 0.0)
            if not items:
                what = f"`{ast.unparse(node)}` is of nothing: the container is empty"
                raise Refused(node, what, "give it one element at least")
            if name in ("builtins.sum", "math.fsum"):
                out = items[0]
                for item in items[1:]:
                    out = self.binary("operator.add", out, item, node)
                return out
            return items[0] if len(items) == 1 else self.call_rule(name, items, {}, node)
        x = self.runtime(container, node)
        if name not in ("builtins.sum", "math.fsum"):
            sort = "array" if isinstance(kind_of(x), Array) else "list"
            return self.gate(f"{name}:{sort}", x, node=node)
        if isinstance(kind_of(x), List) and isinstance(kind_of(x).elem, Array):
            return self.call_written(rules.lookup("builtins.sum:arrays", 1), [x], {}, node)
        return self.gate(name, x, node=node)


def _has_complex(binding) -> bool:
    if isinstance(binding, Struct):
        return any(map(_has_complex, binding.items))
    return isinstance(binding, (Value, Const)) and is_complex(kind_of(binding))


def _takes_the_rest(rule) -> bool:
    """Whether the last argument of a method may be written as several."""
    return rule.name.partition(":")[0] in ("numpy.reshape", "numpy.transpose")


def _are_ints(values) -> bool:
    return all(isinstance(v, int) for v in values)
