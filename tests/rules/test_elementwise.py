"""NumPy's elementwise functions on numbers, arrays and broadcasts, in float32, and at hard points."""

import math
import warnings

import numpy as np
import pytest

from srcgrad import check_grads, grad, value_and_grad, vjp
from srcgrad.errors import CannotDifferentiate
from srcgrad.rules.record import TABLE

ONE = """exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh
arctanh deg2rad rad2deg sinc abs fabs sqrt cbrt square reciprocal negative positive""".split()
TWO = """add subtract multiply divide power float_power hypot logaddexp logaddexp2 arctan2 maximum
minimum fmax fmin copysign mod fmod""".split()
MODULE = "\n\n".join(
    [f"def {n}_(x):\n    return np.sum(np.{n}(x) * x)\n" for n in ONE]
    + [f"def {n}_(x, y):\n    return np.sum(np.{n}(x, y) * x)\n" for n in TWO]
)


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    path = tmp_path_factory.mktemp("elementwise") / "elementwise.py"
    path.write_text("import numpy as np\n\n\n" + MODULE, encoding="utf-8")
    names: dict = {}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    return names


COLUMN, ROW = np.array([[0.31], [0.57]]), np.array([0.23, 0.61, 0.83])


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("x", [np.float64(0.3), ROW, COLUMN + ROW / 10], ids=["number", "1d", "2d"])
def test_of_one(name, x, functions):
    assert check_grads(functions[f"{name}_"], (x,)).ok


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize(
    "x, y", [(COLUMN, ROW), (0.3, COLUMN), (ROW, 0.29), (np.float64(0.3), np.float64(0.7))]
)
def test_of_two(name, x, y, functions):
    assert check_grads(functions[f"{name}_"], (x, y)).ok


@pytest.mark.parametrize("name", [*ONE, *TWO])
def test_float32(name, functions):
    count = len(TABLE[f"numpy.{name}"].names)
    args = [ROW, ROW[::-1] + 0.01][:count]
    single = [a.astype(np.float32) for a in args]
    wanted, found = (grad(functions[f"{name}_"])(*a) for a in (args, single))
    for w, f in zip(*((d if count > 1 else (d,)) for d in (wanted, found))):
        if name != "float_power":
            assert f.dtype == np.float32
        np.testing.assert_allclose(f, w, rtol=2e-5, atol=2e-6)


# ------------------------------------------------------------ kinks and large numbers


def ties(x, y):
    return np.maximum(x, y) + 2 * np.minimum(x, y) + 4 * np.fmax(x, y) + 8 * np.fmin(x, y)


def clipped(x, low, high):
    return np.sum(np.clip(x, low, high))


def holes(x, y):
    return np.sum(np.fmax(x, y))


def likelihood(x, y):
    return np.sum(np.logaddexp(x, y))


def length(x, y):
    return np.sum(np.hypot(x, y))


def sinc(x):
    return np.sum(np.sinc(x))


def signed(x, y):
    return np.sum(np.copysign(x, y) + np.abs(x) + np.fabs(x))


def root(x):
    return np.sum(np.sqrt(x))


def power(x, n):
    return np.sum(np.power(x, n))


@pytest.mark.parametrize(
    "function, args, wanted",
    [
        (ties, (1.0, 1.0), (7.5, 7.5)),
        (clipped, (np.array([1.0, 2.0, 0.0, 3.0]), 1.0, 2.0), ([0.5, 0.5, 0, 0], 1.5, 1.5)),
        (clipped, (np.ones(1), 1.0, 1.0), ([0.25], 0.25, 0.5)),
        (holes, (np.array([np.nan, 1.0]), np.array([2.0, np.nan])), ([0, 1], [1, 0])),
        (likelihood, (1000.0, -1000.0), (1.0, 0.0)),
        (likelihood, (np.full(2, -1000.0), np.full(2, -1000.0)), ([0.5, 0.5], [0.5, 0.5])),
        (length, (0.0, 0.0), (0.0, 0.0)),
        (length, (np.array([0.0, 3e200]), np.array([0.0, 4e200])), ([0.0, 0.6], [0.0, 0.8])),
        (sinc, (0.0,), (0.0,)),
        (sinc, (np.array([0.0, 1e-9]),), ([0.0, -1e-9 * math.pi**2 / 3],)),
        (signed, (np.array([0.0, -2.0]), np.array([-1.0, -3.0])), ([0.0, -1.0], [0.0, 0.0])),
        (power, (np.zeros(3), np.array([0.0, 1.0, 2.0])), ([0.0, 1.0, 0.0], [0.0, 0.0, 0.0])),
    ],
)
def test_hard_points(function, args, wanted):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # what is not taken must not even be computed wrongly
        found = grad(function)(*args)
    for f, w in zip(found if len(args) > 1 else (found,), wanted):
        np.testing.assert_allclose(f, w, rtol=1e-12)


def test_infinite_derivatives_are_infinite():
    with np.errstate(divide="ignore"):
        assert grad(root)(np.zeros(1)) == np.inf


# ------------------------------------------------------------ out= and where=


def into(x, y):
    z = x * 2.0
    np.multiply(x[1:2], y, out=z[1:2])
    np.add(z, y, z)
    return np.sum(z * x)


def masked(x, y):
    z = x * x
    w = np.log(y, out=z, where=y > 0)
    return np.sum(w * z)


def whole(x):
    n = np.zeros(3, dtype=int)
    np.multiply(x, 2.0, out=n)
    return np.sum(n * x)


def undefined(x):
    return np.sum(np.log(x, where=x > 0))


def test_out_is_a_store():
    args = np.array([0.3, 0.8, 1.7]), np.array([1.2])
    assert check_grads(into, args).ok
    assert value_and_grad(into)(*args)[0] == into(*args)


def test_where_leaves_the_rest():
    args = np.array([0.3, 0.8, 1.7]), np.array([1.2, -0.5, 0.0])
    with np.errstate(all="ignore"):
        value, (dx, dy) = value_and_grad(masked)(*args)
    assert value == masked(*args)
    np.testing.assert_allclose(dx, [0, 4 * 0.8**3, 4 * 1.7**3])
    np.testing.assert_allclose(dy, [2 * np.log(1.2) / 1.2, 0, 0])


@pytest.mark.parametrize(
    "function, what",
    [(whole, "an array of whole numbers"), (undefined, "is not differentiated with `where=`")],
)
def test_refused_keywords(function, what):
    with pytest.raises(CannotDifferentiate, match=what):
        grad(function)(np.array([0.3, 0.8, 1.7]))


# ------------------------------------------------------------ what arrays are asked


def asked(x):
    return np.sum(x) / np.size(x) + np.ndim(x) * np.sum(x.real) * np.shape(x)[0] + np.sum(x.imag)


def test_shapes_and_parts():
    np.testing.assert_allclose(grad(asked)(np.ones((2, 3))), np.full((2, 3), 4 + 1 / 6))
    value, pullback = vjp(lambda x: np.sin(x.real))(0.3)
    assert pullback(1.0) == math.cos(0.3)
