"""A loop that only compares: there is a warning, and none where the derivative is what was meant."""

import math
import warnings

import numpy as np
import pytest

from srcgrad import SrcgradWarning, grad, implicit_root, jvp, stop_gradient, value_and_grad


def warned(function, *args, **options):
    """The warnings that the first gradient of a function gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        grad(function, **options)(*args)
    return [w for w in caught if issubclass(w.category, SrcgradWarning)]


# ---------------------------------------------------------------- steered


def halved(a):
    lo, hi = 0.0, 10.0
    for _ in range(60):
        mid = 0.5 * (lo + hi)
        if mid * mid < a:
            lo = mid
        else:
            hi = mid
    return mid


def with_signs(a, tol):
    lo, hi = 0.0, max(a, 1.0)
    f_lo = lo * lo - a
    while hi - lo > tol:
        mid = 0.5 * (lo + hi)
        f_mid = mid * mid - a
        if f_mid == 0:
            return mid
        if f_mid * f_lo < 0:
            hi = mid
        else:
            lo, f_lo = mid, f_mid
    return 0.5 * (lo + hi)


def by_two_tests(a):
    lo, hi = 0.0, 10.0
    for _ in range(60):
        mid = (lo + hi) / 2
        f = mid**3 - a
        if f < 0:
            lo = mid
        if f >= 0:
            hi = mid
    return lo


def by_conditional_expression(a):
    lo, hi = 0.0, 10.0
    for _ in range(60):
        mid = 0.5 * (lo + hi)
        lo, hi = (mid, hi) if mid * mid < a else (lo, mid)
    return 3.0 * hi


def by_steps(a):
    x, step = 5.0, 2.5
    for _ in range(50):
        x += step if x * x < a else -step
        step *= 0.5
    return x


def golden_section(a):
    lo, hi = 0.0, 10.0
    for _ in range(80):
        c, d = hi - 0.618 * (hi - lo), lo + 0.618 * (hi - lo)
        if (c - a) ** 2 < (d - a) ** 2:
            hi = d
        else:
            lo = c
    return (lo + hi) / 2


def in_an_outer_loop(a):
    total = 0.0
    for k in range(1, 4):
        lo, hi = 0.0, 10.0
        for _ in range(60):
            mid = 0.5 * (lo + hi)
            if mid * mid < a * k:
                lo = mid
            else:
                hi = mid
        total += a * mid
    return total


def of_an_array(b):
    lo, hi = np.zeros(3), np.full(3, 10.0)
    for _ in range(60):
        mid = 0.5 * (lo + hi)
        low = mid * mid < b
        lo = np.where(low, mid, lo)
        hi = np.where(low, hi, mid)
    return np.sum(lo)


def through_a_helper(a):
    return 2.0 * halved(a) + a


STEERED = [halved, by_two_tests, by_conditional_expression, by_steps, golden_section]
STEERED += [in_an_outer_loop, through_a_helper]


@pytest.mark.parametrize("function", STEERED, ids=lambda f: f.__name__)
def test_steered(function):
    (warning,) = warned(function, 2.0)
    assert "moved by comparisons alone" in str(warning.message)
    assert "implicit_root" in str(warning.message)
    assert warning.filename.endswith("test_steered.py")


def test_where_it_is():
    (warning,) = warned(with_signs, 2.0, 1e-9)
    place, line, carets, *_ = str(warning.message).split("\n")
    assert place.startswith("tests/test_steered.py:") and "`hi` and `lo`" in place
    assert line.strip() == "if f_mid * f_lo < 0:" and carets.strip() == "^^^^^^^^^^^^^^^^"


def test_arrays():
    assert len(warned(of_an_array, np.array([2.0, 3.0, 4.0]))) == 1


def test_a_large_helper():
    """Also where its result does not vary at all by data flow, and only by one of its arguments."""

    def large(scale, a):
        lo, hi = 0.0, 10.0
        b = a
        b += 0.0
        b *= 1.0
        b += 0.0
        b *= 1.0
        b += 0.0
        b *= 1.0
        b += 0.0
        b *= 1.0
        b += 0.0
        b *= 1.0
        b += 0.0
        b *= 1.0
        b += 0.0
        b *= 1.0
        b += 0.0
        b *= 1.0
        b += 0.0
        b *= 1.0
        for _ in range(60):
            mid = 0.5 * (lo + hi)
            if mid * mid < b:
                lo = mid
            else:
                hi = mid
        return mid * scale

    def loss(a):
        return large(3.0, a) * a

    assert len(warned(loss, 2.0)) == 1
    assert not warned(lambda s, a: large(s, a), 2.0, 3.0, wrt="s")


def test_once_for_each_specialisation_and_in_each_mode():
    for mode in (grad, value_and_grad):
        df = mode(halved)
        with pytest.warns(SrcgradWarning):
            df(2.0)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            df(3.0)
    with pytest.warns(SrcgradWarning):
        jvp(halved)((2.0,), (1.0,))


# ---------------------------------------------------------------- not steered


def newton(a, tol):
    x, dx = 1.0, 1.0
    while abs(dx) > tol:
        dx = (x * x - a) / (2 * x)
        x -= dx
    return x


def damped_newton(a):
    x, damping = 1.0, 1.0
    for _ in range(30):
        step = (x * x - a) / (2 * x)
        if abs((x - damping * step) ** 2 - a) < abs(x * x - a):
            damping = min(1.0, 2 * damping)
        else:
            damping *= 0.5
        x -= damping * step
    return x


def line_search(a):
    x = 3.0
    for _ in range(5):
        slope, t = 2 * (x - a), 1.0
        for _ in range(10):
            if (x - t * slope - a) ** 2 < (x - a) ** 2:
                break
            t *= 0.5
        x -= t * slope
    return x


def secant(a):
    x0, x1 = 1.0, 2.0
    for _ in range(6):
        f0, f1 = x0 * x0 - a, x1 * x1 - a
        if f1 == f0:
            break
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
    return x1


def series(a, tol):
    term, total, k = 1.0, 1.0, 0
    while abs(term) > tol:
        k += 1
        term *= a / k
        total += term
    return total


TABLE_X = (0.0, 1.0, 2.0, 3.0, 4.0)
TABLE_Y = (0.0, 1.0, 4.0, 9.0, 16.0)


def looked_up(a):
    lo, hi = 0, 4
    while hi - lo > 1:
        mid = (lo + hi) // 2
        if TABLE_X[mid] <= a:
            lo = mid
        else:
            hi = mid
    t = (a - TABLE_X[lo]) / (TABLE_X[hi] - TABLE_X[lo])
    return TABLE_Y[lo] + t * (TABLE_Y[hi] - TABLE_Y[lo])


def looked_up_by_value(a):
    x0, x1, y0, y1 = 0.0, 1.0, 0.0, 1.0
    for k in range(4):
        if TABLE_X[k] <= a:
            x0, x1, y0, y1 = TABLE_X[k], TABLE_X[k + 1], TABLE_Y[k], TABLE_Y[k + 1]
    return y0 + (a - x0) / (x1 - x0) * (y1 - y0)


def piecewise(a):
    rate = 0.1
    if a > 1.0:
        rate = 0.2 + rate
    else:
        rate = rate * 0.5
    return rate * a


def clamped(xs):
    total = 0.0
    for x in xs:
        total += min(max(x, 0.0), 1.0) if x < 2 else 0.5 * x
    return total


def counted(xs):
    n, total = 0.0, 0.0
    for x in xs:
        if x > 1.0:
            n += 1.0
        else:
            n -= 1.0
        total += x
    return total / n


def largest(xs):
    best = -math.inf
    for x in xs:
        if x > best:
            best = x
    return best


def nearest(a):
    best, distance = 0.0, math.inf
    for x in TABLE_X:
        if abs(x - a) < distance:
            best, distance = x, abs(x - a)
    return best * a


def wrapped(a):
    while a > math.pi:
        a -= 2 * math.pi
    return math.sin(a) * a


def brackets(income):
    tax, edge, rate = 0.0, 0.0, 0.1
    for _ in range(4):
        if income > edge:
            tax += (income - edge) * rate
        edge += 10.0
        rate += 0.05
    return tax


def adaptive(k):
    t, h, y = 0.0, 0.5, 1.0
    while t < 2.0:
        error = abs(0.5 * (h * k) ** 2 * y)
        if error < 0.01:
            y += h * k * y
            t += h
            h *= 1.5
        else:
            h *= 0.5
    return y


def marked(a):
    return stop_gradient(halved(a)) * a


def unused(a):
    bound = halved(a)
    assert bound > 0
    return a * a


CASES = [(f, (2.0,)) for f in (damped_newton, line_search, secant, looked_up, looked_up_by_value)]
CASES += [(f, (2.5,)) for f in (piecewise, nearest, wrapped, brackets, adaptive, marked, unused)]
CASES += [(newton, (2.0, 1e-9)), (series, (2.0, 1e-9))]
CASES += [(f, ([0.5, 1.5, 2.5],)) for f in (clamped, counted, largest)]


@pytest.mark.parametrize("function, args", CASES, ids=lambda p: getattr(p, "__name__", None))
def test_not_steered(function, args):
    assert not warned(function, *args)


def test_what_does_not_vary_steers_nothing():
    assert not warned(lambda a, b: halved(a) * b, 2.0, 3.0, wrt="b")


def test_with_the_remedy_there_is_no_warning():
    @implicit_root(lambda x, a: x * x - a)
    def root(a):
        return halved(a)

    assert not warned(root, 2.0)
    assert math.isclose(grad(root)(2.0), 0.5 / math.sqrt(2.0))
