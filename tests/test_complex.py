"""Functions of real numbers that go through complex ones: gradients in both modes, what is refused, the text."""

import warnings

import numpy as np
import pytest

from srcgrad import check_grads, grad, jvp, primitive, value_and_grad, vjp
from srcgrad.errors import CannotDifferentiate

X = np.array([0.3, 0.7, -0.4])
LONG = np.array([0.3, 0.7, -0.4, 1.2, -0.9, 0.1, 0.8, -1.3, 0.5])
M = np.array([[0.3, -0.8, 1.7], [1.1, 0.4, -0.6]])

FACTOR = 0.5 + 2j
FILTER = np.array([1 + 1j, 2 - 1j, 0.5j])
WINDOW = np.array([0.2, 0.8, 0.9, 0.1])


# ---------------------------------------------------------------- programs


def scaled(x):
    return abs(FACTOR * x[0]) + np.sum(np.abs(FILTER * x) ** 2 / (1 + x * x))


def filtered(x, h):
    return np.sum(np.abs(np.fft.fft(x) * h))


def wave(w, t):
    z = np.exp(1j * w * t)
    return np.sum(z.real * t) + np.sum(z.imag)


def of_numbers(a, b):
    z = complex(a, b)
    u = z * z + 2.0 / z
    return abs(u) + u.real * u.imag


def mandelbrot(c, n):
    z = 0
    for _ in range(n):
        z = z * z + complex(c, 0.3)
    return abs(z)


def escaping(x):
    z, turns = np.fft.fft(x), 0
    while abs(z[0]) < 100:
        z = z * z + x
        turns += 1
    return z[0].imag + z[1].real + turns


def stored(x):
    z = np.zeros((2, 3), dtype=complex)
    z[0] = x
    z[1, :] += 1j * x
    for k in range(3):
        z[0, k] = z[0, k] * np.exp(1j * x[k])
    z *= 1 + 1j
    z -= x
    z[:, 1:] /= z[:, :1] + 2
    z.real[0, 0] = x[1]
    return np.sum(z.real * z.imag)


def broadcast(x, s):
    grid = np.abs(np.outer(np.exp(1j * x), s)) ** 2
    return np.sum(grid) + np.sum((x[:, None] * np.exp(1j * s)).imag)


def chosen(x):
    z = x * (1 + 2j)
    w = np.where(x > 0, z, np.conj(z))
    if z[0] == 0:
        return 0.0
    return np.sum((w * w).imag)


def on_a_branch(x, turned):
    z = x + 0j
    if turned:
        z = x * 1j
    z += x
    return np.sum((z * z).imag) + np.sum(z.real)


def carried(x):
    z, y = np.fft.fft(x), x + 0j
    for k in range(3):
        y = y * 0.5 + z * 1j
        if k == 1:
            y = y.conj()
    return np.sum(y.real) + np.sum(x * y.imag)


def into_arrays(x):
    z, out = np.exp(1j * x), np.zeros(len(x))
    out[:] = z.real
    np.multiply(out, z.imag, out=out)
    more = np.zeros(len(x), dtype=np.complex128)
    np.exp(z, out=more)
    return np.sum(out) + np.sum(more.imag)


def of_lists(xs):
    zs = []
    for x in xs:
        zs.append(complex(x, x * x))
    total = 1.0
    for z in zs:
        total = total * z
    zs = sorted(zs, key=abs)
    some = zs[1:] + zs[:2] + zs[::-1]
    total = total * some[0] + sum(some) * sum(tuple(some[1:4]))
    return total.real + 2 * total.imag + sum(zs).imag + zs[0].real + max(abs(z) for z in zs)


def gathered(x, y):
    z = np.array([complex(x, y), x, 1j * y, 2])
    a, b, *_ = z.tolist()
    return np.sum(np.abs(z) ** 2) + (a * b).imag + np.array(z, dtype=complex)[2].imag


def retyped(x):
    return np.sum((np.array(x, dtype=complex) * (1 + 2j) * x.astype(complex)).imag)


def iterated(z, n):
    for _ in range(n):
        if abs(z) > 2:
            break
        z = z * z + 0.3
    return z


def falling(z, n):
    return z if n == 0 else z * falling(z + 1j, n - 1)


