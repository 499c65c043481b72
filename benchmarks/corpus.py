#!/usr/bin/env python3
"""Code that nobody here wrote: the public functions of an installed package, against differences.

    python benchmarks/corpus.py fluids                 # counts, and what is not correct
    python benchmarks/corpus.py fluids --time          # and gradient over function, in time

Arguments are those of each function's own doctests. A float argument counts where differences from
the left and from the right have each settled. A function is

    correct   each derivative is what the differences say
    kink      as far as they agree from both sides; elsewhere it is the one from the left or the right
    wrong     a derivative is neither
    refused   by a SrcgradError
    crash     by anything else, or after 20 seconds

Exit status 1 where a function is wrong or crashes.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import doctest
import importlib
import inspect
import io
import math
import pkgutil
import signal
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from srcgrad import SrcgradError, grad

SECONDS = 20
SKIPPED = ("test", "numba", "vectorized", "units", "_version", "__main__", "plot")
STATUSES = ("correct", "kink", "wrong", "refused", "crash")
RTOL = 1e-4


@contextlib.contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TimeoutError(f"took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def is_float(value: Any) -> bool:
    return isinstance(value, (float, np.floating)) and math.isfinite(value)


def public_functions(package: str) -> Iterator[tuple[str, Callable[..., Any], Any]]:
    """The functions of a package and its modules, with their full names and their modules."""
    top = importlib.import_module(package)
    modules = [top]
    for found in pkgutil.walk_packages(top.__path__, f"{package}."):
        if not any(part in found.name for part in SKIPPED):
            with contextlib.suppress(Exception):
                modules.append(importlib.import_module(found.name))
    for module in modules:
        for name, function in sorted(vars(module).items()):
            own = inspect.isfunction(function) and function.__module__ == module.__name__
            if own and not name.startswith("_"):
                yield f"{module.__name__}.{name}", function, module


def examples(function: Callable[..., Any], module: Any) -> list[dict[str, Any]]:
    """The arguments, by name, of the calls in a function's doctests that return a float."""
    calls: list[dict[str, Any]] = []

    def recorded(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if is_float(result):
            calls.append(dict(inspect.signature(function).bind(*args, **kwargs).arguments))
        return result

    scope = {**vars(sys.modules[module.__name__.partition(".")[0]]), **vars(module)}
    scope |= {"np": np, "numpy": np, "array": np.array, "math": math, function.__name__: recorded}
    with contextlib.suppress(ValueError):
        for example in doctest.DocTestParser().get_examples(function.__doc__ or ""):
            with contextlib.suppress(Exception), quiet(), time_limit(5):
                exec(compile(example.source, "<doctest>", "single"), scope)
    return calls


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def one_sided(function: Callable[..., Any], args: dict[str, Any], name: str, side: int):
    """The derivative from one side by extrapolated differences; None where they do not settle.

    Source: Richardson's deferred approach to the limit, on forward differences of second order.
    """
    x = float(args[name])
    step = side * 1e-3 * max(abs(x), 1e-3)

    def at(offset: float) -> float:
        return float(function(**{**args, name: x + offset}))

    def difference(h: float) -> float:
        return (-3 * at(0.0) + 4 * at(h) - at(2 * h)) / (2 * h)

    try:
        with quiet(), time_limit(5):
            first, second, third = (difference(step / k) for k in (1, 4, 16))
    except Exception:
        return None
    best, before = (16 * third - second) / 15, (16 * second - first) / 15
    settled = math.isfinite(best) and abs(best - before) <= 1e-5 * abs(best)
    return best if settled and best else None


def judged(function, args) -> tuple[str, str, tuple[float, float] | None] | None:
    """Status, what is to be said of it, and the times of function and gradient; None if not measured."""
    sides = {
        name: (one_sided(function, args, name, -1), one_sided(function, args, name, 1))
        for name, value in args.items()
        if is_float(value)
    }
    sides = {name: pair for name, pair in sides.items() if None not in pair}
    if not sides:
        return None
    try:
        with quiet(), time_limit(SECONDS):
            gradient = grad(function, wrt=tuple(sides))
            found = dict(zip(sides, gradient(**args), strict=True))
    except SrcgradError as error:
        return "refused", " ".join(str(error).split())[:200], None
    except Exception as error:
        return "crash", f"{type(error).__name__}: {error}"[:200], None
    status, told = "correct", ""
    for name, pair in sides.items():
        value = math.nan if found[name] is None else float(found[name])
        if not any(math.isclose(value, side, rel_tol=RTOL, abs_tol=1e-12) for side in pair):
            return (
                "wrong",
                f"{name}: {value}, from the left {pair[0]}, from the right {pair[1]}",
                None,
            )
        if not math.isclose(*pair, rel_tol=RTOL):
            status, told = "kink", f"{name}: {value}, from the left {pair[0]}, the right {pair[1]}"
    return status, told, timed(function, gradient, args)


def timed(function, gradient, args) -> tuple[float, float]:
    times = []
    for called in (function, gradient):
        start = time.perf_counter()
        with quiet():
            for _ in range(100):
                called(**args)
        times.append(time.perf_counter() - start)
    return times[0], times[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("packages", nargs="+")
    parser.add_argument(
        "--time", action="store_true", help="the time of a gradient over the function's"
    )
    options = parser.parse_args()
    counts: collections.Counter[str] = collections.Counter()
    ratios = []
    for package in options.packages:
        for name, function, module in public_functions(package):
            results = (judged(function, args) for args in examples(function, module))
            found = next((r for r in results if r is not None), None)
            if found is None:
                continue
            status, told, times = found
            counts[status] += 1
            if status != "correct":
                print(f"{status:<8} {name}  {told}")
            if times is not None:
                ratios.append(times[1] / times[0])
    total = sum(counts.values())
    print(f"{total} functions: " + ", ".join(f"{counts[s]} {s}" for s in STATUSES))
    if options.time and ratios:
        print(f"gradient over function, in time: median {statistics.median(ratios):.2f}")
    return 1 if counts["wrong"] or counts["crash"] else 0


if __name__ == "__main__":
    sys.exit(main())
