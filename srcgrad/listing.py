"""What is supported: the tables of rules, as `srcgrad rules` lists them."""

from __future__ import annotations

import ast
import difflib
import inspect
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from srcgrad.rules import lookup, with_libraries
from srcgrad.rules.operators import MAKERS
from srcgrad.rules.record import REQUIRED, Rule, snapshot

_INNER = ("idiom.", "implicit.", "user.")  # made by the compiler, or in this session
_VARIADIC = ("builtins.max", "builtins.min", "math.prod", "math.dist", "math.hypot")


@dataclass(frozen=True)
class Entry:
    """One rule as it is listed.

    Parameters
    ----------
    name : str
        The function, as in `math.exp`, `numpy.sum` or `abs`.
    signature : str
        Its parameters, with their defaults.
    modes : tuple of str
        `rev` and `fwd`; none where the derivative is zero.
    rule : str
        `partials`, `linear`, `pullback`, `zero`, `statement` for another
        spelling of one, or `Python` for a function written in terms of others.
    derivative : str
        The text of the rule.
    """

    name: str
    signature: str
    modes: tuple[str, ...]
    rule: str
    derivative: str


def entries(names: Sequence[str] = ()) -> list[Entry]:
    """The rules whose names hold one of the texts, or all, by module and name.

    Examples
    --------
    >>> entries(["math.atan2"])[0].derivative
    'x / u, -y / u where u = x * x + y * y'
    """
    with_libraries()
    for name in MAKERS:
        lookup(name, 2)
    wanted = [n.replace("np.", "numpy.", 1) if n.startswith("np.") else n for n in names]
    found = [entry(name, rule) for name, rule in snapshot().items() if _is_listed(name)]
    chosen = [e for e in found if not wanted or any(n in _full(e) for n in wanted)]
    return sorted(chosen, key=lambda e: (e.name.rpartition(".")[0], e.name, e.signature))


def _full(entry: Entry) -> str:
    return entry.name if "." in entry.name else f"builtins.{entry.name}"


def near(name: str) -> list[str]:
    """Names of rules that are much like a name that there is none of.

    Examples
    --------
    >>> "math.tanh" in near("math.tahn")
    True
    """
    known = {e.name.rpartition(".")[2]: e.name for e in reversed(entries())}
    full = difflib.get_close_matches(name, [e.name for e in entries()], 3)
    last = difflib.get_close_matches(name.rpartition(".")[2], known, 3)
    return list(dict.fromkeys([*full, *(known[n] for n in last)]))[:3]


def entry(name: str, rule: Rule) -> Entry:
    """How a rule of the table is listed."""
    plain = name.partition(":")[0].removeprefix("builtins.")
    sort = "linear" if _is_linear(rule) else _SORTS[rule.flavour]
    modes = () if rule.flavour == "zero" else ("rev", "fwd")
    return Entry(plain, _signature(rule), modes, sort, _derivative(rule))


def table(rows: Sequence[Entry]) -> str:
    """Rows for people: call, modes, sort of rule, and its text."""
    cells = [(f"{e.name}({e.signature})", " ".join(e.modes) or "-", e.rule, e.derivative) for e in rows]  # fmt: skip
    widths = [max(len(row[k]) for row in cells) for k in range(3)]
    lines = ("  ".join([*(c.ljust(w) for c, w in zip(row, widths)), row[3]]) for row in cells)
    return "".join(line.rstrip() + "\n" for line in lines)


def as_json(rows: Sequence[Entry]) -> str:
    """Rows for programs: a list of objects with the fields of `Entry`."""
    return json.dumps([asdict(e) for e in rows], indent=1) + "\n"


_SORTS = {
    "scalar": "partials",
    "vjp": "pullback",
    "zero": "zero",
    "expands": "statement",
    "written": "Python",
}


def _is_listed(name: str) -> bool:
    full, _, count = name.partition(":")
    many = full in (*_VARIADIC, *MAKERS)  # made when they were first asked for
    made = many and count.isdecimal() and count != "2"
    return not name.startswith(_INNER) and not made


def _is_linear(rule: Rule) -> bool:
    """Whether the tangent is the function of the tangent."""
    path = rule.name.partition(":")[0].replace("numpy.", "np.", 1)
    text = "" if rule.jvp is None else ast.unparse(rule.jvp)
    return bool(rule.names) and text.startswith(f"{path}({rule.names[0]}_dot")


def _signature(rule: Rule) -> str:
    parts = [n if d is REQUIRED else f"{n}={d!r}" for n, d in rule.params]
    if rule.positional < len(parts):
        parts.insert(rule.positional, "*")
    return ", ".join(parts)


def _derivative(rule: Rule) -> str:
    if rule.expands is not None:
        return ast.unparse(rule.expands)
    if rule.written is not None:
        return _last_line(rule.written)
    texts = []
    for name, text in rule.d.items():
        shown: dict[Any, Any] = text if isinstance(text, dict) else {"": text}
        several = " | ".join(f"{_rank(key)}{ast.unparse(t)}" for key, t in shown.items())
        texts.append(several if rule.flavour == "scalar" else f"d{name} = {several}")
    where = "; ".join(f"{name} = {ast.unparse(value)}" for name, value in rule.where)
    return ", ".join(texts) + (f" where {where}" if where else "")


def _last_line(function: Callable) -> str:
    """What a function returns, or where it begins if it takes more than one statement to say."""
    lines = [line.strip() for line in inspect.getsource(function).splitlines()]
    lines = lines[[line.startswith("def ") for line in lines].index(True) + 1 :]
    return lines[0].removeprefix("return ") if len(lines) == 1 else "…"


def _rank(key: object) -> str:
    return f"{key}: " if key != "" else ""
