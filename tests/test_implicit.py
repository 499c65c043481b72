"""Solvers as gates: whatever way a root was found, its derivative is that of the implicit function."""

import math
import pickle

import numpy as np
import pytest

from srcgrad import (
    check_grads,
    grad,
    implicit_fixed_point,
    implicit_root,
    jvp,
    stop_gradient,
    value_and_grad,
    vjp,
)
from srcgrad.errors import CannotDifferentiate, RuleError

MATRIX = np.array([[2.0, 1.0], [0.5, 3.0]])
VECTOR = np.array([1.0, -2.0])


def bisected(f, lo, hi):
    for _ in range(200):
        mid = 0.5 * (lo + hi)
        if mid in (lo, hi):
            break
        lo, hi = (mid, hi) if f(mid) < 0 else (lo, mid)
    return 0.5 * (lo + hi)


@implicit_root(lambda E, M, e: E - e * math.sin(E) - M)
def kepler(M, e):
    return bisected(lambda E: E - e * math.sin(E) - M, M - 1.0, M + 1.0)


def cubic(x, A, b):
    return A @ x + 0.1 * x**3 - b


@implicit_root(cubic, kind="like b")
def vector_root(A, b):
    x = np.zeros_like(b)
    for _ in range(50):
        x = x - np.linalg.solve(A + np.diag(0.3 * x**2), cubic(x, A, b))
    return x


@implicit_fixed_point(lambda x, a: math.cos(a * x))
def fixed(a, x0=0.5):
    x = x0
    for _ in range(500):
        x = math.cos(a * x)
    return x


@implicit_fixed_point(lambda x, W, b: np.tanh(0.2 * W @ x + b), kind="like b")
def equilibrium(W, b):
    x = np.zeros(len(b))
    for _ in range(200):
        x = np.tanh(0.2 * W @ x + b)
    return x


def test_kepler():
    M, e = 1.0, 0.5
    E = kepler(M, e)
    dM, de = grad(kepler)(M, e)
    assert math.isclose(dM, 1 / (1 - e * math.cos(E)), rel_tol=1e-14)
    assert math.isclose(de, math.sin(E) / (1 - e * math.cos(E)), rel_tol=1e-14)


def radius(M, e, a):
    E = kepler(M, e)
    return a * (1 - e * math.cos(E))


def later(a):
    return fixed(a) * a + fixed(2 * a)


@pytest.mark.parametrize(
    "function, args",
    [
        (kepler, (1.0, 0.5)),
        (radius, (1.0, 0.5, 2.0)),
        (fixed, (1.1,)),
        (later, (0.6,)),
        (vector_root, (MATRIX, VECTOR)),
        (equilibrium, (MATRIX, VECTOR)),
    ],
    ids=lambda p: getattr(p, "__name__", None),
)
def test_both_modes_to_second_order(function, args):
    check_grads(function, args, order=2)


def test_the_solver_is_called_once_and_not_looked_into():
    calls = []

    @implicit_root(lambda x, a: x * x - a)
    def root(a):
        calls.append(a)
        return math.sqrt(a)

    assert root(4.0) == 2.0 and value_and_grad(root)(4.0) == (2.0, 0.25)
    assert calls == [4.0, 4.0]
    calls.clear()

    def path(a, n):
        x = a
        for _ in range(n):
            x = root(x + 1.0) * x
        return x

    grad(path)(4.0, 3)
    assert len(calls) == 3


def test_second_derivatives_know_that_the_root_moves():
    @implicit_root(lambda x, a: x * x - a)
    def root(a):
        return math.sqrt(a)

    assert math.isclose(grad(grad(root))(4.0), -0.25 * 4.0**-1.5)
    assert math.isclose(grad(grad(grad(root)))(4.0), 0.375 * 4.0**-2.5)
    assert jvp(grad(root))((4.0,), (2.0,))[1] == -0.5 * 4.0**-1.5


def test_in_a_loop_with_the_guess_of_the_turn_before():
    @implicit_root(lambda x, a, guess: x**3 + x - a)
    def root(a, guess):
        x = guess
        for _ in range(100):
            x -= (x**3 + x - a) / (3 * x * x + 1)
        return x

    def path(a, n):
        x, total = 0.0, 0.0
        for k in range(n):
            x = root(a + k, x)
            total += x * x
        return total

    check_grads(path, (1.5, 4), order=2)


