"""Lists whose elements are known one by one: shapes, axes, subscripts."""

import numpy as np
import pytest

from srcgrad import check_grads, grad
from srcgrad.errors import CannotDifferentiate

M = np.arange(6.0).reshape(2, 3) + 0.5


def across(x, axis):
    axes = tuple(i for i in range(x.ndim) if i != axis)
    return np.sum(x.sum(axis=axes) ** 2)


def scaled_along(x, w, axis):
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]
    return np.sum(x**2 * w.reshape(shape))


def along_last(x, w, axis=-1):
    return np.sum(x**2 * w.reshape(_row(x.ndim, axis, -1)))


def _row(ndim, axis, n):
    shape = [1] * ndim
    shape[axis] = n
    return tuple(shape)


def ones_elsewhere(x, axis):
    shape = tuple(n if i == axis else 1 for i, n in enumerate(x.shape))
    return np.sum(np.ones(shape) * x**2)


def kept(x, axis):
    shape = list(x.shape)
    shape[axis] = 1
    return np.sum(x.sum(axis=axis).reshape(shape) * x)


def differences(x, axis):
    after, before = [slice(None)] * x.ndim, [slice(None)] * x.ndim
    after[axis], before[axis] = slice(1, None), slice(None, -1)
    return np.sum((x[tuple(after)] - x[tuple(before)]) ** 2)


def one_after_the_other(x, axis):
    y = np.zeros_like(x)
    where = [slice(None)] * x.ndim
    for k in range(2):
        where[axis] = k
        y[tuple(where)] = x[tuple(where)] * (k + 1)
    return np.sum(y**2)


def each_slice(x, axis):
    total = 0.0
    for k in range(x.shape[axis]):
        where = [slice(None)] * x.ndim
        where[axis] = k
        total += np.prod(x[tuple(where)])
    return total


def padded(x, axis):
    width = [(0, 0)] * x.ndim
    width[axis] = (1, 2)
    return np.sum(np.pad(x, width, mode="edge") ** 2)


def moved_last(x, axis):
    order = list(range(x.ndim))
    order.remove(axis)
    order.append(axis)
    return np.sum(x.transpose(order)[0] ** 2)


def swapped(x, axis):
    order = list(range(x.ndim))
    order[0], order[axis] = order[axis], order[0]
    return np.sum(x.transpose(order)[0] ** 2)


def spread(x, axis):
    shape = list(x.shape)
    shape.insert(axis, 1)
    y = x.reshape(shape)
    count = shape.pop(axis)
    return np.sum(y[0] ** 2) * count * len(shape)


def changed_in_place(x, axis):
    shape = list(x.shape)
    shape[axis] *= 2
    shape[axis] //= 2
    shape += [1]
    del shape[-1]
    return np.sum(x.reshape(shape)[0] ** 2)


CASES = (across, ones_elsewhere, kept, differences, one_after_the_other, each_slice)
CASES += (padded, moved_last, swapped, spread, changed_in_place)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("f", CASES)
def test_code_for_any_axis(f, axis):
    check_grads(f, (M, axis), wrt="x")


@pytest.mark.parametrize(("axis", "n"), [(0, 2), (1, 3), (-1, 3)])
def test_weights_along_an_axis(axis, n):
    check_grads(scaled_along, (M, np.arange(1.0, n + 1), axis), wrt=("x", "w"))
    check_grads(along_last, (M, np.arange(1.0, 4.0)), wrt=("x", "w"))


def test_nothing_of_the_list_is_left_in_the_text():
    gradient = grad(differences, wrt="x")
    gradient(M, 0)
    assert "ddiff = 2 * (x[1:, :] - x[:-1, :])" in gradient.source


def test_another_axis_is_another_specialisation():
    gradient = grad(across, wrt="x")
    for axis in (0, 1, 0):
        want = 2 * np.broadcast_to(M.sum(1 - axis, keepdims=True), M.shape)
        np.testing.assert_allclose(gradient(M, axis), want)


# ---------------------------------------------------------------- loops over axes


def centred(x):
    for axis in range(x.ndim):
        x = x - x.mean(axis=axis, keepdims=True)
    return np.sum(x**3)


def neighbours(x):
    return sum(np.sum(x * np.roll(x, shift, axis)) for shift in (1, -1) for axis in (0, 1))


def pairs(x):
    total = 0.0
    for shift, axis in [(1, 0), (-1, 0), (1, 1)]:
        total += np.sum(x * np.roll(x, shift, axis=axis) ** 2)
    return total


