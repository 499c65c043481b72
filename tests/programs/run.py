#!/usr/bin/env python3
"""Differentiate random programs, and compare with differences.

    python tests/programs/run.py --count 2000 --jobs 2           # from seed 0 on
    python tests/programs/run.py --seed 417 --count 1 --show     # one program
    python tests/programs/run.py --seed 417 --count 1 --shrink   # ... made small
    python tests/programs/run.py --features +break_continue,-arrays

A program is `ok`, `skipped` (its derivative cannot be measured), `refused` (an error of srcgrad
that names the place), `wrong`, or `crash`. The last two are failures; the exit status says so.
"""

from __future__ import annotations

import argparse
import collections
import importlib
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

if not __package__:  # run as a script
    sys.path[:0] = [str(Path(__file__).resolve().parents[k]) for k in (1, 2)]
    __package__ = "programs"
    importlib.import_module("programs")

from .generator import DEFAULT, FEATURES, Program, generate  # noqa: E402
from .oracle import CHECKS, DEFAULT_CHECKS, OK, REFUSED, SKIPPED, Outcome, judge  # noqa: E402
from .shrink import shrink  # noqa: E402

MOST_SHOWN = 30  # failures, one by one: the summary has them all

Task = tuple[int, frozenset[str], tuple[str, ...], str]


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    options = parser().parse_args(argv)
    features, checks = wanted(options.features), tuple(options.checks.split(","))
    if set(checks) - set(CHECKS):
        sys.exit(f"unknown checks: they are {', '.join(CHECKS)}")
    seeds = range(options.seed, options.seed + options.count)
    start = time.perf_counter()
    results, failures = [], 0
    for seed, outcome in judged(seeds, features, checks, options.tools, options.jobs):
        results.append((seed, outcome))
        if options.show:
            print(generate(seed, features))
        failures += outcome.failed
        if options.show or (outcome.failed and failures <= MOST_SHOWN):
            lines = outcome.detail.strip().splitlines() or [""]
            line = lines[-1] if lines[0].startswith("Traceback") else lines[0]
            print(f"seed {seed}: {outcome.status}: {outcome.what}: {line[:200]}", flush=True)
    elapsed = time.perf_counter() - start
    print(summary(results, elapsed))
    if options.shrink:
        for seed, outcome in distinct(results)[: options.shrink]:
            small, small_outcome = shrunk(
                generate(seed, features), outcome, checks, tools(options.tools), options.seconds
            )
            print(f"\n== seed {seed}: {outcome.status}: {outcome.what}\n\n{small}")
            print(small_outcome.detail)
    return 1 if any(outcome.failed for _, outcome in results) else 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    features = "\n".join(
        f"  {name:15} {text}{'' if name in DEFAULT else ' (not by default)'}"
        for name, text in FEATURES.items()
    )
    result = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"features:\n{features}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = result.add_argument
    add("--seed", type=int, default=0, help="the first seed")
    add("--count", type=int, default=2000, help="how many programs")
    add("--jobs", type=int, default=os.cpu_count() or 1, help="how many processes")
    add(
        "--shrink",
        type=int,
        nargs="?",
        const=10,
        default=0,
        metavar="N",
        help="make the first program of each kind of failure small (at most N, 10 if not given)",
    )
    add("--seconds", type=float, default=60.0, help="how long to shrink one program")
    add("--features", default="", help="all, or a list; or +more,-less of the default ones")
    add("--checks", default=",".join(DEFAULT_CHECKS), help=f"of {', '.join(CHECKS)}")
    add("--tools", default="srcgrad", help="what to test: srcgrad, or a class of standins")
    add("--show", action="store_true", help="print each program and what became of it")
    return result


def wanted(text: str) -> frozenset[str]:
    """Return the features that an option asks for.

    Examples
    --------
    >>> sorted(wanted("loops,branches"))
    ['branches', 'loops']
    >>> sorted(wanted("+break_continue") - wanted("-arrays"))
    ['arrays', 'break_continue']
    """
    if text == "all":
        return frozenset(FEATURES)
    names = [name for name in text.split(",") if name]
    result = set(DEFAULT) if not names or names[0][0] in "+-" else set()
    for name in names:
        bare = name.lstrip("+-")
        if bare not in FEATURES:
            sys.exit(f"unknown feature {bare}: they are {', '.join(FEATURES)}")
        (result.discard if name[0] == "-" else result.add)(bare)
    return frozenset(result)


def tools(name: str) -> Any:
    """Return what is put to the test."""
    if name == "srcgrad":
        return importlib.import_module("srcgrad")
    from . import standins

    return getattr(standins, name)


def judged(
    seeds: Iterable[int],
    features: frozenset[str] = DEFAULT,
    checks: tuple[str, ...] = DEFAULT_CHECKS,
    tool: str = "srcgrad",
    jobs: int = 1,
) -> Iterator[tuple[int, Outcome]]:
    """Judge programs, in several processes; yield seeds and outcomes in order."""
    tasks = [(seed, features, checks, tool) for seed in seeds]
    if jobs <= 1 or len(tasks) <= 1:
        yield from map(judge_one, tasks)
        return
    tools(tool)  # imported once, before the processes part
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else None
    # Unlike a Pool, it notices when one of its processes dies.
    with ProcessPoolExecutor(jobs, multiprocessing.get_context(method)) as pool:
        yield from pool.map(judge_one, tasks, chunksize=8)


def judge_one(task: Task) -> tuple[int, Outcome]:
    """Write and judge one program."""
    seed, features, checks, tool = task
    return seed, judge(generate(seed, features), tools(tool), checks)


def summary(results: list[tuple[int, Outcome]], seconds: float) -> str:
    """Return the counts, and the reasons for what is not ok."""
    counts = collections.Counter(outcome.status for _, outcome in results)
    lines = [f"{len(results)} programs in {seconds:.1f} s: "]
    lines[0] += ", ".join(f"{status} {count}" for status, count in counts.most_common())
    for status in sorted(counts.keys() - {OK}):
        reasons: dict[str, list[int]] = collections.defaultdict(list)
        for seed, outcome in results:
            if outcome.status == status:
                reasons[outcome.what].append(seed)
        lines.append(f"{status}:")
        for reason, seeds in sorted(reasons.items(), key=lambda item: -len(item[1]))[:30]:
            lines.append(f"  {len(seeds):5d}  {reason}   (seed {', '.join(map(str, seeds[:3]))})")
    tested = len(results) - counts[SKIPPED]
    if tested:
        lines.append(f"of {tested} tested, {100 * counts[REFUSED] / tested:.1f} % refused")
    return "\n".join(lines)


def distinct(results: list[tuple[int, Outcome]]) -> list[tuple[int, Outcome]]:
    """Return the first failure of each kind."""
    found: list[tuple[int, Outcome]] = []
    for seed, outcome in results:
        if outcome.failed and not any(outcome.like(other) for _, other in found):
            found.append((seed, outcome))
    return found


def shrunk(
    program: Program, outcome: Outcome, checks: tuple[str, ...], tool: Any, seconds: float
) -> tuple[Program, Outcome]:
    """Return a small program that fails in the same way, and how."""
    # Only what failed is checked again, where it is known: that is faster.
    failed = tuple(c for c in checks if outcome.what.startswith(c)) or checks
    small = shrink(program, lambda p: judge(p, tool, failed).like(outcome), seconds)
    return small, judge(small, tool, failed)


if __name__ == "__main__":
    sys.exit(main())
