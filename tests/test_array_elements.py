"""Arrays as Python takes them: loops over rows, unpacking, builtins, attributes, methods of numbers."""

import math

import numpy as np
import pytest

from srcgrad import check_grads, grad, value_and_grad
from srcgrad.errors import CannotDifferentiate

X = np.array([0.3, -0.8, 1.7, 0.5])
M = np.arange(12.0).reshape(3, 4) / 7 + 0.1


def elements(m):
    total = 0.0
    for row in m:
        for v in row:
            total += v * math.sin(v)
    for column in m.T:
        total += column @ column * column[1]
    return total


def rows_that_change(m):
    b = m * m
    for i, row in enumerate(b):
        row *= row[0]
        row[i] = m[i, 0]
    return np.sum(b * b)


def unpacked(m):
    total = 0.0
    for a, b, c, d in m:
        total += a * b - c * d * d
    (a, b), (c, d) = m[:2, :2]
    first, *others = m
    return total + a * d - b * c * c + np.sum(first * others[1])


def sequences(x):
    as_list, as_tuple, ordered = list(x), tuple(x), sorted(x)
    return sum(as_list) * as_tuple[0] + ordered[0] * ordered[3] + sum(map(math.sin, x))


def sums(m):
    return np.sum(sum(m) ** 2) + np.sum(sum(m, np.ones(4)) ** 3) + sum(r @ r for r in m)


def extremes(x):
    return max(x) * min(x) * x[0] + max(v * v for v in x)


def asked(x):
    if x.dtype == float and x.itemsize == 8 and x.nbytes == 32 and x.dtype.kind == "f":
        return np.sum(x * x)
    return np.sum(x)


def of_a_number(x):
    s = np.sum(x * x)
    add = x.sum
    return s.sum() * s.max() + s.T * s.copy() + s.astype(float) + add() + s.size + len(s.shape)


def single(m):
    return m[1:2, 2].item() * m[0, 0].item() + float(np.asarray(m[0, 1] * m[2, 2]))


def filled(x):
    y = x * x
    y.fill(x[0])
    y[1] = x[2]
    return np.sum(y * y)


CASES = {
    elements: M,
    rows_that_change: M,
    unpacked: M,
    sequences: X,
    sums: M,
    extremes: X,
    asked: X,
    of_a_number: X,
    single: M,
    filled: X,
}


@pytest.mark.parametrize("function", CASES, ids=lambda f: f.__name__)
def test_case(function):
    # a pullback's views of what changes are refused, so the first is not differentiated again
    check_grads(function, (CASES[function],), order=1 if function is elements else 2)
    value, _ = value_and_grad(function)(CASES[function].copy())
    assert value == function(CASES[function].copy())


def flat(m):
    total = 0.0
    for k, v in enumerate(m.flat):
        total += k * v * v
    return total + m.flat[3] * m.item(5)


@pytest.mark.parametrize("order", ["C", "F"])
def test_flat(order):
    check_grads(flat, (np.array(M, order=order),))


def widened(x):
    return np.sum(np.broadcast_to(x * x, (2, 4)))


def chosen(x, y):
    return np.sum(np.where(x > 0, x, y))


def test_a_number_that_stands_for_an_array_counts_each_element():
    check_grads(widened, (X,))
    check_grads(chosen, (X, np.outer([1.0, 2.0], X)))
    check_grads(lambda x: np.sum(x * 2 - x.mean()) ** 2, (X,), order=2)


def test_ties_share_evenly():
    assert list(grad(lambda x: max(x) * 3)(np.array([1.0, 2.0, 2.0]))) == [0.0, 1.5, 1.5]


def test_ints_that_would_be_cut_off_are_refused():
    def of_ints(k, x):
        return np.sum(np.array([k, 2 * k]) * x)

    def of_floats(k, x):
        return np.sum(np.array([k, 2 * k], dtype=float) * x)

    with pytest.raises(CannotDifferentiate, match="whole numbers, made of one that varies"):
        grad(of_ints, wrt="k")(2, X[:2])
    assert grad(of_floats, wrt="k")(2, X[:2]) == X[0] + 2 * X[1]


def test_a_list_of_ints_among_floats_makes_floats():
    def squares(xs):
        v = np.array(xs)
        v[0] *= 0.5
        return np.sum(v * v)

    gradient = grad(squares)
    assert gradient([1.0, 2.5]) == [0.5, 5.0]
    assert gradient([1.0, 2]) == gradient([1, 2.0]) == [0.5, 4.0]


def reshaped_in_place(x):
    x.shape = (2, 2)
    return np.sum(x * x)


def member(x):
    return np.sum(x) if 0.5 in x else np.sum(x * x)


def too_many(x):
    a, b = x[0]
    return a * b


def array_of_arrays_of_text(x):
    return np.sum(np.array(["a", x[0]]))


@pytest.mark.parametrize("function", [reshaped_in_place, member, too_many, array_of_arrays_of_text])
def test_refused(function):
    with pytest.raises(CannotDifferentiate) as refusal:
        grad(function)(X)
    place = f"test_array_elements.py:{function.__code__.co_firstlineno + 1}:"
    assert place in str(refusal.value)


def test_lengths_are_checked():
    def two(x):
        a, b = x
        return a * b

    with pytest.raises(ValueError, match="unpack"):
        grad(two)(X)