def along_each(x, axes=(0, 1)):
    return sum(np.sum(np.diff(x, axis=axis) ** 2) for axis in axes)


def widened(x, axes=(0, -1)):
    for axis in axes:
        x = np.expand_dims(x, axis)
    return np.sum(x[0] ** 2)


def inverse(x, order=(1, 0)):
    back = [0] * len(order)
    for k, axis in enumerate(order):
        back[axis] = k
    return np.sum(x.transpose(order).transpose(back) * x)


def others(x, axis=-1):
    axis = axis if axis >= 0 else axis + x.ndim
    axes = []
    for k in range(x.ndim):
        if k != axis:
            axes.append(k)
    return np.sum(x.sum(axis=tuple(axes)) ** 2)


def cut_shape(x, axis=-1):
    if axis < 0:
        axis += x.ndim
    shape = x.shape[:axis] + (1,) + x.shape[axis + 1 :]
    return np.sum(x.sum(axis).reshape(shape) * x)


def starred(x):
    return np.sum(x.reshape(-1, *[1] * (x.ndim - 1)) ** 2)


def transformed(x):
    return np.sum(np.fft.irfft2(np.fft.rfft2(x) ** 2, s=x.shape) ** 2)


LOOPS = (centred, neighbours, pairs, along_each, widened, inverse, others, cut_shape)
LOOPS += (starred, transformed)


@pytest.mark.parametrize("f", LOOPS)
def test_axes_in_turn(f):
    check_grads(f, (M,))


@pytest.mark.parametrize("last", [2, None])
def test_dicts_of_unlike_arrays_read_at_names_that_are_put_together(last):
    def layers(params, x, last):
        for k in range(1, (last or 2) + 1):
            x = np.tanh(x @ params["W" + str(k)] + params[f"b{k}"])
        return np.mean(x**2)

    params = {"W1": M / 9, "b1": np.array([0.1, 0.2, 0.3]), "W2": M.T / 9, "b2": np.ones(2)}
    check_grads(layers, (params, M[:, :2], last), wrt="params", order=1)


def test_refusals_in_rules_stand_at_the_call():
    def f(x):
        k = int(x[0, 0] > 0)
        return np.sum(np.diff(x, axis=k) ** 2)

    with pytest.raises(CannotDifferentiate, match=r"test_placed\.py:\d+:23: "):
        grad(f)(M)


def test_ranges_as_subscripts():
    def f(x, labels):
        return np.sum(x[range(len(labels)), labels] ** 2)

    check_grads(f, (M, np.array([2, 0])), wrt="x")


# ---------------------------------------------------------------- who else holds the list


def alias(x):
    shape = [1, 1]
    other = shape
    other[0] = -1
    return np.sum(x.reshape(shape)[0] ** 2)


def in_another_list(x):
    shape = [1, 1]
    pair = [shape, shape]
    shape[0] = -1
    return np.sum(x.reshape(pair[1])[0] ** 2)


def _put(shape, k):
    shape[k] = -1


def by_a_helper(x):
    shape = [1, 1]
    _put(shape, 0)
    return np.sum(x.reshape(shape)[0] ** 2)


def by_a_closure(x):
    shape = [1, 1]

    def put():
        shape[0] = -1

    put()
    return np.sum(x.reshape(shape)[0] ** 2)


def on_a_path(x):
    shape = [1, -1]
    if x[0] > 0:
        shape[0] = -1
        shape[1] = 1
    return np.sum(x.reshape(shape)[0] ** 2)


def before_a_copy(x):
    shape = [-1, 1]
    other = shape.copy()
    whole = shape[:]
    other[0] = whole[1] = 7
    return np.sum(x.reshape(shape)[0] ** 2)


@pytest.mark.parametrize(
    "f", [alias, in_another_list, by_a_helper, by_a_closure, on_a_path, before_a_copy]
)
def test_changes_are_seen_by_all_who_hold_the_list(f):
    np.testing.assert_allclose(grad(f)(np.array([2.0, 3.0, 4.0])), [4.0, 0.0, 0.0])


def test_places_are_looked_for_from_where_python_does():
    def f(x):
        shape = [1, -1, 1]
        return np.sum(x.reshape(shape)) * shape.index(1, 1) * shape.index(-1, 0, 2)

    np.testing.assert_allclose(grad(f)(np.ones(3)), 2 * np.ones(3))


