"""One program, what it does, and what its derivatives must agree with."""

from __future__ import annotations

import contextlib
import copy
import inspect
import io
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcgrad import trees

from .generator import Program
from .tracing import traced

RTOL, ATOL = 1e-5, 1e-7  # against differences
EXACT = 1e-9  # between two ways to compute the same
COARSE = 2e-4  # both, where arrays of float32 take part


class Differs(Exception):
    """A comparison that failed: which, and how."""


class Undefined(Exception):
    """A gradient that is nan where a partial does not exist, as of `x ** y` by y at x < 0."""


class Case:
    """A program, what it does, and its slopes along some directions."""

    skip = ""

    def __init__(self, program: Program, function: Callable) -> None:
        self.args = program.args
        self.has_powers = "**" in program.text or "pow" in program.text
        parameters = inspect.signature(function).parameters.values()
        required = [p.name for p in parameters if p.default is p.empty]
        assert len(required) == len(self.args)
        self.names = required
        # Differences are taken in double precision.
        self.precise = tuple(a.astype(float) if _is_single(a) else a for a in self.args)
        self.coarse = any(map(_is_single, self.args))
        self.run = traced(program.text, program.name)
        value, self.trace = self.run(*copy.deepcopy(self.precise))
        outputs = trees.leaves(value)
        if not outputs:
            self.skip = "returns no number"
            return
        if not all(abs(x) < 1e6 for x in outputs):
            self.skip = "large or not finite"
            return
        self.value, self.state, self.printed = self.execute(function)
        rng = random.Random(program.seed)
        self.scalar = trees.is_number(self.value)
        self.weights = [1.0] if self.scalar else [rng.uniform(0.5, 1.5) for _ in outputs]
        self.discrete = [self.is_discrete(k) for k in range(len(self.args))]
        self.slopes = []
        for direction in self.directions(rng):
            slope = self.slope(direction)
            if slope is None:
                self.skip = "near a kink"
                return
            self.slopes.append((direction, slope))

    def execute(self, call: Callable) -> tuple[Any, tuple[Any, ...], str]:
        """Return a call's value, its arguments as it left them, and what it printed."""
        args = copy.deepcopy(self.args)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            value = call(*args)
        return value, args, printed.getvalue()

    def divides_by_zero(self) -> bool:
        """Return whether NumPy lets a division by zero pass on the way to the value."""
        noted: list[str] = []
        with np.errstate(divide="call", invalid="call", call=lambda what, _: noted.append(what)):
            self.run(*copy.deepcopy(self.precise))
        return bool(noted)

    # -- differences --------------------------------------------------------------------------

    def is_discrete(self, k: int) -> bool:
        """Return whether an argument cannot be moved: it counts, or it is a flag."""
        if not isinstance(self.args[k], int):
            return not trees.leaves(self.args[k])
        if isinstance(self.args[k], bool):
            return True
        for step in (1e-4, -1e-4):
            args = list(copy.deepcopy(self.args))
            args[k] += step
            try:
                self.run(*args)
            except (TypeError, IndexError):
                return True
        return False

    def directions(self, rng: random.Random) -> list[list[list[float]]]:
        """Return directions, each a list of numbers for each argument."""
        sizes = [
            0 if d else len(trees.leaves(a)) for a, d in zip(self.args, self.discrete, strict=True)
        ]
        zero = [[0.0] * size for size in sizes]
        found = []
        for _ in range(2 if sum(sizes) > 1 else 0):
            found.append([[rng.choice((-1, 1)) * rng.uniform(0.5, 1.0) for _ in z] for z in zero])
        single = [(k, j) for k, size in enumerate(sizes) for j in range(size)]
        if len(single) > 10:
            single = rng.sample(single, 6)
        for k, j in single:
            direction = copy.deepcopy(zero)
            direction[k][j] = 1.0
            found.append(direction)
        return found

    def moved(self, direction: list[list[float]], step: float) -> list[Any]:
        """Return the arguments, moved along a direction."""
        return [
            trees.rebuild(arg, [x + step * v for x, v in zip(trees.leaves(arg), part, strict=True)])
            if part
            else copy.deepcopy(arg)
            for arg, part in zip(self.precise, direction, strict=True)
        ]

    def slope(self, direction: list[list[float]]) -> float | None:
        """Measure the slope of the weighted outputs; None near a kink or where it is unsteady."""
        for h in (2e-4, 2e-5):
            values = []
            for step in (h, -h, h / 2, -h / 2):
                try:
                    value, trace = self.run(*self.moved(direction, step))
                    if trace != self.trace:
                        break
                    values.append(self.weighted(value))
                except (ArithmeticError, ValueError, TypeError, IndexError):
                    return None
            if len(values) == 4:
                a, b = (values[0] - values[1]) / (2 * h), (values[2] - values[3]) / h
                slope = (4 * b - a) / 3
                if abs(a - b) <= 1e-4 * (1 + abs(slope)):
                    return slope
        return None

    def weighted(self, value: Any) -> float:
        """Return the weighted sum of a structure like the value."""
        leaves = trees.leaves(value)
        if len(leaves) != len(self.weights):
            raise ValueError("another number of outputs")
        return math.fsum(w * x for w, x in zip(self.weights, leaves, strict=True))

    # -- checks -------------------------------------------------------------------------------

    def grad(self, function: Callable, tools: Any) -> None:
        """`value_and_grad`: the value, the state, the output and the gradient."""
        if not self.scalar:
            return
        transformed = tools.value_and_grad(function)
        for _ in range(2):  # the second time from the cache
            (value, gradients), state, printed = self.execute(transformed)
            self.same_run("grad", value, state, printed)
            self.matches("grad", gradients)
            self.unshared(gradients, state)

    def vjp(self, function: Callable, tools: Any) -> None:
        """`vjp`: a pullback called twice, while everything that was passed and returned changes."""
        transformed = tools.vjp(function)
        pullback: list[Callable] = []

        def call(*args: Any) -> Any:
            value, pull = transformed(*args)
            pullback.append(pull)
            return value

        value, state, printed = self.execute(call)
        self.same_run("vjp", value, state, printed)
        cotangent = trees.rebuild(self.value, self.weights)
        first = self.pulled(pullback[0], cotangent)[0]
        last, again = self.pulled(pullback[0], cotangent)
        if last != first:
            raise Differs("vjp: called twice", f"{first} and then {last}")
        for thing in (*state, value, again, cotangent):
            _trash(thing)
        cotangent = trees.rebuild(self.value, self.weights)
        try:
            last, _ = self.pulled(pullback[0], cotangent)
        except Differs as difference:
            raise Differs("vjp: after the caller changed its data", difference.args[1]) from None
        if last != first:
            raise Differs("vjp: after the caller changed its data", f"{first} and then {last}")

    def pulled(self, pullback: Callable, cotangent: Any) -> tuple[list[list[Any]], Any]:
        """Return what a pullback returns, leaf by leaf and as it stands; it must not print."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            gradients = pullback(cotangent)
        if printed.getvalue():
            raise Differs("vjp: output", f"the pullback prints {printed.getvalue()!r}")
        return self.matches("vjp", gradients), gradients

    def wrt(self, function: Callable, tools: Any) -> None:
        """`grad` with respect to one argument."""
        able = [k for k, discrete in enumerate(self.discrete) if not discrete]
        if not self.scalar or not able:
            return
        k = able[len(self.printed + str(self.value)) % len(able)]
        name = self.names[k]
        gradient, state, printed = self.execute(tools.grad(function, wrt=name))
        self.same_run("wrt", self.value, state, printed)
        try:
            leaves = trees.aligned(self.args[k], gradient)
        except ValueError as error:
            raise Differs("wrt: structure", f"{name}: {error}") from None
        for direction, slope in self.slopes:
            if not any(any(part) for j, part in enumerate(direction) if j != k):
                got = math.fsum(v * (g or 0.0) for g, v in zip(leaves, direction[k], strict=True))
                self.close("wrt", got, slope, direction)

    def jvp(self, function: Callable, tools: Any) -> None:
        """`jvp`, along one direction."""
        transformed = tools.jvp(function)
        for direction, slope in self.slopes[:1]:
            tangents = tuple(
                None if discrete else trees.rebuild(arg, part)
                for arg, part, discrete in zip(self.args, direction, self.discrete, strict=True)
            )

            def call(*args: Any, tangents: Any = tangents) -> Any:
                return transformed(args, tangents)

            (value, tangent), state, printed = self.execute(call)
            self.same_run("jvp", value, state, printed)
            try:
                leaves = trees.aligned(self.value, tangent)
            except ValueError as error:
                raise Differs("jvp: structure", str(error)) from None
            got = math.fsum(w * (x or 0.0) for w, x in zip(self.weights, leaves, strict=True))
            self.close("jvp", got, slope, direction)

    def second(self, function: Callable, tools: Any) -> None:
        """The gradient of the gradient, along one number."""
        floats = [k for k, a in enumerate(self.args) if trees.is_number(a) and not self.discrete[k]]
        if not floats or not self.scalar or self.coarse:
            return
        name = self.names[floats[0]]
        first = tools.grad(function, wrt=name)
        quiet = contextlib.redirect_stdout(io.StringIO())

        def gradient(step: float) -> float:
            args = list(copy.deepcopy(self.args))
            if step:
                args[floats[0]] += step
            with quiet:
                result = first(*args)
            return 0.0 if result is None else result

        h = 1e-4
        a = (gradient(h) - gradient(-h)) / (2 * h)
        b = (gradient(h / 2) - gradient(-h / 2)) / h
        if abs(a - b) > 1e-3 * (1 + abs(a)):
            return
        with quiet:
            got = tools.grad(first, wrt=name)(*copy.deepcopy(self.args))
        expected = (4 * b - a) / 3
        if not abs((got or 0.0) - expected) <= 1e-4 * abs(expected) + 1e-5:
            raise Differs("second", f"d2/d{name}2 is {got}, measured {expected}")

    # -- comparisons --------------------------------------------------------------------------

    def same_run(self, check: str, value: Any, state: Any, printed: str) -> None:
        """Compare what a call did with what the program itself does."""
        self.same(f"{check}: value", self.value, value)
        for name, expected, got in zip(self.names, self.state, state, strict=True):
            self.same(f"{check}: state", expected, got, f"{name} is left as ")
        if printed != self.printed:
            raise Differs(f"{check}: output", f"{printed!r}, not {self.printed!r}")

    def same(self, what: str, expected: Any, got: Any, where: str = "") -> None:
        if not _same(expected, got, COARSE if self.coarse else EXACT):
            raise Differs(what, f"{where}{got!r}, not {expected!r}")

    def matches(self, check: str, gradients: Any) -> list[list[Any]]:
        """Compare gradients with the slopes; return their leaves."""
        parts = gradients if len(self.names) > 1 else (gradients,)
        if not isinstance(parts, tuple) or len(parts) != len(self.names):
            raise Differs(f"{check}: structure", f"{gradients!r} for {', '.join(self.names)}")
        leaves = []
        for name, arg, part, discrete in zip(
            self.names, self.args, parts, self.discrete, strict=True
        ):
            try:
                leaves.append([] if discrete else trees.aligned(arg, part))
            except ValueError as error:
                raise Differs(f"{check}: structure", f"{name}: {error}") from None
            if trees.is_float_array(arg) and getattr(part, "dtype", arg.dtype) != arg.dtype:
                raise Differs(f"{check}: structure", f"{name}: {part.dtype}, not {arg.dtype}")
        for direction, slope in self.slopes:
            got = math.fsum(
                v * (g or 0.0)
                for part, along in zip(leaves, direction, strict=True)
                for g, v in zip(part, along, strict=True)
            )
            self.close(check, got, slope, direction)
        return leaves

    def close(self, check: str, got: float, slope: float, direction: list[list[float]]) -> None:
        rtol, atol = (COARSE, COARSE) if self.coarse else (RTOL, ATOL)
        if not abs(got - slope) <= rtol * abs(slope) + atol:  # nan is not close
            along = dict(zip(self.names, direction, strict=True))
            if math.isnan(got) and self.has_powers:
                raise Undefined
            raise Differs(f"{check}: derivative", f"{got} along {along}, measured {slope}")

    def unshared(self, gradients: Any, state: Sequence[Any]) -> None:
        """Check that gradients share no memory with the arguments or with each other."""
        parts = gradients if len(self.names) > 1 else (gradients,)
        seen: list[Any] = [a for a in state if isinstance(a, np.ndarray | list)]
        for name, part in zip(self.names, parts, strict=True):
            if not isinstance(part, np.ndarray | list):
                continue
            for other in seen:
                shared = part is other
                if isinstance(part, np.ndarray) and isinstance(other, np.ndarray):
                    shared = np.shares_memory(part, other)
                if shared:
                    raise Differs("grad: shared memory", f"the gradient of {name}")
            if isinstance(part, np.ndarray) and not part.flags.writeable:
                raise Differs("grad: shared memory", f"the gradient of {name} is read-only")
            seen.append(part)


def _is_single(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.float32


def _same(a: Any, b: Any, exact: float = EXACT) -> bool:
    """Return whether two results are the same, to rounding; a float is as good as a NumPy one."""
    if trees.is_number(a) and trees.is_number(b):
        return abs(a - b) <= exact * (1 + abs(a)) or (a != a and b != b)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        alike = a.shape == b.shape and a.dtype == b.dtype
        return alike and np.allclose(a, b, rtol=exact, atol=exact, equal_nan=True)
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(_same(x, y, exact) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return list(a) == list(b) and all(_same(a[key], b[key], exact) for key in a)
    return a == b


def _trash(thing: Any) -> None:
    """Overwrite what can be."""
    if isinstance(thing, tuple):
        for part in thing:
            _trash(part)
    elif isinstance(thing, list):
        thing[:] = [1e3] * (len(thing) + 1)
    elif isinstance(thing, dict):
        thing.clear()
    elif isinstance(thing, np.ndarray) and thing.flags.writeable:
        thing[...] = 1e3
