"""Stand-ins for the compiler, which differentiate numerically: to test the driver itself.

Each has the functions that `oracle.judge` uses. `Numeric` is right; the others each have a fault.
"""

from __future__ import annotations

import contextlib
import copy
import inspect
import io
from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad import trees
from srcgrad.errors import CannotDifferentiate, Location, Problem


class Numeric:
    """Right, as far as differences are."""

    @classmethod
    def value_and_grad(cls, f: Callable) -> Callable:
        def call(*args: Any) -> Any:
            value, pullback = cls.vjp(f)(*args)
            return value, pullback(1.0)

        return call

    @classmethod
    def grad(cls, f: Callable, wrt: str) -> Callable:
        names = list(inspect.signature(f).parameters)

        def call(*args: Any) -> Any:
            _, pullback = cls.vjp(f)(*args)
            gradients = pullback(1.0)
            return gradients if len(args) == 1 else gradients[names.index(wrt)]

        call.__signature__ = inspect.signature(f)  # type: ignore[attr-defined]
        return call

    @classmethod
    def vjp(cls, f: Callable) -> Callable:
        def call(*args: Any) -> Any:
            before = copy.deepcopy(args)
            value = f(*args)

            def pullback(cotangent: Any) -> Any:
                weights = trees.leaves(cotangent)
                gradients = tuple(cls.gradient(f, before, k, weights) for k in range(len(args)))
                return gradients if len(args) > 1 else gradients[0]

            return copy.deepcopy(value), pullback

        return call

    @classmethod
    def jvp(cls, f: Callable) -> Callable:
        def call(args: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
            def moved(step: float) -> Any:
                return [
                    copy.deepcopy(a) if t is None else _moved(a, trees.leaves(t), step)
                    for a, t in zip(args, tangents, strict=True)
                ]

            slopes = _slopes(lambda step: f(*moved(step)))
            value = f(*args)
            return value, trees.rebuild(value, slopes)

        return call

    @classmethod
    def gradient(cls, f: Callable, args: Any, k: int, weights: list[float]) -> Any:
        """Return the gradient with respect to one argument."""
        size = len(trees.leaves(args[k]))
        found = []
        for j in range(size):
            unit = [float(i == j) for i in range(size)]

            def along(step: float, unit: Any = unit) -> Any:
                moved = list(copy.deepcopy(args))
                moved[k] = _moved(args[k], unit, step)
                return f(*moved)

            try:
                slopes = _slopes(along)
            except (TypeError, IndexError):
                return None  # it counts
            found.append(sum(w * s for w, s in zip(weights, slopes, strict=True)))
        return cls.spoiled(trees.rebuild(args[k], found)) if found else None

    @classmethod
    def spoiled(cls, gradient: Any) -> Any:
        """Return the gradient, made wrong or not."""
        return gradient


def _moved(value: Any, direction: list[float], step: float) -> Any:
    pairs = zip(trees.leaves(value), direction, strict=True)
    return trees.rebuild(value, [x + step * v for x, v in pairs])


def _slopes(f: Callable[[float], Any]) -> list[float]:
    h = 1e-5
    with contextlib.redirect_stdout(io.StringIO()):
        a, b, c, d = (np.array(trees.leaves(f(s)), float) for s in (h, -h, h / 2, -h / 2))
    return ((4 * (c - d) / h - (a - b) / (2 * h)) / 3).tolist()


class SlightlyWrong(Numeric):
    """The last number of each gradient is off by a thousandth."""

    @classmethod
    def spoiled(cls, gradient: Any) -> Any:
        leaves = trees.leaves(gradient)
        return trees.rebuild(gradient, [*leaves[:-1], leaves[-1] * 1.001])


class PrintsTwice(Numeric):
    """Runs the program twice."""

    @classmethod
    def vjp(cls, f: Callable) -> Callable:
        def call(*args: Any) -> Any:
            f(*copy.deepcopy(args))
            return Numeric.vjp(f)(*args)

        return call


class LeavesArguments(Numeric):
    """Works on copies of the arguments."""

    @classmethod
    def vjp(cls, f: Callable) -> Callable:
        return lambda *args: Numeric.vjp(f)(*copy.deepcopy(args))


class ReadsLate(Numeric):
    """The pullback reads the caller's arguments when it is called."""

    @classmethod
    def vjp(cls, f: Callable) -> Callable:
        def call(*args: Any) -> Any:
            before = copy.deepcopy(args)
            value = f(*args)
            after = copy.deepcopy(args)

            def pullback(cotangent: Any) -> Any:
                changed = repr(args) != repr(after)
                with contextlib.redirect_stdout(io.StringIO()):
                    late = Numeric.vjp(f)(*copy.deepcopy(args if changed else before))
                return late[1](cotangent)

            return value, pullback

        return call


class ReadOnly(Numeric):
    """Returns arrays that cannot be written to."""

    @classmethod
    def value_and_grad(cls, f: Callable) -> Callable:
        def call(*args: Any) -> Any:
            value, gradients = Numeric.value_and_grad(f)(*args)
            parts = list(gradients) if len(args) > 1 else [gradients]
            for k, part in enumerate(parts):
                if isinstance(part, np.ndarray):
                    parts[k] = np.broadcast_to(part, part.shape)  # read-only
            return value, tuple(parts) if len(args) > 1 else parts[0]

        return call


class PullbackPrints(Numeric):
    """Prints again what the program prints."""

    @classmethod
    def vjp(cls, f: Callable) -> Callable:
        def call(*args: Any) -> Any:
            before = copy.deepcopy(args)
            value, pullback = Numeric.vjp(f)(*args)

            def again(cotangent: Any) -> Any:
                f(*copy.deepcopy(before))
                return pullback(cotangent)

            return value, again

        return call


class RefusesLoops(Numeric):
    """Refuses what has a loop, with a location; crashes on `while`."""

    @classmethod
    def value_and_grad(cls, f: Callable) -> Callable:
        source = inspect.getsource(f)
        if "while " in source:
            raise KeyError("while")
        if "for " in source:
            location = Location("program.py", 1, 1, 4, source.splitlines()[0])
            raise CannotDifferentiate(Problem(location, "cannot differentiate a loop"))
        return Numeric.value_and_grad(f)