def test_a_residual_with_a_loop_and_a_branch():
    def residual(x, coeffs, bound):
        y = 0.0
        for c in coeffs:
            y = y * x + c
        return y if x < bound else y + (x - bound) ** 2

    @implicit_root(residual)
    def root(coeffs, bound):
        return bisected(lambda x: residual(x, coeffs, bound), 0.0, 10.0)

    def loss(coeffs, bound):
        return root(coeffs, bound) ** 2

    for bound in (3.0, 0.5):
        check_grads(loss, ([1.0, 0.5, -3.0], bound), wrt=("coeffs", "bound"))


def test_a_large_residual_is_called():
    lines = "\n".join(f"    y = y + math.sin(x * {k}.5) * a / {k + 5}.0" for k in range(30))
    text = f"def residual(x, a):\n    y = 40.0 * x - a\n{lines}\n    return y\n"
    residual = defined(text, "residual")

    @implicit_root(residual)
    def root(a):
        return bisected(lambda x: residual(x, a), -10.0, 10.0)

    check_grads(lambda a: root(a) * a, (1.2,))


def defined(text, name):
    import linecache

    file = f"<{name} of test_implicit>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    env = {"math": math, "__name__": __name__}
    exec(compile(text, file, "exec"), env)
    return env[name]


def test_pullbacks_and_results_are_the_callers():
    value, pullback = vjp(vector_root)(MATRIX, VECTOR)
    once = pullback(np.ones(2))
    value[:] = 0.0
    again = pullback(np.ones(2))
    assert all(np.array_equal(a, b) for a, b in zip(once, again))


def test_a_root_that_is_changed_afterwards():
    def loss(A, b):
        x = vector_root(A, b)
        x[0] = x[0] * x[1]
        x += b
        return np.sum(x * x)

    check_grads(loss, (MATRIX, VECTOR), order=2)


def test_functions_around_the_solver():
    """Helpers, closures and a residual that reads a global."""

    def mean_anomaly(t, period):
        return 2 * math.pi * t / period

    def height(t, period, e):
        place = lambda E: math.sqrt(1 - e * e) * math.sin(E)  # noqa: E731
        return place(kepler(mean_anomaly(t, period), e))

    check_grads(height, (0.3, 2.0, 0.4), order=2)


# ---------------------------------------------------------------- libraries


def test_scipy():
    optimize = pytest.importorskip("scipy.optimize")

    def residual(x, a, b):
        return math.exp(a * x) + b * x - 3.0

    @implicit_root(residual)
    def by_brentq(a, b):
        return optimize.brentq(residual, 0.0, 5.0, args=(a, b), xtol=1e-15)

    @implicit_root(residual)
    def by_newton(a, b):
        return float(optimize.newton(residual, 0.5, args=(a, b), tol=1e-14))

    @implicit_root(residual)
    def by_root_scalar(a, b):
        return optimize.root_scalar(residual, args=(a, b), bracket=(0.0, 5.0), xtol=1e-15).root

    for root in (by_brentq, by_newton, by_root_scalar):
        check_grads(lambda a, b, root=root: root(a, b) * a, (0.7, 1.1), wrt=("a", "b"))
        x = root(0.7, 1.1)
        slope = 0.7 * math.exp(0.7 * x) + 1.1
        da, db = grad(root)(0.7, 1.1)
        assert math.isclose(da, -x * math.exp(0.7 * x) / slope, rel_tol=1e-12)
        assert math.isclose(db, -x / slope, rel_tol=1e-12)


def test_scipy_vectors():
    optimize = pytest.importorskip("scipy.optimize")

    @implicit_root(cubic, kind="like b")
    def root(A, b):
        return optimize.root(cubic, np.zeros(2), args=(A, b), tol=1e-14).x

    check_grads(root, (MATRIX, VECTOR))


def test_a_solver_that_does_not_tell_its_parameters():
    root = implicit_root(lambda x, a: x * x - a, _Silent(), signature="a")
    assert grad(lambda a: 3 * root(a))(4.0) == 0.75


class _Silent:
    __name__ = "silent"
    __signature__ = "none"

    def __call__(self, a):
        return math.sqrt(a)


