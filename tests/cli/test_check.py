"""What `check` can be asked for, beside its table."""

import json
import math
from pathlib import Path

import pytest

from srcgrad.cli import document

ROOT = Path(__file__).parents[2]
NEURON = str(ROOT / "examples" / "neuron.py") + ":neuron"
WRONG = """
from srcgrad import primitive

@primitive(d="2.1 * x")
def square(x):
    return x * x

def f(x):
    return square(x)

def g(x):
    return abs(x)
"""


def test_json(run, file):
    name = file(WRONG)
    status, out, err = run("check", f"{name}:f", f"{name}:h", NEURON, "--json")
    assert (status, err) == (2, "")
    wrong, missing, right = json.loads(out)["targets"]
    assert not wrong["ok"] and list(wrong["assumed"]) == ["x"]
    assert [(r["path"], r["mode"], r["status"]) for r in wrong["rows"]] == [
        ("x", "rev", "wrong"),
        ("x", "fwd", "wrong"),
        ("<v, J^T w>", "dot", "ok"),
    ]
    assert wrong["rows"][0]["analytic"] == pytest.approx(1.05 * wrong["rows"][0]["numeric"])
    assert missing["errors"] and not missing["rows"] and not missing["ok"]
    assert right["ok"] and len(right["rows"]) == 11


def test_json_of_a_kink_has_no_number(run, file):
    name = file(WRONG)
    status, out, _ = run("check", f"{name}:g", "--at", "0.0", "--json")
    row = json.loads(out)["targets"][0]["rows"][0]
    assert (status, row["numeric"], row["status"]) == (0, None, "kink")


def test_numbers_that_json_does_not_have():
    assert [document.number(x) for x in (math.nan, -math.inf, 1.5)] == ["nan", "-inf", 1.5]


def test_several_targets_and_the_worst_status(run, file):
    name = file(WRONG)
    status, out, err = run("check", NEURON, f"{name}:f")
    assert status == 1
    assert out.startswith(f"{NEURON}\n") and f"\n{name}:f\n" in out
    assert "2 of 3 derivatives are wrong" in err


def test_second_order(run):
    status, out, _ = run("check", str(ROOT / "examples" / "huber.py") + ":huber", "--order", "2")
    assert status == 0
    assert "rev of grad" in out and "dot of grad" in out


def test_atol_and_seed(run, file):
    name = file(WRONG)
    assert run("check", f"{name}:f", "--at", "1.5", "--atol", "1.0")[0] == 0
    tables = [run("check", NEURON, "--seed", seed)[1] for seed in ("0", "1")]
    assert tables[0] != tables[1] and "ok" in tables[1]


def test_a_function_that_fails_is_no_wrong_gradient(run, file):
    name = file("def f(x):\n    return 1 / (x - 1)\n")
    status, out, err = run("check", f"{name}:f", "--at", "1.0", "--json")
    (error,) = json.loads(out)["targets"][0]["errors"]
    assert (status, err) == (3, "")
    assert error["message"].startswith("ZeroDivisionError")
