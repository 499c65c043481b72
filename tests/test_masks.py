"""What a `where` or a mask leaves out stays out: an inf or nan there makes no nan of a gradient."""

import numpy as np
import pytest

from srcgrad import check_grads, grad, jvp

X = np.array([4.0, -1.0, 0.0])


def picked(x):
    return np.sum(np.sqrt(x)[x > 0])


def picked_by_places(x):
    return np.sum(np.sqrt(x)[np.flatnonzero(x > 0)])


def stored(x):
    root, out = np.sqrt(x), np.zeros_like(x)
    out[x > 0] = root[x > 0]
    return np.sum(out)


def replaced(x):
    root = np.sqrt(x)
    root[x <= 0] = 0.0
    return np.sum(root)


def compressed(x):
    return np.sum(np.compress(x > 0, np.sqrt(x))) + np.sum(np.extract(x > 0, 0.0 * np.log(x)))


def in_a_loop(x):
    root, total = np.sqrt(x), 0.0 * x
    for _ in range(3):
        total = total + np.where(x > 0, root, 0.0) / 3.0
    return np.sum(total)


def carried(x):
    root = np.sqrt(x)
    for _ in range(2):
        root = np.where(x > 0, root, 0.0)
    return np.sum(root)


def of_a_list(x):
    total = 0.0 * x
    for part in [np.sqrt(x), 0.0 * np.log(x)]:
        total = total + np.where(x > 0, part, 0.0)
    return np.sum(total)


def on_a_branch(x):
    root = np.sqrt(x)
    if x[0] > 0:
        root = np.where(x > 0, root, 0.0)
    return np.sum(root)


def broadcast(x):
    return np.mean(np.where((x > 0)[:, None], np.sqrt(x)[:, None] * np.ones(2), 0.0)) * 3


@pytest.mark.parametrize(
    "function",
    [
        *(picked, picked_by_places, stored, replaced, compressed),
        *(in_a_loop, carried, of_a_list, on_a_branch, broadcast),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_stays_out(function):
    np.testing.assert_allclose(grad(function)(X), [0.25, 0.0, 0.0], atol=1e-15)
    _, tangent = jvp(function)((X,), (np.ones(3),))
    assert tangent == pytest.approx(0.25)
    check_grads(function, (np.array([4.0, 2.0, 1.0]),), order=2)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nan_to_num():
    def filled(x):
        return np.sum(np.nan_to_num(np.sqrt(x)))

    x = np.array([4.0, -1.0])
    assert grad(filled)(x).tolist() == [0.25, 0.0]
    assert jvp(filled)((x,), (np.ones(2),))[1] == 0.25


def test_nothing_is_added_where_nothing_is_divided():
    def plain(x, keep):
        return np.sum(x[keep] ** 2)

    slope = grad(plain, wrt="x")
    slope(X, X > 0)
    assert "where" not in slope.source


def kept_where_zero(x):
    return np.sum(np.sqrt(x)[x >= 0] ** 2)


def kept_at_places(x):
    return np.sum(np.sqrt(x)[np.flatnonzero(x >= 0)] ** 2)


def replaced_elsewhere(x):
    root = np.sqrt(x)
    root[np.isnan(root)] = 0.0
    return np.sum(root * root)


def chosen_where_zero(x):
    return np.sum(np.where(x >= 0, np.sqrt(x), 0.0) ** 2)


@pytest.mark.parametrize(
    "function", [kept_where_zero, kept_at_places, replaced_elsewhere, chosen_where_zero]
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_a_mask_lets_through_is_not_hidden_where_its_cotangent_is_zero(function):
    np.testing.assert_array_equal(grad(function)(X), [1.0, 0.0, np.nan])


def test_what_is_read_before_an_array_is_cleared_counts():
    def f(x):
        y = np.exp(x)
        head = y[:2]
        total = np.sum(head**2) + y[3] ** 2
        y[y > 1.5] = 0.0
        return total + np.sum(y * y)

    check_grads(f, (np.array([1.0, -1.0, 0.5, 0.7]),), order=2)


def squared_in_a_loop(x):
    logs, total = np.log(x), 0.0
    for k in range(3):
        total += np.sum((logs[x > 0] * k) ** 2)
    return total


def squared_of_a_list(x):
    return sum([np.sum(part[x > 0] ** 2) for part in [np.log(x), np.sqrt(x) - 1.0]])


@pytest.mark.parametrize("function", [squared_in_a_loop, squared_of_a_list])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_second_derivatives_where_what_is_let_through_is_zero(function):
    check_grads(function, (np.array([1.0, 2.0, 0.5]),), order=2)
    assert grad(function)(np.array([1.0, -1.0, 0.0])).tolist() == [0.0, 0.0, 0.0]


def test_a_loop_that_shortens_an_array_has_second_derivatives():
    def f(x):
        y = x
        for k in range(1, 3):
            y = y[:-1] * x[k:]
        return np.sum(y)

    check_grads(f, (np.array([1.0, 2.0, 0.5, -0.7]),), order=2)
