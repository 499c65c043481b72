#!/usr/bin/env python3
"""Time and memory of a gradient: generated, written by hand, by autograd, and by JAX.

    python benchmarks/per_call.py                   # autograd and JAX where they are installed

Every number is a ratio to the gradient written by hand, of medians of runs that take turns:

    srcgrad     a call of `grad(f)`
    compiled    the generated function alone, without the dispatch by the kinds of arguments
    autograd    the same function over `autograd.numpy`
    jax         the same function over `jax.numpy`, compiled by `jax.jit`, on a CPU in 64 bits
    primal      the function itself
    memory      the most that the generated function has allocated at once (`tracemalloc`)
"""

from __future__ import annotations

import argparse
import copy
import inspect
import statistics
import time
import tracemalloc
import types

import numpy as np
from cases import cases

from srcgrad import grad


def over(function, **modules):
    """The function with other modules under the names that it reads."""
    return types.FunctionType(function.__code__, {**function.__globals__, **modules})


def positions(case):
    names = list(inspect.signature(case.function).parameters)
    return tuple(names.index(n) for n in case.wrt)


def with_autograd(case):
    import autograd
    import autograd.numpy

    f = over(case.function, np=autograd.numpy, math=autograd.numpy)
    args = tuple(np.array(a) if isinstance(a, list) else a for a in case.args)
    at = positions(case)
    return autograd.grad(f, at if len(at) > 1 else at[0]), args


def with_jax(case):
    import jax

    jax.config.update("jax_enable_x64", True)
    f = case.for_jax or over(case.function, np=jax.numpy, math=jax.numpy)
    compiled = jax.jit(jax.grad(f, positions(case)), static_argnums=case.static)
    args = tuple(
        a if k in case.static else jax.numpy.asarray(a, dtype=float)
        for k, a in enumerate(case.args)
    )
    return lambda *given: jax.block_until_ready(compiled(*given)), args


def medians(calls, budget):
    """Median seconds of each call (a function and its arguments), the calls taking turns."""
    takes = {name: [] for name in calls}
    loops = {}
    for name, (f, args) in calls.items():
        f(*args)
        start = time.perf_counter()
        f(*args)
        loops[name] = max(1, int(0.003 / max(time.perf_counter() - start, 1e-7)))
    end = time.perf_counter() + budget
    while time.perf_counter() < end or len(takes[name]) < 5:
        for name, (f, args) in calls.items():
            start = time.perf_counter()
            for _ in range(loops[name]):
                f(*args)
            takes[name].append((time.perf_counter() - start) / loops[name])
    return {name: statistics.median(t) for name, t in takes.items()}


def peak(f, args):
    """The most bytes that a call has allocated at once."""
    f(*args)
    tracemalloc.start()
    f(*args)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def row(case, budget):
    """What the columns hold, by their names."""
    df = grad(case.function, wrt=case.wrt)
    own = lambda: copy.deepcopy(case.args)  # noqa: E731
    df(*own())
    calls = {
        "hand": (case.by_hand, own()),
        "srcgrad": (df, own()),
        "compiled": (df.compiled, own()),
    }
    for name, other in (("autograd", with_autograd), ("jax", with_jax)):
        try:
            calls[name] = other(case)
        except ImportError:
            pass
    calls["primal"] = case.function, own()
    times = medians(calls, budget)
    found = {name: taken / times["hand"] for name, taken in times.items()}
    found["memory"] = peak(df.compiled, own()) / peak(case.by_hand, own())
    found["hand"] = 1e6 * times["hand"]
    return found


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--budget", type=float, default=2.0, help="seconds a row")
    budget = options.parse_args().budget
    columns = ("hand", "srcgrad", "compiled", "autograd", "jax", "primal", "memory")
    print(f"{'':16s}" + "".join(f"{'hand, us' if c == 'hand' else c:>10s}" for c in columns))
    for case in cases():
        found = row(case, budget)
        cells = (f"{found[c]:10.2f}" if c in found else f"{'-':>10s}" for c in columns)
        print(f"{case.name:16s}" + "".join(cells))


if __name__ == "__main__":
    main()
