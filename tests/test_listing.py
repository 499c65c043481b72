"""`srcgrad rules`: what is listed is what the tables hold."""

import gc
import json
import math
import threading
import time

import pytest

from srcgrad import grad, primitive
from srcgrad.cli import main
from srcgrad.listing import entries, near
from srcgrad.rules import lookup, operators
from srcgrad.rules.record import TABLE, scalar


def listed(capsys, *arguments):
    status = main(["rules", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


def test_all_are_listed(capsys):
    status, out, err = listed(capsys)
    assert (status, err) == (0, "")
    names = {line.partition("(")[0] for line in out.splitlines()}
    tables = {n.partition(":")[0].removeprefix("builtins.") for n in TABLE}
    assert names == {n for n in tables if not n.startswith(("user.", "idiom.", "implicit."))}


@pytest.mark.parametrize(
    "name, expected",
    [
        ("math.atan2", "math.atan2(y, x)  rev fwd  partials  x / u, -y / u where u = x * x + y * y\n"),
        ("math.isclose", "math.isclose(a, b, rel_tol=1e-09, abs_tol=0.0)  -  zero\n"),
        ("np.ndarray.fill", "numpy.ndarray.fill(x, value)  rev fwd  statement  x[...] = value\n"),
    ],
)  # fmt: skip
def test_one_line(capsys, name, expected):
    status, out, _ = listed(capsys, name)
    assert status == 0
    assert out == expected


def test_filters_add_up(capsys):
    status, out, _ = listed(capsys, "builtins.", "math.exp")
    names = [line.partition("(")[0] for line in out.splitlines()]
    assert {"abs", "sum", "math.exp", "math.expm1"} <= set(names)
    assert not [n for n in names if n.startswith("numpy.")]


def test_what_is_not_there_is_said(capsys):
    status, out, err = listed(capsys, "math.tahn")
    assert (status, out) == (2, "")
    assert "no rule for `math.tahn`; did you mean `math.tan` or `math.tanh`" in err
    assert near("xyzzy") == []
    assert listed(capsys, "xyzzy")[2] == "srcgrad: no rule for `xyzzy`\n"


def test_json(capsys):
    status, out, _ = listed(capsys, "--json", "numpy.sum")
    (found,) = json.loads(out)
    assert found["name"] == "numpy.sum" and found["rule"] == "linear"
    signature = "a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True"
    assert found["signature"] == signature
    assert found["modes"] == ["rev", "fwd"]


def test_the_listing_does_not_depend_on_what_was_compiled():
    before = entries()
    grad(lambda a, b, c: max(a, b, c) + math.hypot(a, b, c))(1.0, 2.0, 3.0)

    @primitive(d="1.0")
    def mine(x):
        return x

    assert entries() == before


def test_a_gate_may_go_while_rules_are_listed():
    """With its rule, as garbage is collected: Python up to 3.11 does that in the midst of things."""

    def gate():
        @primitive(d="2.0")
        def twice(x):
            return x + x

        return twice

    entries()
    held, thresholds = [gate()], gc.get_threshold()
    (name,) = (n for n in [*TABLE] if "a_gate_may_go" in n)

    def drop(phase, info):
        held.clear()

    gc.collect()
    gc.callbacks.append(drop)
    gc.set_threshold(len(TABLE) // 2)  # that many objects from now
    try:
        assert entries()
        gc.collect()
    finally:
        gc.callbacks.remove(drop)
        gc.set_threshold(*thresholds)
    assert name not in TABLE


def test_two_threads_may_ask_for_a_rule_at_once(monkeypatch):
    def make(full, count):
        time.sleep(0.05)
        scalar(full, "x, y", d=("1", "1"))

    monkeypatch.setitem(operators.MAKERS, "mine.slow", make)
    found = []
    threads = [threading.Thread(target=lambda: found.append(lookup("mine.slow", 2))) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monkeypatch.delitem(TABLE, "mine.slow:2")
    assert len(found) == 2
    assert found[0] is found[1] is not None
