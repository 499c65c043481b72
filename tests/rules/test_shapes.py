"""NumPy's functions of shape and movement: memory, hard points, precision, and what is refused."""

import warnings

import numpy as np
import pytest

from srcgrad import check_grads, grad, value_and_grad, vjp
from srcgrad.errors import CannotDifferentiate

X = np.array([0.3, 0.8, 1.7])
M = np.array([[0.3, -0.8, 1.7], [1.1, 0.4, -0.6]])
S = np.array([[0.9, 0.8, 1.7], [1.1, 1.4, 0.6], [0.2, 0.1, 0.5]])

# ------------------------------------------------------------ views are views, copies are copies


def pieces(x):
    y = x * x
    a, b = np.split(y, [1])
    a[0] = 3.0
    b[:] = a * x[1:]
    return np.sum(y * y)


def swapped(x):
    y = x * x
    z = np.swapaxes(y, 0, 1)
    z[0] = x[0]
    return np.sum(y * y)


def flipped(x):
    y = x * x
    z = np.flip(y, 0)
    z[0] = z[1] * x[0]
    w = np.moveaxis(z, 0, 1)
    w[1] = 2.0
    return np.sum(y * y * x)


def transposed(x):
    y = x * x
    np.transpose(y, (1, 0))[1] = x[:, 0]
    return np.sum(y * y * x)


def expanded(x):
    y = x * x
    z = np.expand_dims(y, 0)
    z[0, 1] = x[0]
    np.squeeze(z, 0)[0] *= x[1]
    return np.sum(y * y * x)


def as_matrix(x):
    y = x * x
    np.atleast_2d(y)[0, 1] = x[0]
    return np.sum(y * y)


def turned(x):
    y = x * x
    np.rot90(y)[0] = x[0]
    return np.sum(y * y)


def joined(x):
    y = np.concatenate([x, x])
    y[0] = x[1]
    return np.sum(x * y[:3] * y[3:])


def collected(x):
    rows = []
    for k in range(3):
        row = x * k
        row[0] = x[1]
        rows.append(row)
    out = np.stack(rows)
    rows[0][1] = 7.0
    return np.sum(out * out)


def flat_copy(x):
    y = x * x
    z = y.flatten()
    y[0] = 2.0
    z[1] = x[0]
    return np.sum(z * z) + np.sum(y * y)


def reshaped_at_last(x):
    y = np.zeros(len(x))
    for k in range(len(x)):
        y[k] = x[k] * x[k]
    z = y.reshape(3, 1)
    return np.sum(z * z.T)


@pytest.mark.parametrize(
    "function, x",
    [(f, X) for f in (pieces, expanded, as_matrix, joined, collected, flat_copy, reshaped_at_last)]
    + [(f, S) for f in (swapped, flipped, transposed, turned)],
)
def test_memory(function, x):
    assert check_grads(function, (x,), order=2).ok
    assert value_and_grad(function)(x.copy())[0] == pytest.approx(function(x.copy()))


def doubtful(x):
    y = x * x
    z = y.reshape(3, 3)
    y[0, 0] = 2.0
    return np.sum(z)


def doubtful_in_loop(x):
    y = x * x
    s = 0.0
    for k in range(3):
        s += np.sum(np.ravel(y) * 2.0)
        y[k] = s
    return s


def doubtful_diagonal(x):
    y = x * x
    d = np.diag(y)
    y[0, 0] = 5.0
    return np.sum(d)


@pytest.mark.parametrize("function", [doubtful, doubtful_in_loop, doubtful_diagonal])
def test_what_may_be_a_view_is_refused(function):
    with pytest.raises(CannotDifferentiate, match="gives a view or a copy"):
        grad(function)(S)


def test_gradients_share_no_memory():
    def f(x, y, w):
        return np.sum(np.concatenate([x, y]) * w) + np.sum(np.stack([x, y])[0] * w[:3])

    w = np.arange(6.0)
    dx, dy, dw = grad(f)(X, X + 1, w)
    assert not any(np.shares_memory(a, b) for a, b in ((dx, dy), (dx, w), (dy, w), (dw, w)))
    for d in (dx, dy, dw):
        d += 1.0  # writable


def test_a_list_of_arrays_as_an_argument():
    def f(xs, y):
        return np.sum(np.concatenate(xs) * y) + np.sum(np.stack(xs) ** 2)

    assert check_grads(f, ([X, X + 1], np.arange(6.0)), order=2).ok


# ------------------------------------------------------------ hard points


def ordered(x):
    return np.sum(np.sort(x) * np.arange(4.0))


def halves(x):
    return np.sum(np.partition(x, 1) * np.array([1.0, 2.0, 2.0, 2.0]))


def between(x):
    return np.sum(np.interp(x, np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 3.0])))


def chosen(x):
    return np.sum(np.select([x > 0, x > -1], [np.sqrt(x), 2 * x], -x))


def picked(x):
    return np.sum(np.choose(x > 0, [x, np.sqrt(x)]))


def stepped(x):
    return np.sum(np.unwrap(x) * np.arange(2.0))


