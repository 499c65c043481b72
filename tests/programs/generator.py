"""Random programs in the language that srcgrad accepts.

`generate(seed)` returns the same program for the same seed and features, always. A program is
source text: some helper functions and one function to differentiate, with arguments for it. Its
values stay within a few units, and it is defined on all its domain, so that nearly all programs
can be checked by finite differences.

Each program uses a random part of the features that it may use ("swarm testing"): a bug that one
feature shows is not hidden by another that makes the program be refused.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .scope import ARRAY, BOUND, FLOAT, INT, LIST, Helper, Memory, Var
from .statements import Statements
from .whole import INTS

FEATURES = {
    "aliases": "second names for lists and arrays, or for one of two",
    "array_stores": "stores to elements and slices, augmented ones too",
    "arrays": "NumPy arrays with one axis",
    "attempts": "try, except, else, finally",
    "branches": "if, elif, else, ternaries",
    "break_continue": "leaving loops early",
    "comprehensions": "list comprehensions, sums of generators",
    "defaults": "parameters with a default",
    "deletions": "del of variables",
    "early_returns": "returns in branches",
    "flags": "bool and str parameters that branches test",
    "globals": "module-level constants",
    "helpers": "calls of functions of the same module",
    "int_arguments": "ints in the place of floats",
    "kinks": "abs, min, max, np.where ...",
    "list_lengths": "append, pop, +=",
    "list_stores": "stores to elements of lists",
    "lists": "lists of floats",
    "loop_else": "for ... else",
    "loop_returns": "returns in loops",
    "loops": "for loops",
    "match": "match statements",
    "matrices": "arrays with two axes",
    "nested": "functions inside functions",
    "numpy": "whole programs over arrays, with all that NumPy has for them",
    "nonlocals": "functions inside that assign variables around them",
    "odd_names": "names that a compiler may have chosen itself",
    "outputs": "functions that return several numbers",
    "partials": "functools.partial, lambdas, functions as arguments",
    "prints": "print",
    "recursion": "helpers that call themselves",
    "star_arguments": "*args and **kwargs",
    "starred": "a, *rest, z = ...",
    "views": "rows, columns, slices that are written through",
    "walrus": "assignments in expressions",
    "while": "while loops",
}
APPLY = ("", "", "def apply(function, *args, **kw):", "    return function(*args, **kw)")
DEFAULT = frozenset(FEATURES) - {"break_continue", "loop_returns", "numpy"}
# What the programs over arrays may use besides; their arrays themselves they always have.
AROUND_NUMPY = frozenset("aliases array_stores branches helpers kinks loops views".split())


@dataclass(frozen=True)
class Program:
    """Source text, and a call.

    Parameters
    ----------
    seed : int
        What it was made from.
    text : str
        A module.
    name : str
        The function to differentiate.
    args : tuple
        Arguments for it, by position: floats, ints, lists, arrays, flags.
    features : frozenset of str
        What it may use.
    """

    seed: int
    text: str
    name: str
    args: tuple[Any, ...]
    features: frozenset[str] = field(default=frozenset(), compare=False)

    def __str__(self) -> str:
        return f"{self.text}\n# {self.name}({', '.join(map(_shown, self.args))})\n"


def generate(seed: int, features: Iterable[str] = DEFAULT) -> Program:
    """Write a program.

    Parameters
    ----------
    seed : int
    features : iterable of str
        Which of FEATURES it may use.

    Returns
    -------
    Program

    Raises
    ------
    ValueError
        If a feature is unknown.

    Examples
    --------
    >>> generate(1).text == generate(1).text
    True
    """
    allowed = frozenset(features)
    if allowed - FEATURES.keys():
        raise ValueError(f"unknown features: {', '.join(sorted(allowed - FEATURES.keys()))}")
    rng = random.Random(seed)
    density = rng.choice((0.4, 0.6, 0.8))
    names = sorted(FEATURES.keys() - {"numpy"})
    drawn = frozenset(name for name in names if rng.random() < density)
    chosen = drawn & allowed
    if "numpy" in allowed and (allowed == {"numpy"} or rng.random() < 0.3):
        chosen = drawn & AROUND_NUMPY | {"numpy", "arrays", "matrices"}
    lines = ["import math", "", "import numpy as np"]
    if "partials" in chosen:
        lines = ["import functools", *lines, *APPLY]
    name = rng.choice(("f", "f", "loss", "model", "dx" if "odd_names" in chosen else "f"))
    taken = {
        name,
        "math",
        "np",
        "abs",
        "min",
        "max",
        "sum",
        "len",
        "range",
        "print",
        "functools",
        "apply",
    }
    constants: dict[str, float] = {}
    if "globals" in chosen:
        constants = {"RATE": rng.choice((0.3, -1.5, 2.0))}
        lines += [""] + [f"{key} = {value}" for key, value in constants.items()]
    helpers: list[Helper] = []
    for _ in range(rng.choice((0, 1, 1, 2, 3)) if "helpers" in chosen else 0):
        writer = HelperWriter(rng, chosen, helpers, taken)
        writer.constants = constants
        helpers.append(writer.write())
        lines += ["", "", *writer.lines]
    main = MainWriter(rng, chosen, helpers, taken)
    main.constants = constants
    args = main.write(name)
    lines += ["", "", *main.lines]
    return Program(seed, "\n".join(lines) + "\n", name, args, chosen)


class MainWriter(Statements):
    """Writes the function to differentiate."""

    def write(self, name: str) -> tuple[Any, ...]:
        """Write it, and return arguments for it."""
        args: list[Any] = []
        signature: list[str] = []
        for kind in self.kinds():
            args.append(self.parameter(kind))
            signature.append(list(self.vars)[-1] if kind not in ("flag", "mode") else kind)
        if self.has("defaults") and self.chance(0.5):
            k = self.fresh("k scale rate")
            signature.append(f"{k}={self.rng.choice((0.5, 2.0))}")
            self.declare(Var(k, FLOAT))
        self.depth = 0
        self.emit(f"def {name}({', '.join(signature)}):")
        self.depth = 1
        self.statements(self.rng.choice((2, 3, 4, 5, 6, 7)))
        if self.has("outputs") and self.chance(0.3):
            self.several()
        else:
            self.finish()
        return tuple(args)

    def kinds(self) -> list[str]:
        """Return what kinds of parameters there are; one at least is differentiable."""
        if self.has("numpy"):
            return self.array_kinds()
        options = [FLOAT, FLOAT, FLOAT, INT]
        if self.has("lists"):
            options += [LIST, LIST]
        if self.has("arrays"):
            options += ["vector", "vector"]
            if self.has("matrices"):
                options.append("matrix")
        kinds = self.rng.choices(options, k=self.rng.choice((1, 2, 2, 3, 3)))
        if set(kinds) <= {INT}:
            kinds.append(FLOAT)
        if self.has("flags"):
            kinds.append(self.rng.choice(("flag", "mode")))
        return kinds

    def parameter(self, kind: str) -> Any:
        """Declare a parameter, and return an argument for it."""
        if kind == FLOAT:
            self.declare(Var(self.fresh("a b p q s t w x y z"), FLOAT))
            return self.value()
        if kind == INT:
            n = self.rng.choice((0, 1, 2, 3, 4))
            self.declare(Var(self.fresh("n m k"), INT, lo=n, hi=n, locked=True))
            return n
        if kind == LIST:
            n = self.rng.choice((1, 2, 3, 4, 5))
            self.declare(Var(self.fresh("xs ys ws coeffs"), LIST, memory=Memory(n)))
            return [self.value() for _ in range(n)]
        if kind == "vector":
            shape: tuple[int, ...] = (self.rng.choice((2, 3, 3, 4, 5)),)
            self.declare(Var(self.fresh("u v w x"), ARRAY, shape=shape))
        elif kind == "matrix":
            shape = self.rng.choice(((2, 2), (2, 3), (3, 2), (3, 3)))
            if self.has("numpy") and self.chance(0.2):
                shape = self.rng.choice(((3, 1), (1, 3), (2, 4)))
            self.declare(Var(self.fresh("A B W"), ARRAY, shape=shape))
        elif kind in ("cube", INTS):
            return self.array_parameter(kind)
        else:
            self.flags.add(kind)
            return self.chance(0.5) if kind == "flag" else self.rng.choice(("fast", "slow"))
        return self.elements(shape)

    def array_kinds(self) -> list[str]:
        """Return the kinds of a program over arrays."""
        options = [FLOAT, "vector", "vector", "matrix", "matrix", "cube"]
        kinds = [
            self.rng.choice(options[1:]),
            *self.rng.choices(options, k=self.rng.choice((0, 1, 2))),
        ]
        if self.chance(0.2):
            kinds.append(INTS)
        self.dtype = np.float32 if self.chance(0.1) else np.float64
        return kinds

    dtype: type = np.float64

    def array_parameter(self, kind: str) -> Any:
        """Declare a parameter of a program over arrays, and return an argument for it."""
        if kind == INTS:
            shape: tuple[int, ...] = (self.rng.choice((1, 2, 3)),)
            self.declare(Var(self.fresh("idx where_ pick"), INTS, hi=1, shape=shape))
            return np.array([self.rng.randrange(2) for _ in range(shape[0])])
        shape = tuple(self.rng.choice((1, 2, 3)) for _ in range(3))
        self.declare(Var(self.fresh("A C T"), ARRAY, shape=shape))
        return self.elements(shape)

    def elements(self, shape: tuple[int, ...]) -> np.ndarray:
        size = int(np.prod(shape))
        values = [float(self.value()) for _ in range(size)]
        return np.array(values, dtype=self.dtype).reshape(shape)

    def value(self) -> float:
        """Return a number as an argument."""
        if self.has("int_arguments") and self.chance(0.2):
            return self.rng.choice((1, 2, -1, -2))
        if self.chance(0.05):
            return self.rng.choice((0.0, 1.0, -1.0))
        return round(self.rng.choice((-1, 1)) * self.rng.uniform(0.1, 2.0), 3)

    def several(self) -> None:
        """Return several numbers."""
        vectors, lists = self.arrays(1), self.of_kind(LIST)
        roll = self.rng.random()
        first, second = self.summary()[0], self.number()
        if vectors and roll < 0.4:
            n = self.rng.choice(vectors).shape
            self.emit(f"return {self.bounded_array(n)}")
        elif vectors and roll < 0.6:
            self.emit(f"return {first}, {self.bounded_array(self.rng.choice(vectors).shape)}")
        elif lists and roll < 0.5:
            self.emit(f"return {self.rng.choice(lists).name}")
        elif roll < 0.7:
            self.emit(f"return [{first}, {second}]")
        elif roll < 0.8:
            self.emit(f'return {{"a": {first}, "b": {second}}}')
        else:
            self.emit(f"return {first}, {second}")

    def early_return(self) -> None:
        if self.has("outputs"):  # one structure for all returns
            return self.assign()
        return super().early_return()


class HelperWriter(Statements):
    """Writes a function for others to call: what it takes and returns is at most BOUND."""

    returns, shape = FLOAT, ()

    def write(self) -> Helper:
        """Write it, and return what its callers need to know."""
        name = self.fresh("g h step act phi")
        self.taken.add(name)
        params = []
        for kind in self.kinds():
            if kind == FLOAT:
                var = Var(self.fresh("a b t x y z"), FLOAT)
            elif kind == INT:
                var = Var(self.fresh("k n m"), INT, lo=0, hi=3)
            elif kind == LIST:
                memory = Memory(self.rng.choice((1, 2, 2)))
                var = Var(self.fresh("xs ys"), LIST, memory=memory)
            else:
                self.shape = (self.rng.choice((2, 3, 3, 4)),)
                if self.has("numpy") and self.chance(0.5):
                    self.shape = self.rng.choice(((2, 2), (2, 3), (3, 2), (3, 3)))
                var = Var(self.fresh("u v"), ARRAY, shape=self.shape)
            self.declare(var)
            # What a caller must keep to is what it is now: a list may grow while this is written.
            least = Memory(var.memory.least) if var.memory else None
            params.append(Var(var.name, kind, lo=var.lo, hi=var.hi, memory=least, shape=var.shape))
        self.floors.append({id(m): m.least for m in self.memories()})
        theirs = {id(m) for m in self.memories()}
        self.depth = 0
        self.emit(f"def {name}({', '.join(p.name for p in params)}):")
        self.depth = 1
        ints = [p for p in params if p.kind == INT]
        if self.has("recursion") and ints and self.returns == FLOAT and self.chance(0.7):
            self.recursive(name, params, ints[0])
        else:
            self.statements(self.rng.choice((0, 1, 2, 3)))
            self.emit(f"return {self.result()}")
        cost = self.cost * (4 if self.recursive_ else 1)
        returns = self.returns
        return Helper(name, tuple(params), returns, self.shape, bool(self.grown & theirs), cost)

    recursive_ = False

    def kinds(self) -> list[str]:
        kinds = [FLOAT] * self.rng.choice((1, 1, 2, 2, 3))
        if self.chance(0.35) or (self.has("recursion") and self.chance(0.4)):
            kinds.append(INT)
        if self.has("lists") and self.chance(0.35):
            kinds += [LIST] * self.rng.choice((1, 1, 2))
        if self.has("arrays") and self.chance(0.8 if self.has("numpy") else 0.35):
            kinds.append(ARRAY)
            if self.chance(0.5):
                self.returns = ARRAY
        elif self.chance(0.15):
            self.returns = "tuple"
        return kinds

    def result(self) -> str:
        if self.returns == "tuple":
            return f"{self.number(BOUND)}, {self.number(BOUND)}"
        if self.returns == ARRAY:
            return self.bounded_array(self.shape)
        if self.chance(0.4):
            return self.guarded(self.summary(), BOUND)
        return self.number(BOUND, 2)

    def recursive(self, name: str, params: list[Var], depth: Var) -> None:
        """End when an int has come down to zero; else call itself with one less."""
        self.recursive_ = True
        self.vars[depth.name].locked = True
        self.emit(f"if {depth.name} <= 0:")
        with self.block():
            self.emit(f"return {self.number(BOUND)}")
        self.vars[depth.name].lo = 1
        if self.chance(0.5):
            self.statements(1)
        call = self.again(name, params, depth)
        if self.chance(0.2):
            call = f"({call} + {self.again(name, params, depth)})"
        text = f"{self.number(1.0)} * {call} + {self.number(BOUND)}"
        if self.chance(0.3):
            inner = self.fresh()
            self.emit(f"{inner} = {call}")
            self.declare(Var(inner, FLOAT, 2 * BOUND))
            text = f"{self.number(1.0)} * {inner} + {self.number(BOUND)}"
        self.emit(f"return {self.guarded((text, 3 * BOUND), BOUND)}")

    def again(self, name: str, params: list[Var], depth: Var) -> str:
        arguments = []
        for param in params:
            if param is depth:
                arguments.append(f"{param.name} - 1")
            elif param.kind == FLOAT:
                arguments.append(self.number(BOUND, 1))
            elif param.kind == INT:
                arguments.append(self.rng.choice((param.name, str(self.rng.randint(0, 3)))))
            else:
                arguments.append(param.name)
        return f"{name}({', '.join(arguments)})"


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        dtype = ", dtype=np.float32" if value.dtype == np.float32 else ""
        return f"np.array({value.tolist()}{dtype})"
    return repr(value)
