"""What is known, while a program is being written, of the variables that it has so far.

All that the writer relies on holds on every path and in every turn of a loop: a variable keeps the
kind and the bounds that it was declared with, whatever is assigned to it later.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

FLOAT, INT, LIST, ARRAY, FUNCTION = "float", "int", "list", "array", "function"

# Most values stay within [-BOUND, BOUND], so that differences can be trusted.
BOUND = 3.0

# Elements of arrays and lists may drift a little further, by augmented stores in loops.
DRIFT = 6.0

# A list is never longer than this.
LONGEST = 40


@dataclass
class Memory:
    """A list, by whatever names it is known.

    Parameters
    ----------
    least : int
        It has at least so many elements.
    pinned : bool
        Whether its length must not change any more: an alias may stand for it, or for another.
    iterating : int
        How many loops go over it just now.
    """

    least: int
    pinned: bool = False
    iterating: int = 0

    @property
    def resizable(self) -> bool:
        """Whether an element may be appended here."""
        return not self.pinned and not self.iterating


@dataclass
class Var:
    """A variable: what it holds, and how large that is."""

    name: str
    kind: str
    bound: float = BOUND  # of a float
    lo: int = 0  # of an int
    hi: int = 0
    below: Memory | None = None  # of an int: a list that it is a valid subscript of
    memory: Memory | None = None  # of a list
    shape: tuple[int, ...] = ()  # of an array
    locked: bool = False  # must not be assigned to: it counts the turns of a while


@dataclass(frozen=True)
class Helper:
    """A function that the others can call.

    Parameters
    ----------
    name : str
    params : tuple of Var
        The least length of a list and the range of an int are what a caller must keep to.
    returns : str
        FLOAT, ARRAY (of `shape`) or "tuple" (of two floats).
    grows : bool
        Whether it appends to its list.
    cost : int
        About how many statements a call executes.
    form : str
        "star" where it takes any number of floats, and keywords.
    """

    name: str
    params: tuple[Var, ...]
    returns: str
    shape: tuple[int, ...] = ()
    grows: bool = False
    cost: int = 1
    form: str = ""


class Scope:
    """The lines of one function so far, and its variables.

    Subclasses write expressions and statements with it.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 1
        self.vars: dict[str, Var] = {}
        self.trips = 1  # how often the current line is executed
        self.loops = 0
        self.cost = 0
        self.floors: list[dict[int, int]] = []  # least lengths where the innermost loop began
        self.grown: set[int] = set()

    def emit(self, line: str) -> None:
        """Write a line at the current indentation."""
        self.lines.append("    " * self.depth + line)
        self.cost += self.trips

    def declare(self, var: Var) -> None:
        """Make a variable known, in this block."""
        self.vars[var.name] = var

    def of_kind(self, kind: str) -> list[Var]:
        """Return the variables of a kind."""
        return [var for var in self.vars.values() if var.kind == kind]

    def arrays(self, rank: int) -> list[Var]:
        """Return the arrays with so many axes."""
        return [var for var in self.of_kind(ARRAY) if len(var.shape) == rank]

    def may_pop(self, memory: Memory) -> bool:
        """Return whether a list is sure to have an element to spare, in every turn of the loop."""
        floor = self.floors[-1].get(id(memory), 0) if self.floors else 1
        return memory.resizable and memory.least > floor

    def may_append(self, memory: Memory) -> bool:
        """Return whether an element may be appended here."""
        return memory.resizable and self.trips <= 12

    @contextlib.contextmanager
    def block(self) -> Iterator[dict[str, Var]]:
        """Indent. What is declared in the block is gone after it, and in the dict yielded."""
        before = dict(self.vars)
        leasts = [(m, m.least) for m in self.memories()]
        news: dict[str, Var] = {}
        self.depth += 1
        start = len(self.lines)
        yield news
        if len(self.lines) == start:
            self.emit("pass")
        self.depth -= 1
        news.update((n, v) for n, v in self.vars.items() if n not in before)
        self.vars = before
        for memory, least in leasts:
            memory.least = min(memory.least, least)

    @contextlib.contextmanager
    def loop(self, trips: int) -> Iterator[None]:
        """Write the body of a loop, in a block."""
        self.floors.append({id(m): m.least for m in self.memories()})
        outer, self.trips = self.trips, self.trips * max(trips, 1)
        self.loops += 1
        with self.block():
            yield
        self.loops -= 1
        self.trips = outer
        self.floors.pop()

    def memories(self) -> list[Memory]:
        """Return the lists that the variables hold."""
        return [var.memory for var in self.vars.values() if var.memory is not None]
