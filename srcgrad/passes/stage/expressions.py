"""Stage expressions: `w[0] * x[0] + b` → three gates, each with its kind."""

from __future__ import annotations

import ast
import operator

import numpy as np

from srcgrad import rules
from srcgrad.build import BINARY, UNARY, Builder, power_rule
from srcgrad.ir import UNDEFINED, Const, Value, values_in
from srcgrad.joins import joined, together
from srcgrad.kinds import (
    INT,
    TEXT,
    UNKNOWN,
    Array,
    List,
    Literal,
    Maybe,
    Record,
    Scalar,
    Thing,
    described,
    is_complex,
    is_integral,
    is_namedtuple,
)
from srcgrad.operands import KindError, kind_of, number_kind
from srcgrad.passes.stage.binding import (
    Closure,
    Conflict,
    Interrupted,
    Known,
    Map,
    Object,
    Refused,
    Restart,
    Struct,
    Unassigned,
)
from srcgrad.passes.stage.classes import UNARY as UNARY_METHODS
from srcgrad.passes.stage.conditions import UNPROVED
from srcgrad.passes.stage.scopes import plain

_ARGUMENTS = "arguments are numbers, numpy arrays of floats, and lists, tuples and dicts of these"
_FOLDED = {f"operator.{n}": getattr(operator, n) for n in ("add", "sub", "mul", "floordiv", "mod")}


