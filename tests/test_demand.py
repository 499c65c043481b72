"""What raises in the function raises in its gradient, though the gradient may not need it."""

import math

import numpy as np
import pytest

from srcgrad import check_grads, grad, jvp, value_and_grad, vjp

A2, A3, M23, M34 = np.ones(2), np.ones(3), np.ones((2, 3)), np.ones((3, 4))


def total(x, y):
    return np.sum(x + y)


def product(x, y):
    return np.sum(x @ y)


def unused_product(x, y):
    x @ y
    return np.sum(x) + np.sum(y)


def triple(x, y, z):
    return np.sum(x * 2.0 + y - z)


def chosen(x, y):
    return np.sum(np.where(x > 0.0, x, y))


def unpacks(x):
    a, b = x
    return a + 2.0 * b


def unpacks_list(x, n):
    for i in range(n):
        x[i] = x[i] * 2.0
    a, b = x
    return a * b


def element(x, i):
    x[i]
    return x[0] * 2.0


def times_nothing(x, i):
    return x[0] * 2.0 + 0.0 * x[i]


def loop(x, y):
    s = 0.0
    for i in range(len(x)):
        s += x[i] + y[i]
    return s


def upto(x, n):
    s = 0.0
    for i in range(n):
        s += x[i]
    return s


def shifted(x, n):
    s = 0.0
    for i in range(len(x)):
        s += x[i + n]
    return s


def display(x):
    [1.0, 2.0][2]
    return x * x


def pops(x):
    stack = [x, 2.0]
    stack.pop()
    stack.pop()
    stack.pop()
    return x * x


def pops_in_loop(x, n):
    stack = [x, x]
    for _ in range(n):
        stack.pop()
    return x * x


def grown(x, n):
    items = []
    for _ in range(n):
        items.append(x)
    return x + items[2]


def reshaped(x):
    return np.sum(x.reshape(2, 2))


def stored(x, y):
    out = np.zeros(3)
    out[:] = x
    return np.sum(out) + np.sum(y)


def added(x, y):
    out = np.zeros_like(x)
    out += y
    return np.sum(out) + np.sum(x)


def in_branch(x, y, c):
    if c:
        return np.sum(x + y)
    return np.sum(x) * np.sum(y)


def _helper(x, y, i):
    return x[i] + y[i]


def through_helper(x, y, n):
    s = 0.0
    for i in range(n):
        s += _helper(x, y, i)
    return s


def rows(m, i):
    return np.sum(m[i]) + m[0, 0]


CASES = [
    (total, (A2, A3)),
    (total, (M23, A2)),
    (total, (M23, M34)),
    (product, (M34, A3)),
    (product, (M23, M23)),
    (unused_product, (M34, A3)),
    (triple, (A3, A3, A2)),
    (chosen, (A3, A2)),
    (unpacks, (A3,)),
    (unpacks, (np.ones(1),)),
    (unpacks_list, ([1.0, 2.0, 3.0], 2)),
    (element, (A3, 3)),
    (element, ([1.0, 2.0], -3)),
    (times_nothing, (A3, 5)),
    (loop, (A3, A2)),
    (loop, ([1.0, 2.0, 3.0], [1.0])),
    (upto, (A3, 4)),
    (upto, ([1.0], 2)),
    (shifted, (A3, 1)),
    (shifted, (A3, -4)),
    (display, (2.0,)),
    (pops, (2.0,)),
    (pops_in_loop, (2.0, 3)),
    (grown, (2.0, 2)),
    (reshaped, (A3,)),
    (stored, (A2, A3)),
    (added, (A2, A3)),
    (in_branch, (A3, A2, True)),
    (through_helper, (A3, A2, 3)),
    (rows, (M23, 2)),
]
FITTING = [
    (total, (A3, A3)),
    (total, (M23, A3)),
    (total, (M23, np.ones((1, 3)))),
    (product, (M23, A3)),
    (triple, (A3, np.ones(1), A3)),
    (unpacks, (A2,)),
    (element, (A3, -3)),
    (loop, ([1.0], [1.0, 2.0])),
    (pops_in_loop, (2.0, 2)),
    (grown, (2.0, 3)),
    (in_branch, (A3, A2, False)),
    (through_helper, (A3, A2, 2)),
    (upto, (A3, 0)),
]


