"""The golden cases: functions that exercise one thing each, with an example call.

A case is a file in `cases/`; the function named like the file is the one that is differentiated.
Its header: `ARGS`, the example call; `WRT`; `MODES`, those whose text is kept; `PASSES`, those whose
result is kept, besides `emit`; `POINTS`, more calls of the same kinds; `ORDER`, 2 where its gradient
is to be differentiated; `closed(*args)`, the gradient in closed form; `BUG`, what is wrong with it in
the compiler as it is. All but ARGS may be missing.
"""

import copy
import importlib
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXPECTED = HERE / "expected"
if str(HERE.parent) not in sys.path:  # cases are imported by name, so that generated text can be
    sys.path.insert(0, str(HERE.parent))


@dataclass(frozen=True)
class Case:
    """One file of `cases/`."""

    name: str

    @property
    def module(self):
        return importlib.import_module(f"golden.cases.{self.name}")

    def __getattr__(self, header):
        if header not in DEFAULTS:
            raise AttributeError(header)
        return getattr(self.module, header, DEFAULTS[header])

    @property
    def function(self):
        return getattr(self.module, self.name)

    @property
    def args(self):
        """The example call, with copies of what could be changed."""
        return copy.deepcopy(self.module.ARGS)

    @property
    def points(self):
        return [copy.deepcopy(p) for p in (self.module.ARGS, *self.POINTS)]

    @property
    def known(self):
        """The arguments by name."""
        code = self.function.__code__
        return dict(zip(code.co_varnames, self.args))

    @property
    def scalar(self):
        """Whether the result is a number, so that it has a gradient."""
        return "grad" in self.MODES

    def __str__(self):
        return self.name


DEFAULTS = {
    "WRT": None,
    "MODES": ("grad",),
    "PASSES": "",
    "POINTS": (),
    "ORDER": 1,
    "closed": None,
    "BUG": "",
}
CASES = [Case(p.stem) for p in sorted((HERE / "cases").glob("*.py"))]
BY_NAME = {case.name: case for case in CASES}


def marked(wanted=lambda case: True):
    """Cases as parameters of a test; those with a known bug are expected to fail."""
    import pytest

    return [
        pytest.param(c, id=c.name, marks=[pytest.mark.xfail(reason=c.BUG)] if c.BUG else [])
        for c in CASES
        if wanted(c)
    ]
