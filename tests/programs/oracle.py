"""Judge one program: run it, differentiate it, and compare."""

from __future__ import annotations

import contextlib
import linecache
import os
import re
import signal
import sys
import tempfile
import traceback
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from srcgrad.errors import InternalError, SrcgradError

from .case import Case, Differs, Undefined
from .generator import Program

CHECKS = ("grad", "vjp", "jvp", "wrt", "second")
DEFAULT_CHECKS = ("grad", "vjp", "jvp")

OK, SKIPPED, REFUSED, WRONG, CRASH = "ok", "skipped", "refused", "wrong", "crash"

PRIMAL_SECONDS, SECONDS = 5, 10
# NumPy would read what it has just written; a number would stand where the text has an array
REFUSED_AS_IT_RUNS = ("crosses itself", "this loop has no turn")
PREFIX = "srcgrad_program_"


@dataclass(frozen=True)
class Outcome:
    """What became of a program.

    Parameters
    ----------
    status : str
        `ok`; `skipped`: its derivative cannot be measured; `refused`: a located SrcgradError;
        `wrong`; `crash`: any other exception, or a refusal that names no place.
    what : str
        The check that failed, the class of the exception, or why it was skipped.
    detail : str
        The message.
    """

    status: str
    what: str = ""
    detail: str = ""

    @property
    def failed(self) -> bool:
        """Whether this must not happen."""
        return self.status in (WRONG, CRASH)

    def like(self, other: Outcome) -> bool:
        """Whether both are the same failure, as far as one can say."""
        return (self.status, self.what) == (other.status, other.what)


def judge(program: Program, tools: Any, checks: Sequence[str] = DEFAULT_CHECKS) -> Outcome:
    """Run, differentiate and compare.

    Parameters
    ----------
    program : Program
    tools : module or object
        Has `value_and_grad`, `vjp`, `jvp` and `grad`: srcgrad, or what stands in for it.
    checks : sequence of str
        Which of CHECKS: `grad` (value, state, output, gradient), `vjp` (a pullback called twice),
        `jvp`, `wrt` (of one argument), `second` (the gradient of the gradient).

    Returns
    -------
    Outcome
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            with _time_limit(PRIMAL_SECONDS), loaded(program) as function:
                case = Case(program, function)
        except Exception as error:
            return Outcome(SKIPPED, f"primal: {type(error).__name__}", str(error))
        if case.skip or not checks:
            return Outcome(SKIPPED if case.skip else OK, case.skip)
        try:
            with _time_limit(SECONDS), loaded(program) as function:
                for check in checks:
                    getattr(case, check)(function, tools)
        except Undefined:
            return Outcome(SKIPPED, "nan, where a power has no derivative")
        except Differs as difference:
            return Outcome(WRONG, *difference.args)
        except SrcgradError as error:
            message = str(error)
            if isinstance(error, InternalError):
                return Outcome(CRASH, f"InternalError: {_alike(message)}", message)
            located = re.match(r"\S.*?:\d+:\d+: (.*)", message)
            if located and all(p.location for p in getattr(error, "problems", ())):
                return Outcome(REFUSED, _alike(located[1]), message)
            what = f"{type(error).__name__} without a location: {_alike(message)}"
            return Outcome(CRASH, what, message)
        except Exception as error:
            if isinstance(error, ZeroDivisionError) and case.divides_by_zero():
                return Outcome(SKIPPED, "divides by zero on the way")  # on Python's floats we raise
            told = isinstance(error, ValueError) and any(
                t in str(error) for t in REFUSED_AS_IT_RUNS
            )
            if told:
                return Outcome(REFUSED, _alike(str(error)))
            frames = traceback.extract_tb(error.__traceback__)
            file = Path(frames[-1].filename).name
            place = f"{file}:{frames[-1].name}"
            if file.startswith(("<srcgrad", PREFIX)):  # where names vary
                place = "generated code" if file.startswith("<") else "the program"
            detail = "".join(traceback.format_exception(error, limit=-4))
            return Outcome(CRASH, f"{type(error).__name__} in {place}", detail)
    return Outcome(OK)


def _alike(message: str) -> str:
    """Return a message's first line without the names and numbers of this program."""
    line = (message.splitlines() or [""])[0]
    return re.sub(r"\d+", "0", re.sub(r"[`'][A-Za-z_]\w*[`']", "`...`", line))[:120]


@contextlib.contextmanager
def loaded(program: Program) -> Iterator[Callable]:
    """Write a program to a file, import it, and yield its function."""
    handle, path = tempfile.mkstemp(f"_{program.seed}.py", PREFIX)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(program.text)
    name = Path(path).stem
    module = types.ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    try:
        exec(compile(program.text, path, "exec"), module.__dict__)
        yield module.__dict__[program.name]
    finally:
        del sys.modules[name]
        linecache.cache.pop(path, None)
        os.unlink(path)


@contextlib.contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    """Raise TimeoutError where something takes for ever (in the main thread, where signals are).

    The time is the processor's: what else runs on the machine does not count.
    """

    def stop(*_: Any) -> None:
        raise TimeoutError(f"took longer than {seconds} s")

    if not hasattr(signal, "SIGPROF"):
        yield
        return
    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