def copies(args):
    return [a.copy() if isinstance(a, (np.ndarray, list)) else a for a in args]


def wrt(args):
    return tuple(k for k, a in enumerate(args) if isinstance(a, (np.ndarray, list, float)))


def tangents(args):
    return tuple(a if k in wrt(args) else 0.0 for k, a in enumerate(copies(args)))


def ids(cases):
    return [f"{f.__name__}-{k}" for k, (f, _) in enumerate(cases)]


@pytest.mark.parametrize("f, args", CASES, ids=ids(CASES))
def test_the_error_is_kept(f, args):
    with pytest.raises((ValueError, IndexError)) as expected:
        f(*copies(args))
    for transform in (grad, value_and_grad, vjp):
        with pytest.raises(expected.type):
            transform(f, wrt=wrt(args))(*copies(args))
    with pytest.raises(expected.type):
        jvp(f, wrt=wrt(args))(tuple(copies(args)), tuple(copies([args[k] for k in wrt(args)])))


@pytest.mark.parametrize("f, args", FITTING, ids=ids(FITTING))
def test_what_fits_is_let_through(f, args):
    value = f(*copies(args))
    assert math.isclose(value_and_grad(f, wrt=wrt(args))(*copies(args))[0], value)
    grad(f, wrt=wrt(args))(*copies(args))


def source(f, *args):
    g = grad(f)
    g(*args)
    return g.source


def test_nothing_is_checked_that_holds_by_construction():
    def seq(x):
        s = 0.0
        for i in range(len(x)):
            s += x[i]
        return s

    def halves(u):
        return np.sum(u[1:] + u[:-1])

    def own(n: int, x):
        a = [0.0] * n
        for i in range(n):
            a[i] = x
        return a[0] * x

    assert "raise" not in source(halves, A3)
    assert "    x[i]\n" not in source(seq, [1.0, 2.0])
    assert source(upto, A3, 2).count("x[i]") == 1  # dx[i] stands for x[i]


# ------------------------------------------------------------ variables that no path has assigned


def only_if(x):
    if x > 0:
        y = x * x
    return y


def last_of(x, n):
    for k in range(n):
        y = math.sin(x * k)
    return y


def last_value(xs):
    for v in xs:
        last = v * v
    return last + v


def aliased(x, n):
    for k in range(n):
        y = x * k
    z = y
    return z + x


def first_turn(x, n):
    for k in range(n):
        if k > 0:
            x = x * y  # noqa: F821
        y = x + k
    return x * y


def while_never(x):
    while x > 10.0:
        y = x
        x = x / 2.0
    return x + 3.0 * y


UNASSIGNED = [
    (only_if, (-1.5,)),
    (last_of, (2.0, 0)),
    (last_value, ([],)),
    (aliased, (2.0, 0)),
    (first_turn, (2.0, 0)),
    (while_never, (1.0,)),
]
ASSIGNED = [
    (only_if, (1.5,)),
    (last_of, (2.0, 2)),
    (last_value, ([1.0, 2.0],)),
    (aliased, (2.0, 2)),
    (first_turn, (2.0, 3)),
    (while_never, (100.0,)),
]


@pytest.mark.parametrize("f, args", UNASSIGNED, ids=ids(UNASSIGNED))
def test_unassigned(f, args):
    with pytest.raises(UnboundLocalError):
        f(*args)
    for transform in (grad, value_and_grad, vjp):
        with pytest.raises(UnboundLocalError):
            transform(f)(*args)
    with pytest.raises(UnboundLocalError):
        jvp(f, wrt=(0,))(args, (args[0],))


@pytest.mark.parametrize("f, args", ASSIGNED, ids=ids(ASSIGNED))
def test_assigned(f, args):
    check_grads(f, args)


