"""Generated text is a module of its own: it runs where srcgrad cannot be imported."""

import os
import subprocess
import sys

import pytest
from golden import BY_NAME, HERE

from srcgrad import grad, jvp, vjp

BLOCKED = """\
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("srcgrad", "astor", "black"):
            raise ImportError(name + " is blocked")
sys.meta_path.insert(0, Blocker())
"""
CASES = (
    "circuit gamma_functions heat helper_pair horner math_functions "
    "neuron newton_sqrt np_matmul np_reduce opaque recursion"
).split()


def run(text, call, tmp_path):
    """The printed repr of a call of generated text, in an interpreter without srcgrad."""
    (tmp_path / "generated.py").write_text(text, encoding="utf-8")
    script = f"{BLOCKED}import generated\nfrom numpy import *\n{call}\n"
    script += "assert 'srcgrad' not in sys.modules\n"
    path = os.pathsep.join([str(tmp_path), str(HERE.parent)])
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", CASES)
def test_grad(name, tmp_path, capsys):
    case = BY_NAME[name]
    function = grad(case.function, wrt=case.WRT)
    print(repr(function(*case.args)))
    expected = capsys.readouterr().out
    assert "srcgrad" not in function.source
    arguments = ", ".join(map(repr, case.args))
    call = f"print(repr(generated.{name}_grad({arguments})))"
    assert run(function.source, call, tmp_path) == expected


@pytest.mark.parametrize("name", ["neuron", "horner", "heat_in_place", "helper_pair", "structures"])
def test_vjp(name, tmp_path, capsys):
    """The pullback is a plain closure."""
    case = BY_NAME[name]
    function = vjp(case.function, wrt=case.WRT)
    value, pullback = function(*case.args)
    seed = (
        2.0
        if case.scalar or name == "neuron"
        else {"loss": 1.0, "parts": [1.0, (value["parts"][1][0], 1.0)], "shift": 3.0}
    )
    print(repr(value), repr(pullback(seed)), repr(pullback(seed)))
    expected = capsys.readouterr().out
    arguments = ", ".join(map(repr, case.args))
    call = (
        f"value, pullback = generated.{name}_vjp({arguments})\n"
        f"print(repr(value), repr(pullback({seed!r})), repr(pullback({seed!r})))"
    )
    assert run(function.source, call, tmp_path) == expected


def test_jvp(tmp_path, capsys):
    case = BY_NAME["horner"]
    function = jvp(case.function)
    print(function(case.args, ([1.0, 0.0, 0.0, 2.0], 1.0)))
    expected = capsys.readouterr().out
    call = f"print(generated.horner_jvp(*{case.args!r}, [1.0, 0.0, 0.0, 2.0], 1.0))"
    assert run(function.source, call, tmp_path) == expected


def test_second_order(tmp_path):
    case = BY_NAME["horner"]
    function = grad(grad(case.function, wrt="x"), wrt="x")
    expected = function(*case.args)
    name = function.compiled.__name__
    out = run(function.source, f"print(generated.{name}(*{case.args!r}))", tmp_path)
    assert float(out) == expected