def through_helpers(x):
    return abs(iterated(x + 0.2j, 3)) + iterated(complex(x, x), 2).imag + abs(falling(x + 1j, 3))


def through_a_pair(x):
    return np.sum(np.abs(falling(x + 0j, 2))) + np.sum(falling(np.fft.fft(x), 2).real)


def short_time(x):
    total = 0.0
    for k in range(0, len(x) - 3, 2):
        total += np.sum(np.abs(np.fft.rfft(x[k : k + 4] * WINDOW)))
    return total


def smoothed(x, w):
    k = np.fft.rfftfreq(len(x), d=0.1)
    y = np.fft.irfft(np.fft.rfft(x) * np.exp(-k * w), n=len(x))
    return np.sum(y**3)


def autocorrelation(x):
    c = np.fft.ifft(np.fft.fft(x) * np.fft.fft(x[::-1])).real
    return np.sum(c**3)


def again(x):
    y = x
    for k in range(3):
        y = np.fft.irfft(np.fft.rfft(y) * (0.5 + 1j * k), n=len(x)) + y * y
    return np.sum(y)


def normalised(x):
    z = np.exp(1j * x + x)
    e = z / np.sum(z)
    return np.sum(e.real * x) + np.log(np.sum(z)).imag + np.sqrt(np.sum(z * z)).imag


def elementary(x, y):
    z = x + 1j * y
    a = np.log(z).real * np.sqrt(z).imag + np.tanh(z).real - np.arctan(z).imag + np.log1p(z).imag
    b = np.arcsin(z).real + np.arccos(z).imag + np.arcsinh(z).imag + np.arctanh(z).real
    c = np.reciprocal(z).real + np.square(z).imag + np.expm1(z).real + np.exp2(z).imag
    d = np.log10(z).imag + np.log2(z).real + np.sinh(z).imag + np.cosh(z).real + np.tan(z).real
    e = np.sin(z).real + np.cos(z).imag + np.negative(z).real + (+z).imag + (-z).real
    return np.sum(a + b + c + d + e + np.divide(x, z).imag + np.subtract(z, y).imag)


def some(x):
    z = np.exp(1j * x)
    last = z[[0, 2]]
    return np.sum(z[x > 0].imag) + np.sum(last.real) + z.mean().imag + z.sum().real + sum(z).imag


def rearranged(x):
    z, w = np.exp(1j * x), x + 2j
    rows = z[:, None] * w
    turned = np.swapaxes(rows, 0, 1) * np.moveaxis(rows, 0, 1) * np.roll(rows, 1, axis=0)
    return np.sum(turned.imag) + np.sum((np.flip(z) * w).real)


def of_a_gradient(x):
    return np.sum(grad(chosen)(x) * x)


PROGRAMS = [
    (scaled, X),
    (wave, 0.7, X),
    (of_numbers, 0.3, 0.8),
    (escaping, X),
    (stored, X),
    (broadcast, X, X[:2] + 0.1),
    (chosen, X),
    (carried, X),
    (into_arrays, X),
    (of_lists, [0.3, 0.5, -0.7]),
    (gathered, 0.3, 0.5),
    (retyped, X),
    (through_helpers, 0.3),
    (through_a_pair, X),
    (short_time, LONG),
    (smoothed, X, 0.3),
    (smoothed, LONG[:4], 0.3),
    (autocorrelation, X),
    (again, LONG[:4]),
    (normalised, X),
    (elementary, np.array([0.3, -0.4]), np.array([0.5, 0.7])),
    (some, X),
    (rearranged, X),
    (of_a_gradient, X),
]


@pytest.mark.parametrize("f, args", [(f, args) for f, *args in PROGRAMS], ids=lambda p: "")
def test_gradient(f, args):
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        check_grads(f, tuple(args), order=2)
        value, _ = value_and_grad(f)(*args)
    assert value == f(*args)


@pytest.mark.parametrize("turned", [True, False])
def test_real_on_one_path(turned):
    check_grads(on_a_branch, (X, turned), wrt="x", order=2)


def test_parameters_that_are_not_differentiated_by():
    check_grads(mandelbrot, (0.2, 4), wrt="c", order=2)
    check_grads(filtered, (X, FILTER), wrt="x", order=2)