# ---------------------------------------------------------------- no derivative


@implicit_root(lambda x, a: (x - a) * (x - a))
def double(a):
    return a


@implicit_root(lambda x, b: x * x * np.ones(2) - b, kind="like b")
def flat(b):
    return np.zeros(2)


def test_multiple_roots_have_none():
    with pytest.raises(ZeroDivisionError):
        grad(double)(1.0)
    with pytest.raises(np.linalg.LinAlgError):
        grad(lambda b: np.sum(flat(b)))(np.zeros(2))


def test_what_the_residual_does_not_take_is_refused_where_it_varies():
    @implicit_root(lambda x, a: x * x - a)
    def root(a, guess):
        return math.sqrt(a)

    assert grad(lambda a: root(a, 1.0))(4.0) == 0.25
    assert grad(lambda a: root(a, stop_gradient(a)))(4.0) == 0.25
    with pytest.raises(CannotDifferentiate, match="has no derivative by `guess`") as caught:
        grad(lambda a: root(a, a))(4.0)
    assert "let its residual take `guess`" in str(caught.value)


def test_a_residual_that_does_more_is_refused():
    def printing(x, a):
        print(x)
        return x - a

    def changing(x, a):
        a[0] = 1.0
        return x - a[0]

    @implicit_root(printing)
    def root(a):
        return a

    @implicit_root(changing)
    def other(a):
        return a[0]

    with pytest.raises(CannotDifferentiate, match="does more than compute"):
        grad(root)(1.0)
    with pytest.raises(CannotDifferentiate, match="does more than compute"):
        grad(other)(np.ones(2))


def test_kinds_that_do_not_fit_are_refused():
    @implicit_root(cubic)
    def number(A, b):
        return 0.0

    @implicit_root(lambda X, A: X - A, kind="like A")
    def matrix(A):
        return A.copy()

    with pytest.raises(CannotDifferentiate, match="say what the solver returns with `kind=`"):
        grad(lambda A, b: number(A, b))(MATRIX, VECTOR)
    with pytest.raises(CannotDifferentiate, match="an array of 2 axes"):
        grad(lambda A: np.sum(matrix(A)))(MATRIX)


def test_rules_that_are_wrong():
    with pytest.raises(RuleError, match="has no parameter `m`, which .* takes"):
        implicit_root(lambda E, m: E - m, lambda mass: mass)
    with pytest.raises(RuleError, match="is a Python function"):
        implicit_root("x - a", lambda a: a)
    with pytest.raises(RuleError, match=r"takes `\*args`"):
        implicit_root(lambda x, *args: x, lambda a: a)
    with pytest.raises(RuleError, match="there is a rule for"):
        implicit_root(lambda E, M: E - M, kepler)


def test_the_solver_stays_what_it_was():
    assert kepler.__name__ == "kepler" and pickle.loads(pickle.dumps(grad(kepler)))(0.0, 0.5)


def test_a_solver_of_a_library_is_refused_with_a_remedy():
    optimize = pytest.importorskip("scipy.optimize")

    def root(a):
        return optimize.brentq(lambda x: x * x - a, 0.0, 10.0)

    with pytest.raises(CannotDifferentiate, match="give that @srcgrad.implicit_root"):
        grad(root)(2.0)


def test_a_gate_made_inside_is_refused():
    def inside(a):
        @implicit_root(lambda x, c: x * x - c)
        def root(c):
            return math.sqrt(c)

        return root(a)

    with pytest.raises(CannotDifferentiate) as caught:
        grad(inside)(2.0)
    assert caught.value.problems[0].message.startswith("`implicit_root` makes a gate")


def test_residuals_that_read_globals_and_closures(monkeypatch):
    def power(n):
        @implicit_root(lambda x, a: x**n - a * FACTOR)
        def root(a):
            return (a * FACTOR) ** (1 / n)

        return root

    square, cube = power(2.0), power(3.0)

    def product(a):
        return square(a) * cube(a)

    check_grads(product, (3.0,), order=2)
    dproduct = grad(product)
    assert math.isclose(dproduct(3.0), product(3.0) * 5 / 18)
    monkeypatch.setitem(globals(), "FACTOR", 4.0)
    assert math.isclose(dproduct(3.0), product(3.0) * 5 / 18)


FACTOR = 1.0