def test_what_a_list_raises_is_caught():
    def f(x):
        shape = [2, -1]
        try:
            shape[0] = 1
            shape.pop(9)
        except IndexError:
            return np.sum(x.reshape(shape)[0] ** 2)
        return 0.0

    np.testing.assert_allclose(grad(f)(np.array([1.0, 2.0])), [2.0, 4.0])


def popped_empty(x):
    shape = [1]
    shape.pop()
    shape.pop()
    return np.sum(x.reshape([*shape, -1]))


def removed(x):
    shape = [1, -1]
    shape.remove(7)
    return np.sum(x.reshape(shape))


def sought(x):
    shape = [1, -1]
    return np.sum(x.reshape(shape)) * shape.index(9)


def inserted(x):
    shape = [1, -1]
    shape.insert(0)
    return np.sum(x.reshape(shape))


def counted(x):
    shape = [1, -1]
    return np.sum(x.reshape(shape)) * shape.count(1, 2)


def stored(x):
    shape = [1, -1]
    shape[::2] = [1, 2]
    return np.sum(x.reshape(shape))


def stepped(x):
    shape = [1, -1]
    del shape[::0]
    return np.sum(x.reshape(shape))


@pytest.mark.parametrize("f", [popped_empty, removed, sought, inserted, counted, stored, stepped])
def test_what_surely_raises_is_refused_at_its_place(f):
    with pytest.raises((IndexError, TypeError, ValueError)) as raised:
        f(np.ones(3))
    with pytest.raises(CannotDifferentiate, match=r"test_placed\.py:\d+:\d+: `.*shape") as refused:
        grad(f)(np.ones(3))
    assert str(raised.value).partition(":")[0] in str(refused.value)


def test_lists_of_different_things_may_change():
    def f(x):
        parts = [None, x[0]]
        parts[0] = x[1] * 2
        parts.append(x)
        a, b, c = parts
        return np.sum(a * b * c)

    check_grads(f, (np.array([2.0, 3.0]),))


def of_a_copy(x):
    parts, s = [x[0], x], 0.0
    for part in list(parts):
        parts[1] = 2 * x
        s += np.sum(part)
    return s + np.sum(parts[1])


def test_loops_over_copies():
    np.testing.assert_allclose(grad(of_a_copy)(np.array([1.0, 2.0])), [4.0, 3.0])


# ---------------------------------------------------------------- refused


def while_looped_over(x):
    parts, s = [x[0], x], 0.0
    for part in parts:
        parts[1] = 2 * x
        s += np.sum(part)
    return s


def while_its_numbers_are(x):
    shape, s = [1, 1], 0.0
    for n in shape:
        shape[1] = -1
        s += n * x[0]
    return s + np.sum(x.reshape(shape))


def of_two_lengths(x):
    shape = [3]
    if x[0] > 0:
        shape.append(1)
    return np.sum(x.reshape(shape))


def at_run_time(x):
    shape = [1, 1]
    shape[int(x[0] > 0)] = -1
    return np.sum(x.reshape(shape))


def of_the_caller(x, shape):
    shape[0] = -1
    return np.sum(x.reshape(shape))


@pytest.mark.parametrize(
    ("f", "args", "what"),
    [
        (of_two_lengths, (), "this list has other lengths"),
        (at_run_time, (), "which element is meant of this list"),
        (of_the_caller, ([1, 1],), "a list among the arguments is changed"),
        (while_looped_over, (), "a list is changed while it is looped over"),
        (while_its_numbers_are, (), "a list is changed while it is looped over"),
    ],
)
def test_what_only_the_run_knows_is_refused(f, args, what):
    with pytest.raises(CannotDifferentiate, match=what):
        grad(f, wrt="x")(np.array([2.0, 3.0, 4.0]), *args)


def test_ends_of_ranges_of_numbers_are_no_values():
    def f(x, n):
        return np.sum(x ** np.arange(n)) + np.sum(x * np.arange(1, n + 1))

    assert grad(f)(2.0, 3) == (11.0, None)
    with pytest.raises(CannotDifferentiate, match="an array of whole numbers"):
        grad(lambda x, n: np.sum(x ** np.arange(n, 5)))(2.0, 3)


def test_lists_among_the_arguments_are_shapes():
    def f(x, shape):
        return np.sum(np.broadcast_to(x, shape) ** 2)

    np.testing.assert_allclose(grad(f, wrt="x")(np.array([1.0, 2.0]), [3, 2]), [6.0, 12.0])
