"""What a user reads who made a mistake: a case each, and the message to the letter.

A file in `cases/` makes one mistake in its function `mistake`; what is said about it is kept in
`expected/`. `--update-golden` writes what is said now: read it as somebody would who has just made
that mistake. Is the place right? Is it plain what is wrong? Would what is proposed help?
"""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from srcgrad.errors import CannotDifferentiate, NonScalarOutput, SrcgradError

HERE = Path(__file__).resolve().parent
CASES = sorted(path.stem for path in (HERE / "cases").glob("*.py"))
EXPECTED = HERE / "expected"


@pytest.fixture
def caught(monkeypatch):
    """Make the mistake of a case, in the folder where it lies; returns what is raised."""
    monkeypatch.chdir(HERE / "cases")
    monkeypatch.setattr(sys, "path", list(sys.path))

    def caught(case):
        spec = importlib.util.spec_from_file_location(case, HERE / "cases" / f"{case}.py")
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, case, module)
        spec.loader.exec_module(module)
        with pytest.raises((SrcgradError, TypeError)) as raised:
            module.mistake()
        return raised.value

    return caught


def test_there_are_many():
    assert len(CASES) >= 40


@pytest.mark.parametrize("case", CASES)
def test_message(case, caught, request):
    error = caught(case)
    said = f"{type(error).__name__}: {error}\n"
    file = EXPECTED / f"{case}.txt"
    if request.config.getoption("--update-golden"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(said, encoding="utf-8")
    assert file.exists(), "no golden file yet: run with --update-golden, and read what it wrote"
    assert said == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_a_problem_has_its_place_and_a_remedy(case, caught):
    error = caught(case)
    if not isinstance(error, (CannotDifferentiate, NonScalarOutput)):
        return
    for problem in error.problems:
        lines = str(problem).splitlines()
        assert re.match(rf"{case}\.py:\d+:\d+: \S", lines[0])
        line = (HERE / "cases" / f"{case}.py").read_text("utf-8").splitlines()
        assert lines[1].strip() == line[problem.location.line - 1].strip()
        assert set(lines[2].strip()) == {"^"}
        assert problem.remedy


@pytest.mark.parametrize("case", CASES)
def test_nothing_of_the_inside_is_said(case):
    """No addresses, no kinds as the compiler writes them, no traceback."""
    said = (EXPECTED / f"{case}.txt").read_text(encoding="utf-8")
    assert not re.search(r"0x[0-9a-f]{6}|\bf[48]\[|literal\(|<function|Traceback|\bNone\)", said)
    assert max(map(len, said.splitlines())) <= 140


@pytest.mark.parametrize("case", ["several_of_syntax", "several_without_rule", "several_of_kinds"])
def test_all_problems_are_said_at_once(case, caught):
    assert len(caught(case).problems) >= 2


def test_no_golden_file_is_left_over():
    assert {path.stem for path in EXPECTED.glob("*.txt")} <= set(CASES)