@pytest.mark.parametrize("f", [scaled, stored, chosen, carried, autocorrelation, again])
def test_float32_stays(f):
    found = grad(f)(X.astype(np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, grad(f)(X), rtol=1e-4, atol=1e-5)


def power(x):
    return np.sum(np.abs(np.fft.fft(x)) ** 2)


def test_zeros_of_a_spectrum():
    """Where nothing is, the absolute value has a kink, and its square has none."""
    assert grad(power)(np.zeros(4)).tolist() == [0.0] * 4
    np.testing.assert_allclose(grad(power)(np.ones(4)), 8 * np.ones(4))


def test_gradients_are_ones_own():
    found = grad(power)(X)
    assert found.flags.writeable and found.shape == X.shape
    found[:] = 0.0
    assert not np.shares_memory(found, grad(power)(X))


def test_text():
    assert grad(power)(X) is not None
    assert "return np.fft.ifft(2 * np.fft.fft(x), norm='forward').real" in _text(power, X)
    assert "dw = (t * dprod).sum().imag" in _text(wave, 0.7, X)


def _text(f, *args):
    made = grad(f)
    made(*args)
    return made.source.replace('"', "'")


# ---------------------------------------------------------------- what is refused


def of_complex(z):
    return np.sum(np.abs(z))


def to_complex(x):
    return np.fft.fft(x)[0]


def floored(x):
    return np.sum(np.floor(np.fft.fft(x)).real)


def greatest(x):
    return np.sum(np.maximum(np.fft.fft(x), 0).real)


def ordered(x):
    return x[0] * np.sum(np.fft.fft(x) > 0)


def spread(x):
    return np.std(np.fft.fft(x))


def cut_off(x):
    y = np.zeros(3)
    y[:] = np.fft.fft(x)
    return np.sum(y)


def into_reals(x):
    y = np.zeros(3)
    np.exp(1j * x, out=y)
    return np.sum(y)


def half_of_complex(x):
    return np.sum(np.fft.rfft(1j * x).real)


def real_power(x):
    return np.sum((2.0 ** (1j * x)).real)


def product_of(x):
    return np.abs(np.prod(np.fft.fft(x)))


def misspelt(x):
    return np.sum(np.fft.fft(x, norm="orthogonal").real)


def unsaid(x):
    return np.sum(np.fft.irfftn(x[:, None] + 0j, s=(2, -1), axes=(1, 0)))


def part_of_list(x):
    zs = [complex(a, a) for a in x]
    return sum(zs * 2).real


@primitive(d="2 * x")
def squared(x):
    return x * x


def through_a_gate(x):
    return squared(1j * x[0]).real


@pytest.mark.parametrize(
    "f, match",
    [
        (to_complex, r"`to_complex` returns complex numbers"),
        (floored, r"`np.floor\(.*\)` cannot be differentiated for a complex array"),
        (greatest, "for a complex array of 1 dimension and an int"),
        (ordered, "for a complex array of 1 dimension and an int"),
        (spread, "for a complex array"),
        (cut_off, "a complex number is stored in an array of dtype f8"),
        (into_reals, "`out=` is a real array"),
        (half_of_complex, "for a complex array"),
        (real_power, "cannot be differentiated for a float and a complex array"),
        (product_of, "complex"),
        (misspelt, "`norm='orthogonal'` is none of"),
        (unsaid, "the last length of `np.fft.irfftn` has to be said"),
        (part_of_list, "cannot be differentiated for a list"),
        (through_a_gate, "the gate `squared` is not declared for arguments"),
    ],
)
def test_refused(f, match):
    with pytest.raises(CannotDifferentiate, match=match) as caught:
        grad(f)(X)
    assert "test_complex.py:" in str(caught.value)


@pytest.mark.parametrize("z", [1j, np.complex128(1j), FILTER[:1], [1j, 2.0]])
def test_complex_arguments_are_refused(z):
    with pytest.raises(CannotDifferentiate, match="`z` is complex here"):
        grad(of_complex)(z)


@pytest.mark.parametrize("call", [vjp(to_complex), lambda x: jvp(to_complex)((x,), (x,))])
def test_complex_results_are_refused_in_all_modes(call):
    with pytest.raises(CannotDifferentiate, match="returns complex numbers"):
        call(X)
