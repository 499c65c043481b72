"""Stage how arrays are made of numbers, lists and arrays.

np.array([[c, -s], [s, c]])     →       numpy.array(((c, minus), (s, c)))
np.asarray(x)                   →       x, where x is an array
"""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np

from srcgrad.extents import fresh_extent
from srcgrad.ir import Const, Slice, Tup, Value
from srcgrad.kinds import F8, FLOAT, UNKNOWN, Array, List, Scalar, described
from srcgrad.operands import kind_of, number_kind
from srcgrad.passes.stage.binding import Known, Refused, Struct
from srcgrad.rules.numpy import METHODS

_FLOATING = (F8, Scalar("f4"))
_CODES = {n: n for n in ("f8", "f4", "c16", "c8", "i8", "b1")}
# what comes first and is no array
_NO_ARRAYS = ("shape", "dimensions", "start", "N", "n")
_DTYPE = "write np.float64, np.float32, int or bool"


class Arrays:
    """Methods of the stager that make arrays."""

    expr: Callable
    runtime: Callable
    gate: Callable
    arguments: Callable
    as_tuple: Callable
    site: Callable
    literal_of: Callable
    memo: object
    floats: set  # numbers that are surely floats, though ints are numbers, too
    tentative: int

    def call_array(self, node):
        return self.made_array(node, copies=True)

    def call_asarray(self, node):
        return self.made_array(node, copies=False)

    call_asanyarray = call_asarray

    def made_array(self, node, copies):
        """`np.array(…)`, and `np.asarray(…)`, which gives an array back as it is."""
        args, kw = self.arguments(node)
        given = dict(zip(("object", "dtype"), args)) | kw
        if copies and isinstance(given.get("copy"), Const) and given["copy"].value is True:
            del given["copy"]
        for key in given.keys() - {"object", "dtype"}:
            what = f"`{ast.unparse(node.func)}` is not differentiated with `{key}=`"
            raise Refused(node, what, "supported: object, dtype")
        if "object" not in given or len(args) > 2:
            raise Refused(node, f"`{ast.unparse(node)}` takes what the array is made of", "")
        dtype = self.dtype_of(given.get("dtype", Const(None)), node)
        rows = given["object"]
        if isinstance(rows, Value) and isinstance(rows.kind, List) and dtype is None:
            if isinstance(rows.kind.elem, Array):
                return self.gate("numpy.stack:list", rows, node=node)
        return self.made_of(rows, dtype, node, copies)

    def made_of(self, binding, dtype, node, copies=True):
        """The array that numbers, lists and arrays make."""
        tree = self.tree_of(binding, node)
        if isinstance(kind_of(tree), Array):
            return self.array_again(tree, dtype, copies, node)
        return self.array_of(tree, dtype, node)

    def array_of(self, tree, dtype, node):
        if dtype is None and not self.is_float(tree) and self.kind_made(tree, node).dtype == "f8":
            dtype = "f8"  # ints among the floats of a list would make it an array of ints
        return self.gate("numpy.array", tree, Const(dtype), node=node)

    def arrays_for(self, rule, args, node):
        """The arguments of a rule, arrays in the place of lists: NumPy makes them itself."""
        if not rule.name.startswith(("numpy.", "scipy.")):
            return args
        wanted = rule.d or {n for n in rule.names[:1] if n not in _NO_ARRAYS}
        return [
            self.array_from(a, node) if name in wanted else _tuple(a) if name == "shape" else a
            for a, name in zip(args, (*rule.names, *[None] * len(args)))
        ]

    def array_from(self, binding, node):
        """A list or tuple of numbers as an array; anything else as it is."""
        binding = self.as_tuple(binding)
        if isinstance(binding, Struct) and binding.type in (list, tuple):
            listed = True
        else:
            listed = isinstance(binding, Value) and isinstance(binding.kind, List)
        if not listed:
            return binding
        tree = self.tree_of(binding, node)
        return tree if isinstance(kind_of(tree), Array) else self.array_of(tree, None, node)

    def kind_made(self, tree, node):
        """The kind of the array that is made of operands."""
        outer, self.b = self.b, self.b.sub()
        try:
            kind = self.gate("numpy.array", tree, Const(None), node=node).kind
        finally:
            self.b = outer
        return kind if isinstance(kind, Array) else Array("f8", ())

    def array_again(self, x, dtype, copies, node):
        """An array made of an array: a copy of it, or it itself where nothing is to be changed."""
        if dtype not in (None, kind_of(x).dtype):
            return self.gate("numpy.ndarray.astype", x, Const(dtype), node=node)
        return self.gate("numpy.copy", x, node=node) if copies else x

    def tree_of(self, binding, node):
        """The operands that are nested in lists and tuples, as nested tuples."""
        binding = self.contents(binding, node)
        if isinstance(binding, Struct) and binding.type in (list, tuple) and binding.source is None:
            return Tup(tuple(self.tree_of(i, node) for i in binding.items))
        out = self.runtime(binding, node)
        kind = number_kind(out)
        if kind is UNKNOWN and self.tentative or isinstance(kind, (Scalar, Array)):
            return out
        if isinstance(kind, List) and not _holds_arrays(kind):
            return out
        what = f"`{ast.unparse(node)}` makes an array of {described(kind)}"
        if isinstance(kind, List):
            raise Refused(node, f"{what} of arrays", "use np.stack, or a loop that stores the rows")
        raise Refused(node, what, "make it of numbers, lists and arrays")

    def is_float(self, tree):
        """Whether one number at least in what an array is made of is surely a float."""
        if isinstance(tree, Tup):
            return not tree.items or any(map(self.is_float, tree.items))
        if isinstance(tree, Const):
            return isinstance(tree.value, float)
        kind = kind_of(tree)
        return isinstance(kind, Array) or kind in _FLOATING or tree in self.floats

    def note_float(self, out, op, args):
        """Note a number that is a float, whatever ints it may be computed from."""
        if out.kind != FLOAT:
            return
        made = op.startswith("math.") or op in _FLOATS
        if made or op in _CLOSED and any(map(self.is_float, args)):
            self.floats.add(out)

    # ------------------------------------------------------------ methods

    def number_method(self, x, name, node):
        """A method of a number of NumPy's, which is that of an array."""
        kind = kind_of(x)
        if name == "item" and not node.args:
            return self.gate("builtins.float", x, node=node) if kind in _FLOATING else x
        if name == "copy" and kind.name in _CODES and not node.args:
            return x
        if kind.name == "complex" and name == "conjugate":
            return self.gate("numpy.conjugate", x, node=node, form="method")
        if kind.name not in _CODES or name not in METHODS:
            what = f"the method `{name}` of {described(kind)} has no rule"
            raise Refused(node, what, "call a function instead")
        args, kw = self.arguments(node)
        return self.call_rule(METHODS[name], [x, *args], kw, node)

    def item_at(self, x, node):
        """`x.item(i, j)`: one subscript counts through all axes."""
        places, _ = self.arguments(node)
        if len(places) == 1 and isinstance(places[0], Struct):
            places = places[0].items
        if len(places) == 1 and kind_of(x).ndim != 1:
            x = self.gate("numpy.ravel", x, node=node, form="method")
        index = Tup(tuple(self.runtime(p, node) for p in places))
        found = self.load(x, index.items[0] if len(places) == 1 else index, node)
        if not isinstance(kind_of(found), Scalar):
            what = f"`{ast.unparse(node)}` is not one element"
            raise Refused(node, what, "give as many subscripts as there are axes")
        return self.gate("builtins.float", found, node=node) if found.kind in _FLOATING else found

    def is_array(self, node) -> bool:
        return isinstance(kind_of(self.quiet(node)), Array)

    def store_flat(self, target, binding, node):
        """`x.flat[i] = value`, counted row by row, and `x.flat = value`."""
        if isinstance(target, ast.Subscript):
            x, at = self.expr(target.value.value), self.index(target.slice)
            if isinstance(at, Slice):
                whole = self.call_known(np.arange, [self.gate("size", x)], {}, node)
                at = self.load(whole, at, node)
            self.call_known(np.put, [x, at, binding], {}, node)
            return
        x, value = self.expr(target.value), self.runtime(binding, node)
        if isinstance(kind_of(value), Array):
            value = self.call_known(np.reshape, [value, self.gate("shape", x)], {}, node)
        self.store(x, Const(...), value, node)

    def measure_of(self, x, attribute, node):
        """What is asked of an array besides its shape; None where that is known at run time only."""
        kind = kind_of(x)
        code = kind.dtype if isinstance(kind, Array) else kind.name
        if code not in ("f8", "f4", "c16", "c8", "b1"):  # whole numbers are of several sizes
            return None
        dtype = np.dtype(code)
        if attribute == "dtype":
            return Known(dtype)
        if attribute == "itemsize":
            return Const(dtype.itemsize)
        size = self.gate("size", x, node=node) if isinstance(kind, Array) else Const(1)
        return self.binary("operator.mul", size, Const(dtype.itemsize), node)

    # ------------------------------------------------------------ subscripts

    def call_ix_(self, node):
        """`np.ix_(i, j)`: the subscripts of a grid, each along an axis of its own."""
        args, kw = self.arguments(node)
        found = [self.as_subscripts(a, node) for a in args]
        if kw or not found:
            raise Refused(node, "`np.ix_` takes arrays or lists of ints or bools", "")
        for k, x in enumerate(found):
            index = Tup((Slice(None, None, None), *[Const(None)] * (len(found) - 1 - k)))
            found[k] = x if k == len(found) - 1 else self.gate("view", x, index, node=node)
        return Struct(tuple, tuple(range(len(found))), tuple(found))

    def as_subscripts(self, binding, node):
        """An array of ints of one axis."""
        x = self.tree_of(binding, node)
        if not isinstance(kind_of(x), Array):
            x = self.gate("numpy.array", x, Const(None), node=node)
        if x.kind.ndim != 1 or x.kind.dtype not in ("i8", "b1"):
            what = f"`{ast.unparse(node.func)}` does not take {described(x.kind)}"
            raise Refused(node, what, "use arrays or lists of ints or bools")
        return self.gate("numpy.flatnonzero", x, node=node) if x.kind.dtype == "b1" else x

    def call_nonzero(self, node):
        """`np.nonzero(x)`: the places of what is not zero, an array for each axis."""
        args, kw = self.arguments(node)
        return self.places_of(args[0] if len(args) == 1 and not kw else Const(None), node)

    def call_finfo(self, node):
        """`np.finfo(float)`, `np.iinfo(x.dtype)`: what is known of a dtype, an object outside."""
        args, kw = self.arguments(node)
        code = self.dtype_of(args[0], node) if len(args) == 1 and not kw else None
        if code is None:
            raise Refused(node, f"`{ast.unparse(node)}` is known of one dtype", _DTYPE)
        name = self.expr(node.func).value.__name__
        try:
            return Known(getattr(np, name)(code), f"np.{name}({code!r})")
        except ValueError as error:
            raise Refused(node, f"`{ast.unparse(node)}`: {error}", _DTYPE) from None

    call_iinfo = call_finfo

    def places_of(self, binding, node):
        x = self.runtime(binding, node)
        kind = kind_of(x)
        if not isinstance(kind, Array) or not kind.ndim:
            raise Refused(node, f"`{ast.unparse(node)}` is differentiated for an array only", "")
        extent, found = fresh_extent(), []
        for k in range(kind.ndim):
            found.append(self.gate("numpy.nonzero", x, Const(k), node=node))
            found[-1].kind = Array("i8", (extent,))
        return Struct(tuple, tuple(range(kind.ndim)), tuple(found))

    # ------------------------------------------------------------ dtypes

    def dtype_of(self, binding, node):
        """The code of a dtype that is written in some way; None where none is."""
        literal = self.literal_of(binding)
        given = binding.value if isinstance(binding, Known) else literal and literal[0]
        if isinstance(binding, Const) and binding.value is None:
            return None
        try:
            code = np.dtype(given).str[1:]
        except TypeError:
            code = None
        if given is None or code not in _CODES:
            raise Refused(node, "the dtype of an array is not one that is differentiated", _DTYPE)
        return code


_FLOATS = {"operator.truediv", "idiom.sigmoid", "idiom.softplus:math", "builtins.float"}
_CLOSED = {f"operator.{op}" for op in ("add", "sub", "mul", "neg", "pos")}


def _tuple(binding):
    """A shape that is a list, as a tuple."""
    listed = isinstance(binding, Struct) and binding.type is list and binding.source is None
    return Struct(tuple, binding.keys, binding.items) if listed else binding


def _holds_arrays(kind):
    return isinstance(kind.elem, Array) or isinstance(kind.elem, List) and _holds_arrays(kind.elem)
