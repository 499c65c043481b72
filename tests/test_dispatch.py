"""Which calls are served by a specialisation at once, and which have it compiled anew."""

import types

import numpy as np
import pytest

from srcgrad import grad
from srcgrad.checks import check_grads
from srcgrad.errors import CannotDifferentiate

RATE = 2.0
TABLE = {"fast": 3.0}


def of_global(x):
    return RATE * x * x


def of_table(x):
    return TABLE["fast"] * x * x


def of_cell(rate):
    def scaled(x):
        return rate * x * x

    return scaled


def helper(x):
    return x * x


def of_helper(x):
    return helper(x)


class Model:
    def __init__(self):
        self.rate = 2.0

    def squared(self, x):
        return self.rate * x * x


def calls():
    model = Model()
    return [(of_global, 4.0), (of_table, 6.0), (of_cell(5.0), 10.0), (of_helper, 2.0)] + [
        (model.squared, 4.0)
    ]


@pytest.mark.parametrize("function, expected", calls(), ids=lambda p: getattr(p, "__name__", None))
def test_served_at_once(function, expected, monkeypatch):
    """What is guarded is found where it was: the second call does not look for a specialisation."""
    derivative = grad(function, wrt="x")
    assert derivative(1.0) == expected
    monkeypatch.setattr(derivative, "_serving", None)
    assert derivative(1.0) == expected


def test_compiled_anew_where_what_is_outside_has_changed(monkeypatch):
    derivative = grad(of_global)
    assert derivative(1.0) == 4.0
    monkeypatch.setitem(globals(), "RATE", 3.0)
    assert derivative(1.0) == 6.0 and len(derivative.sources) == 1
    monkeypatch.setitem(globals(), "RATE", 3)
    assert derivative(1.0) == 6.0 and len(derivative.sources) == 2
    derivative = grad(of_helper)
    assert derivative(1.0) == 2.0
    monkeypatch.setitem(globals(), "helper", lambda x: x * x * x)
    assert derivative(1.0) == 3.0


def test_two_closures_of_one_function():
    two, five = grad(of_cell(2.0)), grad(of_cell(5.0))
    assert [d(1.0) for d in (two, five, two)] == [4.0, 10.0, 4.0]


def test_what_a_closure_holds_may_change():
    cell = types.CellType(2.0)
    inner = of_cell(1.0)
    function = types.FunctionType(inner.__code__, globals(), "scaled", None, (cell,))
    derivative = grad(function)
    assert derivative(1.0) == 4.0
    cell.cell_contents = 3.0
    assert derivative(1.0) == 6.0
    cell.cell_contents = 3  # an int, which is another kind
    assert derivative(1.0) == 6.0 and len(derivative.sources) == 2


def test_ints_that_the_code_depends_on():
    """An axis is part of what a specialisation is made for; how often a loop turns is not."""

    def total(x, axis=-1, steps=2):
        for _ in range(steps):
            x = x + x.sum(axis, keepdims=True) / x.shape[axis]
        return np.sum(x * x)

    x = np.arange(6.0).reshape(2, 3)
    derivative = grad(total)
    for axis, steps in ((-1, 2), (0, 3), (1, 1), (-1, 5), (0, 1), (-2, 2)):
        assert np.allclose(derivative(x, axis, steps), 2 * 4**steps * mean_part(x, axis, steps))
    assert len(derivative.sources) == 4
    assert check_grads(total, (x, 0, 3), order=2).ok
    with pytest.raises(CannotDifferentiate, match="axis 2 is out of bounds"):
        derivative(x, 2)

    def of_tuples(x, how):
        part = np.moveaxis(x, how["axes"][0] % x.ndim, -1)
        return np.sum(part.mean(axis=how["axes"][1]) ** 2) * how["k"]

    derivative = grad(of_tuples, wrt="x")
    for how in ({"axes": (0, 1), "k": 2}, {"axes": (-1, 0), "k": 3}, {"axes": (-1, 0), "k": 4}):
        assert check_grads(of_tuples, (x, how), wrt="x").ok
        derivative(x, how)
    assert len(derivative.sources) == 2


def mean_part(x, axis, steps):
    """What `total` takes the gradient of, in closed form: the mean grows by a factor of 2 a step."""
    mean = x.mean(axis=axis, keepdims=True)
    return mean + (x - mean) / 4**steps
