"""Functions of SciPy: found by whatever name and import, and refused where there is no derivative."""

import math
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from srcgrad import check_grads, grad, stop_gradient, vjp
from srcgrad.errors import CannotDifferentiate

ROOT = Path(__file__).parents[2]
special = pytest.importorskip("scipy.special")
integrate = pytest.importorskip("scipy.integrate")
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


# ------------------------------------------------------------ hard points


def total(x):
    return special.logsumexp(x)


def probable(x):
    return special.softmax(x, axis=0)[0]


def improbable(x):
    return special.log_softmax(x)[1]


def sigmoid(x):
    return special.expit(x)


def log_sigmoid(x):
    return special.log_expit(x)


def entropy(x, y):
    return np.sum(special.xlogy(x, y))


def tail(x):
    return special.log_ndtr(x)


@pytest.mark.parametrize(
    "function, args, wanted",
    [
        (total, (np.array([1000.0, -1000.0]),), ([1.0, 0.0],)),
        (total, (np.array([-1000.0, -1000.0]),), ([0.5, 0.5],)),
        (total, (np.array([0.0, -np.inf]),), ([1.0, 0.0],)),
        (probable, (np.array([1000.0, 1000.0]),), ([0.25, -0.25],)),
        (improbable, (np.array([1000.0, -1000.0]),), ([-1.0, 1.0],)),
        (sigmoid, (1000.0,), (0.0,)),
        (sigmoid, (40.0,), (math.exp(-40),)),
        (sigmoid, (-40.0,), (math.exp(-40),)),
        (log_sigmoid, (-1000.0,), (1.0,)),
        (tail, (-1000.0,), (1000.000999998,)),
        (tail, (1000.0,), (0.0,)),
    ],
)
def test_hard_points(function, args, wanted):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = grad(function)(*args)
    for f, w in zip(found if len(args) > 1 else (found,), wanted):
        np.testing.assert_allclose(f, w, rtol=1e-12)


def test_nothing_times_log_of_nothing():
    by_y = grad(entropy, wrt="y")(np.array([0.0, 0.0, 2.0]), np.array([0.0, 1.0, 4.0]))
    assert list(by_y) == [0.0, 0.0, 0.5]


@pytest.mark.parametrize("function", [total, probable, improbable])
def test_float32(function):
    x = np.array([0.3, 0.8, 1.7])
    found = grad(function)(x.astype(np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, grad(function)(x), rtol=1e-5, atol=1e-6)


def simpson(y, x):
    return integrate.simpson(y, x=x)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 8])
def test_simpson_at_uneven_points(n):
    """To first order: the paths for odd and even numbers of samples each make memory of their own."""
    y, x = np.cos(np.arange(float(n))), np.cumsum(1.0 + np.arange(float(n)) % 3)
    check_grads(simpson, (y, x))
    assert vjp(simpson)(y, x)[0] == pytest.approx(integrate.simpson(y, x=x), rel=1e-13)


def test_scipy_is_not_imported_by_srcgrad():
    code = "import sys; from srcgrad.cli import main; main(['show', 'examples/neuron.py:neuron'])"
    code += "; print('scipy' in sys.modules, file=sys.stderr)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert run.stderr.endswith("False\n") and "def neuron_grad" in run.stdout
