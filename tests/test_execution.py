"""The golden cases, executed: against differences, closed forms and each other, in every mode."""

import contextlib
import copy
import io
import logging
import math

import numpy as np
import pytest
from golden import BY_NAME, marked

from srcgrad import check_grads, grad, jvp, trees, value_and_grad, vjp


@pytest.fixture(autouse=True)
def quiet():
    logging.disable()
    with contextlib.redirect_stdout(io.StringIO()):
        yield
    logging.disable(logging.NOTSET)


def same(a, b, tolerance=0.0):
    """Equal in structure, types and numbers."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k], tolerance) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y, tolerance) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.ndarray):
        close = np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)
        return a.dtype == b.dtype and a.shape == b.shape and close
    if hasattr(a, "__dict__"):
        return same(vars(a), vars(b), tolerance)
    if isinstance(a, float):
        return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance) or a != a and b != b
    return a == b


def parts(value):
    """The lists and arrays in a structure."""
    if isinstance(value, (list, np.ndarray)):
        yield value
    for _, item in trees.children(value):
        yield from parts(item)


def share(a, b):
    both = isinstance(a, np.ndarray) and isinstance(b, np.ndarray)
    return np.shares_memory(a, b) if both else a is b


def assert_fresh(gradients, args):
    """Writable, and sharing memory neither with the arguments nor with each other."""
    mine = list(parts(gradients))
    assert not any(share(g, a) for g in mine for a in parts(args))
    assert not any(share(a, b) for k, a in enumerate(mine) for b in mine[:k])
    assert all(g.flags.writeable for g in mine if isinstance(g, np.ndarray))


def trash(value):
    """Overwrite all that can be overwritten."""
    for part in parts(value):
        if isinstance(part, np.ndarray):
            part[...] = -77
        else:
            part[:] = [-77 for item in part]


def left_by(function, args):
    """What a call returns, and its arguments as it leaves them."""
    args = copy.deepcopy(args)
    return function(*args), args


def ones(value):
    """A cotangent of a value's structure."""
    point = trees.widened(value)
    return trees.rebuild(point, [1.0 + 0.5 * k for k in range(len(trees.leaves(point)))])


def tolerance(case):
    return 1e-5 if case.name == "np_float32" else 1e-12


def scaled(value, factor):
    return trees.rebuild(value, [leaf * factor for leaf in trees.leaves(value)])


@pytest.mark.parametrize("case", marked())
def test_checks(case):
    """Both modes against differences, and against each other; second order where the case asks."""
    for point in case.points:
        check_grads(case.function, point, wrt=case.WRT, order=case.ORDER)


@pytest.mark.parametrize("case", marked(lambda c: c.closed))
def test_closed_form(case):
    for point in case.points:
        expected = case.closed(*copy.deepcopy(point))
        assert same(grad(case.function, wrt=case.WRT)(*point), expected, tolerance(case))


@pytest.mark.parametrize("case", marked(lambda c: c.scalar))
def test_gradients(case):
    """Of the arguments' structure, fresh; the arguments end as the function leaves them."""
    for args in case.points:
        value, after = left_by(case.function, args)
        gradient, after_grad = left_by(grad(case.function, wrt=case.WRT), args)
        assert same(after_grad, after)
        assert_fresh(gradient, after_grad)
        both, after_both = left_by(value_and_grad(case.function, wrt=case.WRT), args)
        assert same(after_both, after)
        assert same(both[0], value)
        assert same(both[1], gradient, 1e-12)


@pytest.mark.parametrize("case", marked())
def test_pullback(case):
    """It may be called many times, whatever the caller does to its arrays and lists meanwhile."""
    for args in case.points:
        expected, after = left_by(case.function, args)
        value, pullback = vjp(case.function, wrt=case.WRT)(*args)
        assert same(args, after)
        assert same(value, expected)
        seed = ones(value)
        value = copy.deepcopy(value)
        first = pullback(copy.deepcopy(seed))
        assert_fresh(first, (args, seed))
        kept = copy.deepcopy(first)
        trash(args)
        trash(first)
        assert same(pullback(copy.deepcopy(seed)), kept)
        # it is linear
        assert same(pullback(scaled(seed, 2.0)), scaled(kept, 2.0), tolerance(case))
        assert same(pullback(seed), kept)


@pytest.mark.parametrize("case", marked())
def test_value_changed_after_the_forward_pass(case):
    """The caller may change what it got, too, before the pullback is called."""
    value, pullback = vjp(case.function, wrt=case.WRT)(*case.args)
    seed = ones(value)
    expected = pullback(copy.deepcopy(seed))
    value, pullback = vjp(case.function, wrt=case.WRT)(*(args := case.args))
    trash(value)
    trash(args)
    assert same(pullback(seed), expected)


@pytest.mark.parametrize("case", marked())
def test_tangents(case):
    function = jvp(case.function, wrt=case.WRT)
    for args in case.points:
        expected, after = left_by(case.function, args)
        tangents = directions(case, args)
        kept = copy.deepcopy((args, tangents))
        value, tangent = function(args, tangents)
        assert same(args, after)
        assert same(tangents, kept[1])
        assert same(value, expected)
        assert len(trees.leaves(tangent)) == len(trees.leaves(value))
        assert_fresh(tangent, (args, tangents))


def directions(case, args):
    """A tangent of each argument that is differentiated."""
    names = case.function.__code__.co_varnames
    wrt = case.WRT or names[: case.function.__code__.co_argcount]
    chosen = (wrt,) if isinstance(wrt, str) else wrt
    known = dict(zip(names, args, strict=False))
    return tuple(direction(known[name]) for name in chosen)


def direction(value):
    point = trees.widened(value)
    leaves = trees.leaves(point)
    return trees.rebuild(point, [1.0 + 0.25 * k for k in range(len(leaves))]) if leaves else None


def test_linear_loop_has_no_forward_pass_and_no_tape():
    case = BY_NAME["sum_of_squares"]
    function = grad(case.function)
    function(*case.args)
    assert "tape" not in function.source
    assert "total" not in function.source
    assert function.source.count("for ") == 1


def test_gradient_of_gradient_through_a_taped_loop():
    def cube(x, n):
        y = 1.0
        for _ in range(n):
            y = y * x
        return y

    second = grad(grad(cube, wrt="x"), wrt="x")
    third = grad(second, wrt="x")
    assert second(1.5, 4) == pytest.approx(4 * 3 * 1.5**2, rel=1e-14)
    assert third(1.5, 4) == pytest.approx(4 * 3 * 2 * 1.5, rel=1e-14)


@pytest.mark.parametrize("mode", [grad, value_and_grad, vjp, jvp])
def test_opaque_statements_happen_once(mode, caplog):
    case = BY_NAME["opaque"]
    logging.disable(logging.NOTSET)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        if mode is jvp:
            jvp(case.function)(case.args, (1.0, 0.0))
        else:
            result = mode(case.function)(*case.args)
        if mode is vjp:
            result[1](1.0)
            result[1](1.0)
    assert out.getvalue() == "z is 1.4\n0 1.40 True\n1 1.40 True\n"
    assert [r.getMessage() for r in caplog.records] == ["squared 3.841599999999999"]
