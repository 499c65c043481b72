"""How what changes memory is written: stores, additions in place, and what lists and tapes are told.

accum(dx, i, dy)                        dx[i] += dy
accum(dx, (:, i), dy) [at]              np.add.at(dx, (slice(None), i), dy)
push(y_tape, y)                         y_tape.append(y)
"""

from __future__ import annotations

import ast
from dataclasses import replace

from srcgrad.emit.expressions import BINARY
from srcgrad.emit.syntax import call
from srcgrad.ir import Const, Gate, Slice, Tup, Value
from srcgrad.kinds import THING
from srcgrad.operands import is_ellipsis, is_numeral


class Stores:
    """Methods of the writer for what changes memory."""

    def write_setattr(self, g):
        owner, name, *value = g.args
        key = ast.Subscript(self.expr(owner), ast.Constant(name.value))
        if g.form == "del":
            return [ast.Delete([ast.Subscript(key.value, key.slice, ast.Del())])]
        target = ast.Attribute(self.expr(owner), name.value, ast.Store())
        if g.form == "key":
            target = ast.Subscript(key.value, key.slice, ast.Store())
        (value,) = value
        return [ast.Assign([target], self.expr(value))]

    def write_tape(self, g):
        return [ast.Assign([ast.Name(self.names(g.out), ast.Store())], ast.List([], ast.Load()))]

    def write_push(self, g):
        base, value = map(self.expr, g.args)
        return [ast.Expr(call(ast.Attribute(base, "append", ast.Load()), value))]

    write_append = write_push

    def write_insert(self, g):
        base, *args = map(self.expr, g.args)
        return [ast.Expr(call(ast.Attribute(base, g.op, ast.Load()), *args))]

    write_reverse = write_insert

    def write_truncate(self, g):
        """What was put on a tape since its length was noted goes."""
        part = ast.Slice(self.expr(g.args[1]), None, None)
        return [ast.Delete([ast.Subscript(self.expr(g.args[0]), part, ast.Del())])]

    def write_setitem(self, g):
        base, index, value = g.args
        return [ast.Assign([self.element(base, index, ast.Store())], self.expr(value))]

    write_refill = write_setitem

    def write_augitem(self, g):
        base, index, value = g.args
        if g.form == "at":
            return [self.added_at(g, dict(g.kw)["op"].value.rpartition(".")[2])]
        return [self.changed(base, index, dict(g.kw)["op"].value.rpartition(".")[2], value)]

    def write_accum(self, g):
        if g.form == "at":
            return [self.added_at(g, "add")]
        return [self.changed(*g.args[:2], "add", g.args[2])]  # type: ignore[call-arg]

    def changed(self, base, index, op, value):
        negative = self.negated(value) if op in ("add", "sub") else None
        if negative is not None:
            op, value = {"add": "sub", "sub": "add"}[op], negative
        whole = is_ellipsis(index)
        if whole and isinstance(base, Gate):
            target = self.expr(base)
            if not isinstance(target, ast.Subscript):
                target = ast.Subscript(target, ast.Constant(...), ast.Store())
            target.ctx = ast.Store()
        elif whole:
            target = ast.Name(self.names(base), ast.Store())
        else:
            target = self.element(base, index, ast.Store())
        return ast.AugAssign(target, BINARY[op](), self.expr(value))

    def negated(self, value):
        """What a value is the negative of, where that is plain to see."""
        if not isinstance(value, Gate):
            return None
        if value.op == "operator.neg":
            return value.args[0]
        first = value.args[0] if value.args else None
        if value.op == "operator.mul" and is_numeral(first) and first.value < 0:
            return replace(value, args=(Const(-first.value), value.args[1]))
        return None

    def added_at(self, g, op):
        """`np.add.at(x, idx, v)`: each of repeated subscripts counts."""
        base, index, value = g.args
        negative = self.negated(value)
        if negative is not None:
            op, value = {"add": "sub", "sub": "add"}[op], negative
        name = {"sub": "subtract"}.get(op, op)
        return ast.Expr(call(f"np.{name}.at", *map(self.expr, (base, _called(index), value))))


def _called(index):
    """A subscript as an argument: a slice in it is made by `slice`."""
    match index:
        case Tup():
            return Tup(tuple(map(_called, index.items)))
        case Slice():
            bounds = (index.lo, index.hi, index.step)
            lo, hi, step = (Const(None) if p is None else p for p in bounds)
            parts = (lo, hi) if step == Const(None) else (lo, hi, step)
            parts = (hi,) if lo == step == Const(None) else parts
            return Gate(Value("part", THING), "builtins.slice", parts)
    return index
