"""Functions of SciPy: found by whatever name and import, and refused where there is no derivative."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from srcgrad import grad, stop_gradient
from srcgrad.errors import CannotDifferentiate

ROOT = Path(__file__).parents[2]
special = pytest.importorskip("scipy.special")
sp = special


def upper(a, x):
    return sp.gammaincc(a, x)


def upper_at(a, x):
    return sp.gammaincc(stop_gradient(a), x) * a


def late(x):
    from scipy.special import ellipe

    return ellipe(x) * 2.0


def whole(x):
    return special.lambertw(x) * x


def branch(x, low):
    w = special.lambertw(x, -1) if low else special.lambertw(x)
    return w.real


def named_like_it(x):
    special = x * 3.0
    return late(special)


def test_text_imports_the_library():
    slope = grad(late)
    slope(0.3)
    assert "from scipy import special\n" in slope.source
    assert slope.source.count("import") == 1


def test_import_inside_the_function():
    assert grad(late)(0.3) == pytest.approx((special.ellipe(0.3) - special.ellipk(0.3)) / 0.3)


def test_parameters_without_a_derivative():
    with pytest.raises(CannotDifferentiate, match="no derivative by `a`, which varies here"):
        grad(upper)(1.5, 2.0)
    assert grad(upper, wrt="x")(1.5, 2.0) < 0
    assert grad(upper_at)(1.5, 2.0)[0] == special.gammaincc(1.5, 2.0)


def test_complex_results_are_read_by_their_parts():
    with pytest.raises(CannotDifferentiate, match="complex"):
        grad(whole)(0.5)
    w = special.lambertw(-0.2, -1)
    assert grad(branch, wrt="x")(-0.2, True) == pytest.approx((np.exp(-w) / (1 + w)).real)


def test_names_step_aside():
    assert grad(named_like_it)(0.1) == pytest.approx(3 * grad(late)(0.3))


def test_scipy_is_not_imported_by_srcgrad():
    code = "import sys; from srcgrad.cli import main; main(['show', 'examples/neuron.py:neuron'])"
    code += "; print('scipy' in sys.modules, file=sys.stderr)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert run.stderr.endswith("False\n") and "def neuron_grad" in run.stdout
