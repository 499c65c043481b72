"""Take out the gates that stand for "this variable has a value here", and leave the demand.

Those that stand for "and it is a number, not None" leave such a demand, or nothing where a test of
the user's has proved it.

    y_2 = defined(y)                        demand(y)          [defined]
    push(y_tape, y_2)               →       push(y_tape, y)
    z = operator.mul(y_2, x)                z = operator.mul(y, x)

A variable that some paths leave without a value may be read only where one has been assigned, and
that holds for taping as well. Up to here each such read is a value of its own, so what the backward
pass needs of it was taped where the user reads it, not at the head of the loop.
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.ir import Block, Function, Gate, map_operand, map_stmt


def defined(function: Function) -> Function:
    """The function without `defined` gates."""
    mapping: dict = {}

    def value(v):
        while v in mapping:
            v = mapping[v]
        return v

    def operand(o):
        return map_operand(o, value) if mapping else o

    def block(b):
        stmts = []
        for s in b.stmts:
            s = map_stmt(s, operand, block)
            if isinstance(s, Gate) and s.op == "defined":
                mapping[s.out] = s.args[0]
                if s.form == "proved":
                    continue
                s = Gate(None, "demand", s.args, (), s.loc, form=s.form or "defined")
            stmts.append(s)
        return Block(tuple(stmts), tuple(map(operand, b.yields)))

    return replace(function, body=block(function.body))