def raises_else(x, c):
    if c > 1:
        y = x * x
    elif c > 0:
        y = x + 1.0
    else:
        raise ValueError("c")
    return y


def test_a_path_that_raises_leaves_nothing_undefined():
    assert "    y\n" not in source(raises_else, 2.0, 1)


def late(x, y):
    t = None
    if x > 5:
        t = x
    return t + y


def test_none_where_a_number_is_needed():
    """The gradient of a sum needs no number, yet where the function raises, so does it."""
    assert grad(late)(6.0, 2.0) == (1.0, 1.0)
    with pytest.raises(TypeError, match="`t` is None here"):
        grad(late)(1.0, 2.0)


def column_to_row(b):
    b[1] = b[:, 2]
    return np.sum(b * b[1])


def row_of_itself(b):
    row = b[0]
    row[:] = b[:, 0]
    return np.sum(b * b)


def mirrored(a):
    a = a * 1.0
    for i in range(len(a)):
        a[i, i + 1 :] = a[i + 1 :, i]
    return np.sum(a * a * a)


def shifted(u):
    u[1:] = u[:-1]
    return np.sum(u * u)


def rows_of_arrays_in_a_list(b):
    squares = [np.outer(b, b) for _ in range(2)]
    s = 0.0
    for k in range(2):
        square = squares[k]
        square[1] = square[0]
        s += np.sum(square * square)
    return s


def crossing_in_a_list(b):
    squares = [b * k for k in range(3)]
    for square in squares:
        last = squares[-1]
        square[1] = last[:, 2]
    return np.sum(squares[-1] * squares[0])


@pytest.mark.parametrize("f", [column_to_row, row_of_itself, crossing_in_a_list])
def test_rows_stored_where_they_cross_themselves(f):
    """NumPy reads what it has just written there: the function is not what its text says."""
    with pytest.raises(ValueError, match=r"store a copy, with \.copy\(\)"):
        grad(f)(np.arange(9.0).reshape(3, 3))


def test_stores_that_do_not_cross():
    check_grads(mirrored, (np.arange(9.0).reshape(3, 3),), order=1)
    assert "shares_memory" in source(mirrored, np.ones((3, 3)))
    check_grads(shifted, (np.arange(4.0),))
    assert "shares_memory" not in source(shifted, np.ones(3))
    check_grads(rows_of_arrays_in_a_list, (np.array([-1.0, 2.0, 0.5]),), order=1)
    assert "shares_memory" not in source(rows_of_arrays_in_a_list, np.ones(3))


def corner(b):
    c = b * 1.0
    c[1, 1:] = c[2:, 0]
    return np.sum(c * c * c)


def test_stores_that_might_cross_to_second_order():
    check_grads(corner, (np.arange(9.0).reshape(3, 3),))


def solved_for_each(s, rows):
    total = 0.0
    for row in rows:
        total += row @ np.linalg.solve(s, row)
    return total


def solved_and_measured(s, row):
    return row @ np.linalg.solve(s, row) + np.linalg.slogdet(s)[1]


def measured(s, row):
    return np.sum(row) + 0.0 * np.linalg.slogdet(s)[1]


def test_what_the_backward_pass_computes_is_not_computed_for_its_errors_as_well():
    square, row = np.array([[2.0, 0.5], [0.25, 1.0]]), np.array([1.0, 2.0])
    singular, oblong = np.ones((2, 2)), np.ones((2, 3))
    for f, args, solves in (
        (solved_for_each, (np.array([row, 2 * row]),), 2),
        (solved_and_measured, (row,), 2),
    ):
        check_grads(f, (square, *args))
        assert source(f, square, *args).count("solve(") == solves
        for s in (singular, oblong):
            with pytest.raises(np.linalg.LinAlgError):
                grad(f)(s, *args)
    assert "slogdet" not in source(solved_and_measured, square, row)
    with pytest.raises(np.linalg.LinAlgError):
        grad(measured, wrt="row")(oblong, row)
