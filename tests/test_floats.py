"""Gradients are of floats, whatever the arguments are."""

import numpy as np
import pytest

from srcgrad import grad, vjp
from srcgrad.trees import leaves


def squares(xs):
    s = 0
    for x in xs:
        s += x * x
    return s


def generated(xs):
    return sum(x * x for x in xs)


def indexed(xs):
    s = 0
    for i in range(len(xs)):
        s += xs[i] * xs[i]
    return s


def branches(xs):
    s = 0
    for x in xs:
        if x > 1:
            s += x * x
        else:
            s -= x
    return s


def emptied(xs):
    xs = list(xs)
    s = 0
    while xs:
        x = xs.pop()
        s += x * x
    return s


def emptied_from_the_front(xs):
    s, xs = 0, xs[:]
    while xs:
        x = xs.pop(0)
        s += x * x * x
    return s


def rows(m):
    s = 0
    for row in m:
        for x in row:
            s += x * x
    return s


def polynomial(xs, x=2):
    y = 0
    for a in xs:
        y = y * x + a
    return y


def changed(xs):
    for i in range(1, len(xs)):
        xs[i] += xs[i - 1] * xs[i]
    return xs[-1]


def picked(xs):
    return xs[0] * xs[-1]


CASES = [squares, generated, indexed, branches, emptied, emptied_from_the_front, polynomial, changed, picked]  # fmt: skip


@pytest.mark.parametrize("f", CASES)
def test_lists_of_ints_have_gradients_of_floats(f):
    found = grad(f)([3, 1, 2])
    assert found == grad(f)([3.0, 1.0, 2.0])
    assert all(type(x) is float for x in leaves(found))


def test_rows_of_ints_have_gradients_of_floats():
    assert all(type(x) is float for x in leaves(grad(rows)([[1, 2], [3, 4]])))


@pytest.mark.parametrize("f", [squares, generated, indexed, branches, emptied, polynomial, picked])
def test_cotangents_may_be_ints(f):
    found = vjp(f)([3, 1, 2])[1](1)
    assert all(type(x) is float for x in leaves(found))
    assert found == grad(f)([3, 1, 2])


def test_a_step_along_the_gradient_of_ints():
    """What ints among floats would break."""
    step = np.array(grad(squares)([3, 1, 2]))
    step *= 0.5
    assert step.tolist() == [3.0, 1.0, 2.0]
