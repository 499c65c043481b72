"""Problems are shown with their line and a caret, and every error survives pickling."""

import pickle

import pytest

from srcgrad import errors
from srcgrad.errors import CannotDifferentiate, Location, Problem, SrcgradError

LOCATION = Location("model.py", 12, 9, 15, "    y = foo(x)")


def test_problem_with_everything():
    problem = Problem(
        LOCATION,
        "cannot differentiate `foo`: no rule is known",
        "write a rule with @srcgrad.primitive, or wrap it in stop_gradient",
    )
    assert str(problem) == (
        "model.py:12:9: cannot differentiate `foo`: no rule is known\n"
        "    y = foo(x)\n"
        "        ^^^^^^\n"
        "  write a rule with @srcgrad.primitive, or wrap it in stop_gradient"
    )


def test_problem_without_location_or_remedy():
    assert str(Problem(None, "bad", "do good")) == "bad\n  do good"
    assert str(Problem(None, "bad")) == "bad"


@pytest.mark.parametrize(
    ("text", "col", "end_col", "expected"),
    [
        ("x = a + b", 5, 10, "    x = a + b\n        ^^^^^"),
        ("x = f(a,  # to the end of the line", 5, None, "    x = f(a,  # to the end of the line\n"
         "        " + "^" * 30),
        ("\tif a:\tb", 5, 6, "    if a:\tb\n       ^"),
        ("a\t= b", 5, 6, "    a\t= b\n     \t  ^"),
        ("x = 'é' + y", 11, 12, "    x = 'é' + y\n              ^"),
        ("x = '漢' + y", 11, 12, "    x = '漢' + y\n               ^"),
        ("x = e\u0301 + y", 10, 11, "    x = e\u0301 + y\n            ^"),
        ("", 1, 2, "    \n    ^"),
        ("x", 9, 12, "    x\n     ^"),
        ("x = y", 5, 5, "    x = y\n        ^"),
    ],
)  # fmt: skip
def test_carets_stand_below_what_they_mean(text, col, end_col, expected):
    assert Location("f.py", 1, col, end_col, text).quote() == expected


def test_cannot_differentiate_joins_its_problems():
    first, second = Problem(LOCATION, "first", "mend it"), Problem(None, "second")
    error = CannotDifferentiate(iter([first, second]))
    assert error.problems == (first, second)
    assert str(error) == f"{first}\n\n{second}"
    assert str(error).splitlines()[0] == "model.py:12:9: first"
    assert CannotDifferentiate(first).problems == (first,)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("SourceNotFound", Exception),
        ("ArgumentError", TypeError),
        ("NonScalarOutput", TypeError),
        ("RuleError", ValueError),
        ("CheckFailed", AssertionError),
        ("InternalError", Exception),
    ],
)
def test_errors_form_a_tree_and_can_be_pickled(name, base):
    kind = getattr(errors, name)
    assert issubclass(kind, SrcgradError)
    assert issubclass(kind, base)
    copy = pickle.loads(pickle.dumps(kind("a message")))
    assert type(copy) is kind
    assert str(copy) == "a message"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_problems_can_be_pickled(protocol):
    error = CannotDifferentiate([Problem(LOCATION, "first"), Problem(None, "second")])
    copy = pickle.loads(pickle.dumps(error, protocol))
    assert copy.problems == error.problems
    assert str(copy) == str(error)


def test_warning_is_a_user_warning():
    assert issubclass(errors.SrcgradWarning, UserWarning)
    assert str(pickle.loads(pickle.dumps(errors.SrcgradWarning("careful")))) == "careful"
