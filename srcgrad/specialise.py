"""From a function and the kinds of its arguments to a derivative that is ready to be called."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from srcgrad.arguments import kind_of_argument
from srcgrad.emit.origins import Origins
from srcgrad.guards import check_overlap, holds, namespace
from srcgrad.kinds import Kind
from srcgrad.notes import noting
from srcgrad.pipeline import Unit, build, changed_parameters
from srcgrad.writing import loaded


@dataclass
class Specialisation:
    """A gradient for some kinds of arguments: its text, and the function compiled from it."""

    kinds: dict[str, Kind]
    text: str
    compiled: Callable
    run: Callable
    unit: Any = field(repr=False, default=None)
    guards: tuple = ()
    outside: dict = field(repr=False, default_factory=dict)
    dispatch: Callable | None = field(repr=False, default=None)

    @functools.cached_property
    def again(self) -> Callable:
        """The function as it is differentiated in turn: without the tapes that helpers put tuples on."""
        if self.unit is None or not self.unit.callees.uses_tapes():
            return self.compiled
        u = self.unit
        unit = Unit(u.function, u.kinds, u.wrt, u.bare, u.mode, u.examples, taped=False)
        return loaded(build(unit))

    def holds(self, args) -> bool:
        """Whether the globals, cells and attributes that the text reads are of the kinds they were."""
        return all(holds(guard, self.outside, self.kinds, args) for guard in self.guards)


def specialise(function, known, names, bare, mode) -> Specialisation:
    """A function's derivative by the parameters `names`, for the kinds of the arguments `known`."""
    kinds = {n: kind_of_argument(v, n) for n, v in known.items()}
    unit: Any = build(Unit(function, kinds, names, bare, mode, dict(known)))
    compiled = loaded(unit)
    run = noting(compiled, Origins(unit.tree, unit.text, function))
    guards = unit.staged.guards
    outside = namespace(dict(root for _, root, _ in guards if root))
    return Specialisation(
        unit.staged.kinds, unit.text, compiled, _apart(run, unit), unit, guards, outside
    )


def _apart(compiled, unit):
    """The compiled function, behind a check that arguments it changes share no memory with others."""
    changed = changed_parameters(unit)
    if not changed:
        return compiled
    names = list(unit.kinds)
    positions = [names.index(n) for n in changed]

    def run(*args):
        check_overlap(args[: len(names)], positions, names)
        return compiled(*args)

    return run
