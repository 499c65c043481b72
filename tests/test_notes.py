"""An error within generated code says which line of the user it comes from."""

import bdb
import inspect
import math
import pickle
import re
import sys
import traceback

import numpy as np
import pytest

from srcgrad import grad, jvp, primitive, value_and_grad, vjp

LINES = inspect.getsource(sys.modules[__name__]).splitlines()


def distance(x, y):
    a = x * y
    return a + math.sqrt(x - y)  # here: sqrt


def helped(x):
    return 3 * helper(x)


def helper(x):
    return math.log(x * 2)  # here: log


def recursive(x, n):
    if n == 0:
        return math.log(x)  # here: leaf
    return recursive(x, n - 1) / x


def element(u, i):
    v = u * 2
    return v[i] * v[0]  # here: index


def root(x):
    return math.sqrt(x) * x  # here: root


def last(x, n):
    for i in range(n):
        u = x * i  # here: u
        y = u * u  # here: y
    z = u * y  # here: z
    return z * 2


def chosen(x, flag):
    if flag > 0:
        q = x * x  # here: q
    return q * x


@primitive(d="1 / (2 * out)")
def halved(x):
    return math.sqrt(x - 1)  # here: gate


def gated(x):
    return 2 * halved(x)  # here: call


def failing(call):
    """The error of a call, and what is printed of it."""
    with pytest.raises(Exception) as caught:
        call()
    shown = "".join(traceback.format_exception(caught.value))
    return caught.value, shown


def notes(error):
    return "\n".join(getattr(error, "__notes__", ()))


def line_of(mark):
    return next(k for k, line in enumerate(LINES, 1) if line.endswith(f"# here: {mark}"))


def place(mark):
    return f"test_notes.py:{line_of(mark)}:"


# ------------------------------------------------------------ the line


@pytest.mark.parametrize(
    "call, kind, mark, text, under, derivative",
    [
        (lambda: grad(distance)(2.0, 2.0), ZeroDivisionError, "sqrt", "0.5 / math.sqrt(", "math.sqrt(x - y)", True),
        (lambda: grad(distance)(1.0, 2.0), ValueError, "sqrt", "math.sqrt(", "math.sqrt(x - y)", False),
        (lambda: value_and_grad(helped)(-1.0), ValueError, "log", "math.log(", "math.log(x * 2)", False),
        (lambda: grad(recursive, wrt="x")(0.0, 2), ValueError, "leaf", "math.log(", "math.log(x)", False),
        (lambda: grad(element, wrt=0)(np.ones(3), 5), IndexError, "index", "v[i]", "v[i]", False),
        (lambda: vjp(root)(0.0)[1](1.0), ZeroDivisionError, "root", "/", "math.sqrt(x)", True),
        (lambda: jvp(root)((0.0,), (1.0,)), ZeroDivisionError, "root", "/", "math.sqrt(x)", True),
        (lambda: grad(grad(root))(0.0), ZeroDivisionError, "root", "/", "math.sqrt(x)", True),
        (lambda: grad(grad(root))(-1.0), ValueError, "root", "math.sqrt(", "math.sqrt(x)", False),
        (lambda: value_and_grad(gated)(0.5), ValueError, "gate", "math.sqrt(", "math.sqrt(x - 1)", False),
        (lambda: value_and_grad(gated)(1.0), ZeroDivisionError, "call", "/", "halved(x)", True),
    ],
)  # fmt: skip
def test_the_note_names_the_users_line(call, kind, mark, text, under, derivative):
    error, shown = failing(call)
    assert type(error) is kind
    note = notes(error)
    assert place(mark) in note
    if sys.version_info >= (3, 11):  # before, only the line is known
        assert ("the derivative of" in note) is derivative
    assert LINES[line_of(mark) - 1].strip() in note
    if sys.version_info >= (3, 11):
        quoted, carets = note.splitlines()[1:3]
        start = carets.index("^")
        assert quoted[start : start + carets.count("^")] == under
    frames = re.findall(r'File "<srcgrad [^"]*", line \d+, in \w+\n    (.*)\n', shown)
    assert frames and text in frames[-1]
    if sys.version_info >= (3, 11):
        assert note in shown


def test_a_call_that_is_served_by_dispatch_has_the_note_too():
    g = grad(distance)
    g(3.0, 1.0)
    error, shown = failing(lambda: g(1.0, 1.0))
    assert place("sqrt") in notes(error)
    assert shown.count("in distance_grad") == 1


def test_one_error_one_note():
    g = grad(distance)
    for _ in range(2):
        error, _ = failing(lambda: g(1.0, 1.0))
        assert len(error.__notes__) == 1
    _, pullback = vjp(root)(0.0)
    error, _ = failing(lambda: pullback(1.0))
    assert len(error.__notes__) == 1


def test_after_pickling_there_is_no_note_and_no_harm():
    g = grad(lambda x: 1 / x)
    g(1.0)
    error, _ = failing(lambda: pickle.loads(pickle.dumps(g))(0.0))
    assert type(error) is ZeroDivisionError


def test_errors_of_others_are_left_alone():
    error, _ = failing(lambda: grad(distance)(1.0))
    assert "srcgrad:" not in notes(error)


# ------------------------------------------------------------ variables without a value


@pytest.mark.parametrize(
    "call, name, marks",
    [
        (lambda: grad(last, wrt="x")(1.0, 0), "y", ["y"]),
        (lambda: vjp(last, wrt="x")(1.0, 0), "u", ["u"]),
        (lambda: jvp(last, wrt="x")((1.0, 0), (1.0,)), "u", ["u"]),
        (lambda: grad(chosen, wrt="x")(1.0, -1), "q", ["q"]),
        (lambda: grad(grad(last, wrt="x"), wrt="x")(1.0, 0), "y", ["y"]),
    ],
)
def test_a_variable_without_a_value_is_the_users(call, name, marks):
    error, _ = failing(call)
    assert isinstance(error, UnboundLocalError)
    note = notes(error)
    assert f"`{name}` has no value here" in note
    for mark in marks:
        assert place(mark) in note.partition("no value here")[2]


# ------------------------------------------------------------ debuggers


class Steps(bdb.Bdb):
    """The lines of generated code that a debugger stops at."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def user_line(self, frame):
        if frame.f_code.co_filename.startswith("<srcgrad test"):
            self.seen.append((frame.f_code.co_name, frame.f_lineno))


@pytest.mark.parametrize("bare", [False, True])
def test_a_debugger_steps_through_the_lines(bare):
    g = grad(distance)
    g(3.0, 1.0)
    run = g.compiled if bare else g
    steps = Steps()
    steps.runcall(run, 3.0, 1.0)
    text = g.source.splitlines()
    lines = [text[line - 1].strip() for name, line in steps.seen if name == "distance_grad"]
    start = next(k for k, line in enumerate(text) if line.startswith("def distance_grad"))
    body = [s.strip() for s in text[start + 1 :] if s.strip() and not s.strip().startswith("#")]
    assert lines == body


def test_what_runs_has_the_text_as_its_source():
    g = vjp(root)
    _, pullback = g(2.0)
    assert inspect.getsource(g.compiled) in g.source
    assert inspect.getsource(pullback).strip().startswith("def pullback(")
