"""`srcgrad show --values`: what each stage of a run computed, and what came back to it."""

import ast
import json

import pytest

from srcgrad.__main__ import main

CIRCUIT = """
import math
import numpy as np

def f(w, x):
    total = 0.0
    for k in range(2):
        total = total * w + math.sin(
            x)
    return total

def g(u):
    u[1:] *= u[:-1]
    return np.sum(u)

def ignores(x, flag=True):
    return x

def ratio(x, y):
    return x / y
"""


@pytest.fixture
def shown(tmp_path, capsys):
    file = tmp_path / "circuit.py"
    file.write_text(CIRCUIT)

    def shown(name, *options):
        status = main(["show", f"{file}:{name}", "--values", *options])
        return status, *capsys.readouterr()

    return shown


def test_each_stage_as_often_as_it_ran(shown):
    status, out, _ = shown("f", "--at", "w=0.5, x=0.0")
    assert status == 0
    ast.parse(out)
    assert out == (
        "def f(w, x):\n"
        "    # w = 0.5, gradient 0\n"
        "    # x = 0, gradient 1.5\n"
        "    prod = total * w                 # 0, gradient 0.5\n"
        "    sin_x = math.sin(x)              # 0, gradient 0.5\n"
        "    total = total * w + math.sin(x)  # 0, gradient 0.5\n"
        "    prod = total * w                 # 0, gradient 1\n"
        "    sin_x = math.sin(x)              # 0, gradient 1\n"
        "    total = total * w + math.sin(x)  # 0, gradient 1\n"
        "    return total\n"
    )


def test_reads_and_changes_of_parts_of_arrays(shown):
    _, out, _ = shown("g", "--at", "u=f64[3]")
    ast.parse(out)
    code = [line.partition("#")[0].strip() for line in out.splitlines()]
    assert code[2:] == [
        "prod = u[1:] * u[:-1]",
        "u[1:] *= u[:-1]",
        "sum_u = np.sum(u)",
        "return sum_u",
    ]
    assert "# u = [3] |" in out  # the array as it was given


def test_a_result_that_is_an_argument(shown):
    _, out, _ = shown("ignores", "--at", "x=2.0, flag=False")
    assert out.splitlines()[1:] == ["    # x = 2, gradient 1", "    # flag = False", "    return x"]


def test_numbers_in_the_document(shown):
    _, out, _ = shown("f", "--at", "w=0.5, x=0.0", "--json")
    (entry,) = json.loads(out)["targets"]
    assert entry["stages"][0] == {
        "name": "prod",
        "text": "total * w",
        "line": 8,
        "value": 0.0,
        "gradient": 0.5,
    }
    assert len(entry["stages"]) == 6


def test_only_of_a_gradient(shown):
    status, _, err = shown("f", "--at", "w=0.5, x=0.0", "--mode", "vjp")
    assert status == 2 and "--values prints the stages of a gradient, not those of vjp" in err


def test_errors_of_the_function_itself(shown):
    status, out, err = shown("ratio", "--at", "x=1.0, y=0.0")
    assert status == 3 and not out and "ZeroDivisionError" in err