class Expressions:
    """Methods of the stager that turn an expression into a binding."""

    b: Builder

    def expr(self, node):
        method = getattr(self, "expr_" + type(node).__name__, None)
        if method is None:
            raise Refused(
                node,
                f"`{ast.unparse(node)}` cannot be differentiated yet",
                "write it with simpler expressions",
            )
        builder, outer = self.b, self.b.loc
        builder.loc = (self.source, node)
        try:
            return method(node)
        finally:
            builder.loc = outer  # a gate is where its operator is, not where its last operand is

    def operand(self, node):
        """The expression as something that exists at run time."""
        return self.runtime(self.expr(node), node)

    def each(self, stage, items) -> list:
        """`stage` of each item: of what is refused among them, all is reported."""
        out, refusals = [], []
        for item in items:
            try:
                out.append(stage(item))
            except Refused as refusal:
                refusals.append(refusal)
        for refusal in refusals[:-1]:
            if not self.tentative:
                self.problem(refusal)
        if refusals:
            raise refusals[-1]
        return out

    def some(self, operand):
        """A number that may be None, used as one: where it is None, Python raises TypeError."""
        if isinstance(operand, Value) and isinstance(operand.kind, Maybe):
            form = "proved" if ("number", operand) in self.sure else "number"
            kind, hint = operand.kind.kind, operand.hint
            return self.b.gate("defined", operand, kind=kind, hint=hint, form=form)
        return operand

    def quiet(self, node):
        """What an expression stands for, found without staging it for good."""
        outer, self.b = self.b, self.b.sub()
        env, self.env = self.env, dict(self.env)
        try:
            return self.expr(node.value if isinstance(node, ast.Starred) else node)
        except Refused:
            return None
        finally:
            self.b, self.env = outer, env

    def stored(self, binding, node):
        """As `runtime`, of what goes into a list: a number there may as well be None."""
        maybe = isinstance(binding, Value) and isinstance(binding.kind, Maybe)
        return binding if maybe else self.runtime(binding, node)

    def runtime(self, binding, node):
        if isinstance(binding, (Value, Const)):
            if kind_of(binding) is UNKNOWN and isinstance(binding, Value) and not self.tentative:
                raise self.unknown(binding, node)
            return self.some(binding)
        if isinstance(binding, Struct):
            if is_namedtuple(binding.type):
                binding = Struct(tuple, tuple(range(len(binding.items))), binding.items)
            if binding.type in (list, tuple):
                return self.dynamic(binding, node)
            if binding.type is complex:
                what = "this complex result is not differentiated as a whole"
                raise Refused(node, what, "read the parts of it: `.real`, `.imag`")
            raise Refused(
                node,
                f"a {binding.type.__name__} is used here as a whole",
                "read it at constant keys",
            )
        if isinstance(binding, Known):
            value = binding.value
            if value is None or isinstance(value, (str, bool)):
                return Const(value)
            if binding.path is not None and binding.path.startswith("%"):
                what = described(self.context.kind_of_argument(value, None))
                name = binding.path.lstrip("%")
                raise Refused(
                    node, f"`{name}` is {what}, which cannot be differentiated", _ARGUMENTS
                )
            tree = self.path_tree(binding, node)
            return self.b.gate("opaque", kind=Thing(), form=(tree, ()), hint="thing")
        if isinstance(binding, Closure):
            what = "a function that is made inside is used here as a value"
            raise Refused(node, what, "call it here, or choose it by a constant key or index")
        binding = self.contents(binding, node)
        if isinstance(binding, Struct):
            return self.runtime(binding, node)
        if isinstance(binding, Map):
            what = "a dict or set of keys that are not known before is used here as a whole"
            raise Refused(node, what, "loop over it, or read it at a key")
        if isinstance(binding, Object):
            raise Refused(
                node,
                f"`{ast.unparse(node)}` is used as a whole here, and is an object made in the function",
                "read its attributes, or call its methods",
            )
        raise Refused(
            node,
            f"`{ast.unparse(node)}` is not a value here",
            "call it, or assign the value that is meant",
        )

    def unknown(self, value, node):
        """Why a value's kind is not known: the call that made it has no rule, unless that was said already."""
        call = self.unknowns.get(value)
        if call is None:
            return Refused(node, None)
        name = ast.unparse(getattr(call, "func", call))
        near = rules.nearest(name)
        return Refused(
            call,
            f"no rule is known for `{name}`, and the result depends on it{near}",
            rules.remedy(name),
        )

    def path_tree(self, known, node):
        if known.path is None:
            raise Refused(node, f"`{ast.unparse(node)}` is not a value here")
        self.externals.update(self.external_of(known.path))
        return ast.parse(known.path, mode="eval").body

    def dynamic(self, struct, node):
        """A container of fixed layout is used as one of any length: make it again as such."""
        if struct.site is not None and not struct.site <= self.memo.placed:
            self.memo.dynamic |= struct.site
            raise Restart
        operands = [self.stored(i, node) for i in struct.items]
        if struct.type is tuple and struct.items == ():
            return self.b.gate("list", kind=List(UNKNOWN, "tuple"))
        return self.list_of(operands, node)

    def list_of(self, operands, node):
        kind = joined(map(number_kind, operands), together)
        if kind is None:
            raise Refused(
                node,
                "a list that is changed or indexed by a variable holds elements of one kind",
                "use several lists",
            )
        out = self.b.gate(
            "list",
            *operands,
            kind=List(together(kind, self.memo.elements.get(self.site(node), UNKNOWN))),
        )
        self.sites[out] = {self.site(node)}
        for operand in operands:
            self.note_inside(out, operand)
        return out

    def note_inside(self, owner, value):
        """Note where a list is made that is put into another: its elements may turn out to be others."""
        if isinstance(value, Value) and isinstance(value.kind, List):
            for site in self.sites.get(owner, ()):
                self.memo.inside.setdefault(site, set()).update(self.sites.get(value, ()))

    def gate(self, op, *args, node=None, **facts):
        if node is not None:
            self.b.loc = (self.source, node)
        try:
            out = self.b.gate(op, *args, **facts)
            if op in ("len", "extent", "size"):
                self.naturals.add(out)
            self.note_float(out, op, args)
            return out
        except KindError as error:
            if self.tentative and any(kind_of(a) is UNKNOWN for a in args):
                return self.b.gate(op, *args, kind=UNKNOWN, **facts)
            operands = (*args, *(v for _, v in facts.get("kw", ())))
            self.know_elements(operands)
            if any(v.kind == INT for o in operands for v in values_in(o)):
                self.write_out_turns()
            raise Refused(
                node, self.not_taken(node, args, error), self.conversion(op, args)
            ) from None

    def not_taken(self, node, args, error):
        kinds = " and ".join(dict.fromkeys(described(kind_of(a)) for a in args))
        if node is None or "does not take" not in str(error):
            return str(error)
        return f"`{ast.unparse(node)}` cannot be differentiated for {kinds}"

    def conversion(self, op, args):
        """What can be done about operands that an operation does not take."""
        module, _, name = op.partition(":")[0].rpartition(".")
        if module == "math" and any(isinstance(kind_of(a), Array) for a in args):
            if hasattr(np, name):
                return f"use np.{name}, which takes arrays"
        if op.endswith("matmul") and any(isinstance(kind_of(a), Scalar) for a in args):
            return "use `*` with a number: `@` takes arrays"
        if any(is_complex(kind_of(a)) for a in args):
            return "take the real and imaginary parts, or the absolute value, first"
        if TEXT in map(kind_of, args):
            return "compute with the number itself: text has no derivative"
        for arg in args:
            if isinstance(kind_of(arg), Literal) and not isinstance(kind_of(arg).value, bool):
                return f"pass a number, not {described(kind_of(arg))}"
        if module.partition(".")[0] in ("numpy", "scipy"):
            short = f"{module}.{name}".replace("numpy.", "np.", 1)
            return f"`srcgrad rules {short}` says what it is differentiated with"
        return "convert the operands first"

    # ------------------------------------------------------------ atoms

    def expr_Constant(self, node):
        return Const(node.value)

    def expr_Name(self, node):
        if node.id in self.env:
            binding = self.env[node.id]
            if binding is UNDEFINED and self.tentative:
                return Value(node.id, UNKNOWN)  # a turn that came before may have assigned it
            if binding is UNDEFINED:
                raise Unassigned(node, plain(node.id))
            if isinstance(binding, Interrupted) and binding.key in self.sure:
                return binding.value
            if isinstance(binding, Interrupted):
                what = f"`{plain(node.id)}` may or may not be assigned here: {binding.what}"
                raise Refused(node, what, binding.remedy)
            if isinstance(binding, Conflict):
                raise Refused(
                    node,
                    f"`{node.id}` is of different kinds on the paths that lead here: {binding.what}",
                    binding.remedy,
                )
            if isinstance(binding, Value) and binding in self.partial and node.id[0] != "%":
                if isinstance(binding.kind, (Scalar, Maybe)):
                    return self.b.gate("defined", binding, kind=binding.kind, hint=binding.hint)
                self.b.effect("demand", binding, form="defined")
            return binding
        return self.global_name(node)

    def expr_NamedExpr(self, node):
        self.assign(node.target, self.expr(node.value), node)
        return self.env[node.target.id]

    def expr_JoinedStr(self, node):
        known = self.text_of(node)
        return known if known is not None else self.opaque_expression(node, TEXT)

    def expr_Tuple(self, node):
        return self.display(tuple, node)

    def expr_List(self, node):
        return self.display(list, node)

    def holding(self, kind, items, node):
        """A list or tuple of these elements that is made here."""
        if kind is list and self.site(node) in self.memo.dynamic:
            return self.list_of([self.stored(i, node) for i in items], node)
        if kind is list:
            return self.listing(items, frozenset({self.site(node)}))
        return Struct(kind, tuple(range(len(items))), tuple(items))

    def display(self, kind, node):
        items = []
        for element in node.elts:
            if isinstance(element, ast.Starred):
                inner = self.as_tuple(self.expr(element.value))
                self.know_elements([inner])
                if not isinstance(inner, Struct) or inner.type is dict:
                    raise Refused(
                        element,
                        "`*` takes a list or tuple of known length here",
                        "write the elements out",
                    )
                items += inner.items
            else:
                items.append(self.expr(element))
        return self.holding(kind, items, node)

    # ------------------------------------------------------------ operators

    def expr_BinOp(self, node):
        left, right = self.each(self.expr, (node.left, node.right))
        left, right = self.as_tuple(left), self.as_tuple(right)
        return self.binary(BINARY[type(node.op)], left, right, node)

    def binary(self, op, left, right, node):
        out = self.operator_of_class(op, left, right, node)
        if out is not None:
            return out
        if (
            isinstance(left, Struct)
            and isinstance(right, Struct)
            and op == "operator.add"
            and left.type is right.type in (list, tuple)
        ):
            items = left.items + right.items
            if left.type is tuple or self.site(node) not in self.memo.dynamic:
                return self.holding(left.type, items, node)
        out = self.text_operation(op, left, right, node)
        if out is not None:
            return out
        if op == "operator.mul" and _is_list(left) != _is_list(right):
            many, count = (left, right) if _is_list(left) else (right, left)
            known = self.repeated_so_often(many, count, node)
            if known is not None:
                return known
            if not isinstance(many, Struct) or many.type is list:
                return self.repeat(many, self.runtime(count, node), node)
        x, y = self.each(lambda side: self.runtime(side, node), (left, right))
        if op == "operator.add" and all(isinstance(kind_of(s), List) for s in (x, y)):
            return self.joined_lists(x, y, node)
        for side in (x, y):
            if isinstance(kind_of(side), (List, Record)):
                raise Refused(
                    node,
                    f"`{ast.unparse(node)}` on {described(kind_of(side))} cannot be differentiated yet",
                    "use a numpy array for arithmetic on all elements; `append` and `+=` for lists",
                )
        if isinstance(x, Const) and isinstance(y, Const):
            folded = _fold(op, x.value, y.value)
            if folded is not None:
                return folded
        if op == "operator.pow":
            op = power_rule(x, y)
        return self.gate(op, x, y, node=node)

    def joined_lists(self, x, y, node):
        out = self.gate("list.add", x, y, node=node)
        self.sites[out] = {self.site(node)}
        return self.as_learned(out)

    def repeat(self, many, count, node):
        if not is_integral(number_kind(count)):
            what = f"a list is repeated by an int, not multiplied by {described(kind_of(count))}"
            raise Refused(node, what, "use a numpy array for arithmetic on all elements")
        if isinstance(many, Struct) and len(many.items) == 1:
            item = self.runtime(many.items[0], node)
            learned = self.memo.elements.get(self.site(node), UNKNOWN)
            kind = together(number_kind(item), learned)
            out = self.gate("repeat", item, count, kind=List(kind), node=node)
            self.sites[out] = {self.site(node)}
            return out
        return self.repeated(self.runtime(many, node), count, node)

    def expr_UnaryOp(self, node):
        op = UNARY[type(node.op)]
        if op == "operator.not_":
            test = self.tested(node.operand)
            if isinstance(test, Const):
                return Const(not test.value)
            out = self.gate(op, test, node=node)
            self.proofs[out] = self.proofs.get(test, UNPROVED)[::-1]
            return out
        inner = self.expr(node.operand)
        out = self.call_special(inner, UNARY_METHODS[op], [], node)
        if out is not None:
            return out
        x = self.runtime(inner, node)
        if (
            isinstance(x, Const)
            and op == "operator.neg"
            and isinstance(x.value, (int, float, complex))
        ):
            return Const(-x.value)
        return self.gate(op, x, node=node)


def _is_list(binding):
    return (
        isinstance(binding, Struct)
        and binding.type in (list, tuple)
        or isinstance(binding, Value)
        and isinstance(binding.kind, List)
    )


def _fold(op, x, y):
    """Integer arithmetic on literals, as for a subscript; floats stay as the user wrote them."""
    if type(x) is type(y) is str and op == "operator.add":
        return Const(x + y)
    if (
        type(x) is not int
        or type(y) is not int
        or op not in _FOLDED
        or y == 0
        and op in ("operator.floordiv", "operator.mod")
    ):
        return None
    return Const(_FOLDED[op](x, y))