@pytest.mark.parametrize(
    "function, x, wanted",
    [
        (ordered, [1.0, 0.0, 1.0, 2.0], [1, 0, 2, 3]),
        (halves, [1.0, 1.0, 1.0, 2.0], None),
        (between, [0.0, 0.5, 1.0, 3.0, 4.0, -1.0], [1.0, 2.0, 1.25, 0.25, 0.0, 0.0]),
        (chosen, [4.0, -0.5, -2.0, 0.0], [0.25, 2.0, -1.0, 2.0]),
        (picked, [4.0, -0.5, 0.0], [0.25, 1.0, 1.0]),
        (stepped, [0.0, 6.0], [0.0, 1.0]),
    ],
)
def test_hard_points(function, x, wanted):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the root of what is not chosen
        found = grad(function)(np.array(x))
    if wanted is None:  # a tie: one of the three has the derivative 1, and the others 2
        wanted = found
        assert sorted(found) == [1.0, 2.0, 2.0, 2.0]
    np.testing.assert_allclose(found, wanted)


def unequal(x):
    return np.sum(np.split(x, 2)[0])


def out_of_range(x):
    return np.sum(np.choose(np.array([0, 2, 1]), [x, 2 * x]))


def too_short(x):
    return np.sum(np.gradient(x[:1]))


def beyond(x):
    return np.sum(np.insert(x, 5, 1.0))


@pytest.mark.parametrize(
    "function, error",
    [
        (unequal, ValueError),
        (out_of_range, ValueError),
        (too_short, ValueError),
        (beyond, IndexError),
    ],
)
def test_errors_of_numpy(function, error):
    for f in (function, grad(function)):
        with pytest.raises(error):
            f(X)


# ------------------------------------------------------------ precision, layout, whole numbers


def many(x):
    y = np.concatenate([x, np.flip(x)])
    y = np.roll(np.pad(np.tile(y, 2), 1), 2) * 2
    y = np.take(np.sort(y), [0, 3, 5]) * np.repeat(x, 2)[:3]
    return np.sum(np.diff(y) * np.gradient(y)[1:]) + np.sum(np.trace(np.diag(x)) * np.stack([x, x]))


def test_float32_stays():
    value, (found,) = vjp(many)(X.astype(np.float32))[0], [grad(many)(X.astype(np.float32))]
    assert found.dtype == np.float32
    assert np.asarray(value).dtype == np.float32 == many(X.astype(np.float32)).dtype
    np.testing.assert_allclose(found, grad(many)(X), rtol=2e-4)


@pytest.mark.parametrize("x", [M.T[::2], M[:, ::-1], np.asfortranarray(M), M[:, :0]])
def test_other_layouts(x):
    def f(x):
        y = np.concatenate([np.ravel(x), x.T.flatten(), np.roll(x, 1, 0).reshape(-1)])
        return np.sum(y * y) + np.sum(np.swapaxes(np.sort(x, 0), 0, 1) ** 2)

    assert check_grads(f, (x,)).ok


def test_whole_numbers_are_promoted():
    def f(x):
        return np.sum(np.concatenate([np.arange(3), x, np.eye(2, dtype=int)[0]]) ** 2)

    assert check_grads(f, (X,)).ok
    assert np.concatenate([np.arange(3), X]).dtype == np.float64


# ------------------------------------------------------------ what is refused


def by_memory(x):
    return np.sum(np.reshape(x, 6, order="A"))


def unset(x):
    return np.sum(np.pad(x, 1, "empty"))


def no_such_axis(x):
    return np.sum(np.flip(x, 2))


def twice(x):
    return np.sum(np.transpose(x, (0, 0)))


def which_axis(x, k):
    return np.sum(np.roll(x, 1, axis=int(k)))


def by_sections(x):
    return np.sum(np.r_["-1", x, x])


def wrapped(x):
    y = x * 1.0
    np.fill_diagonal(y, 0.0, wrap=True)
    return np.sum(y)


def unknown_mode(x):
    return np.sum(np.take(x, [0, 9], mode="cut"))


def varied_edge(x):
    return np.sum(np.pad(x[0], 1, constant_values=x[0, 0]))


def rounded(x):
    return np.sum(np.insert(np.arange(3), 1, x[0, 0]))


@pytest.mark.parametrize(
    "function, what",
    [
        (by_memory, "how the memory lies"),
        (unset, "mode="),
        (no_such_axis, "there is no axis 2"),
        (twice, "named twice"),
        (rounded, "is rounded"),
        (by_sections, "call np.concatenate"),
        (wrapped, "without `wrap=True`"),
        (unknown_mode, "mode="),
        (varied_edge, "no derivative by `constant_values`"),
    ],
)
def test_refused(function, what):
    with pytest.raises(CannotDifferentiate, match=what):
        grad(function)(M)


def test_an_axis_is_a_literal_or_an_int_among_the_arguments():
    with pytest.raises(CannotDifferentiate, match="`axis` is to be a literal"):
        grad(which_axis, wrt="x")(M, 1.0)
