"""Reads of parts that are written as one statement.

parts = power_backward(dy, x, n)
dx = parts[0]                          →       dx, dn = power_backward(dy, x, n)
dn = parts[1]

w = np.linalg.eigh(a)[0]
v = np.linalg.eigh(a)[1]               →       w, v = np.linalg.eigh(a)
"""

from __future__ import annotations

from dataclasses import replace

from srcgrad.build import results_key
from srcgrad.ir import Const, Gate
from srcgrad.kinds import Record
from srcgrad.rules.record import PARTS


def unpacked(stmts, uses) -> list:
    """The statements, where reads of parts are one statement with what they are parts of.

    `uses`: how often each value is read.
    """
    return _results(_elements(_parts(stmts, uses)))


def _results(stmts) -> list:
    """Results of one call that stand next to one another are taken apart at once."""
    out: list = []
    key = None
    for s in stmts:
        last, key = key, results_key(s) if getattr(s, "form", None) == "held" else None
        if key is None:
            out.append(s)
            continue
        name = s.op.partition("[")[0]
        place = 1 + list(PARTS[name][1].values()).index(s.op)
        if key == last and out[-1].args[place] is None:
            args = list(out[-1].args)
        else:
            args = [replace(s, op=name), *[None] * len(PARTS[name][1])]
            out.append(s)
        args[place] = s.out
        out[-1] = Gate(None, "results", tuple(args), (), s.loc, s.adjoint)
    return out


def _parts(stmts, uses) -> list:
    """What a helper returns together with the reads of its parts, where these are all there is."""
    out: list = []
    for s in stmts:
        if isinstance(s, Gate) and s.op.startswith("call") and isinstance(s.out.kind, Record):
            out.append([s])
        elif out and isinstance(out[-1], list) and _is_part(s, out[-1][0]):
            out[-1].append(s)
        else:
            out.append(s)
    done: list = []
    for group in out:
        if not isinstance(group, list):
            done.append(group)
            continue
        made, *parts = group
        if not parts or uses.get(made.out) != len(parts):
            done += group
            continue
        places: list = [None] * len(made.out.kind.kinds)
        for part in parts:
            places[part.args[1].value] = part.out
        done.append(replace(made, out=None, op="parts", args=(made, *places)))
    return done


def _is_part(s, made):
    return isinstance(s, Gate) and s.op == "part" and s.args[0] is made.out


def _elements(stmts) -> list:
    """Each `demand` of so many elements of a list, and the reads that follow, as one."""
    out: list = []
    for s in stmts:
        last = out[-1] if out else None
        if _is_unpack(s):
            s = replace(s, args=(*s.args[:2], *[None] * s.args[1].value))
        elif last is not None and _is_unpack(last) and _is_element(s, last):
            elements = list(last.args)
            elements[2 + s.args[1].value] = s.out
            out[-1] = replace(last, args=tuple(elements))
            continue
        out.append(s)
    return out


def _is_unpack(s):
    return isinstance(s, Gate) and s.op == "demand" and s.form == "unpack"


def _is_element(s, unpack):
    """Whether a statement reads an element that the unpacking before it could bind."""
    if (
        not isinstance(s, Gate)
        or s.op not in ("getitem", "view")
        or s.args[0] is not unpack.args[0]
    ):
        return False
    k = s.args[1].value if isinstance(s.args[1], Const) else None
    return k in range(unpack.args[1].value) and unpack.args[2 + k] is None
