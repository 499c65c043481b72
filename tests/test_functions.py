"""Functions of functions: that programs of them are right, and what of them is refused."""

import types

import functions
import numpy as np
import pytest

from srcgrad import check_grads, grad, value_and_grad, vjp
from srcgrad.errors import CannotDifferentiate

PROGRAMS = [
    f
    for f in vars(functions).values()
    if isinstance(f, types.FunctionType) and hasattr(f, "points")
]


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__)
def test_right_to_second_order(function):
    for point in function.points:
        check_grads(function, point, order=2)


def test_there_are_many():
    assert len(PROGRAMS) >= 80


# ------------------------------------------------------------ what happens, and when


def test_a_default_is_evaluated_where_the_function_is_made():
    seen = []

    def f(x):
        def note(value):
            seen.append(value)
            return value

        def g(y, k=3.0):
            return y * k

        return g(x) + g(x)

    assert grad(f)(1.0) == 6.0


def test_a_nested_function_prints_as_often_as_it_is_called(capsys):
    def f(x, n):
        def step(y):
            print("step")
            return y * x

        y = x
        for _ in range(n):
            y = step(y)
        return y

    assert grad(f, wrt="x")(2.0, 3) == 4 * 2.0**3
    assert capsys.readouterr().out == "step\n" * 3


def test_a_recursive_helper_prints_as_often_as_it_is_called(capsys):
    def f(x, n):
        def go(k):
            if k == 0:
                return x
            print("at", k)
            return go(k - 1) * x

        return go(n)

    for order, derivative in ((1, 4 * 2.0**3), (2, 12 * 2.0**2)):
        function = f
        for _ in range(order):
            function = grad(function, wrt="x")
        assert function(2.0, 3) == derivative
        assert capsys.readouterr().out == "at 3\nat 2\nat 1\n"


def test_a_text_is_made_once():
    def f(x):
        total = 0.0

        def add(v):
            nonlocal total
            total += v
            return total

        text = "%g" % add(x) + f"{add(x)}" + "-" * 2  # noqa: UP031
        assert len(text) > 2
        return total * x

    assert grad(f)(3.0) == 12.0


# ------------------------------------------------------------ helpers of their own


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def power_backward(x, n):
    """Of the name of what is made of `power`."""
    return 2.0 if n == 0 else x + power_backward(x, n - 1)


def two_powers(x, n):
    return power(x, n) * power_backward(x, n)


def test_of_higher_order():
    third = grad(grad(grad(power, wrt="x"), wrt="x"), wrt="x")
    assert third(1.5, 5) == pytest.approx(60 * 1.5**2, rel=1e-14)


def test_names_of_what_is_made_of_helpers():
    check_grads(two_powers, (1.5, 3), order=2)


def given_back(v, n):
    return v if n == 0 else given_back(v, n - 1)


def changes_what_it_gave(v, n):
    w = v * 2.0
    u = given_back(w, n)
    w[0] = 1.0
    return np.sum(u * u)


def endless(x, n):
    return x * endless(x, n + 1)


def ever_new(v, n):
    return n if len(v) == 9 else ever_new((*v, n), n)


def test_recursion_that_is_refused():
    with pytest.raises(CannotDifferentiate, match="may give back what it was given"):
        grad(changes_what_it_gave, wrt="v")(np.ones(3), 2)
    with pytest.raises(CannotDifferentiate, match="calls itself on every path"):
        grad(endless, wrt="x")(1.0, 1)


def test_recursion_over_a_structure_is_written_out():
    derivative = grad(ever_new, wrt="n")
    assert derivative((), 2.0) == 1.0
    assert "ever_new(" not in derivative.source


def test_the_caller_may_change_what_a_helper_kept():
    """A pullback finds what the helper was given, and what it returned, as they were."""

    def f(v, n):
        def go(w, k):
            return np.tanh(w) if k == 0 else go(w * w, k - 1)

        return go(v, n)

    v = np.array([0.3, 0.7])
    value, pullback = vjp(f, wrt="v")(v, 2)
    expected = pullback(np.ones(2))
    v[:] = value[:] = 9.0
    assert pullback(np.ones(2)).tolist() == expected.tolist()


# ------------------------------------------------------------ what decides is guarded


def test_the_function_of_a_table_may_be_exchanged(monkeypatch):
    table = {"bend": lambda x: x * x}

    def f(x):
        return table["bend"](x)

    derivative = grad(f)
    assert derivative(3.0) == 6.0
    table["bend"] = lambda x: x * x * x
    assert derivative(3.0) == 27.0


def test_another_name_for_a_builtin_may_be_given_to_something_else(monkeypatch):
    monkeypatch.setattr(functions, "ADD", sum, raising=False)

    def f(xs):
        return functions.ADD(xs) * xs[0]

    derivative = grad(f)
    assert derivative([2.0, 3.0]) == [7.0, 2.0]
    monkeypatch.setattr(functions, "ADD", max)
    assert derivative([2.0, 3.0]) == [3.0, 2.0]


# ------------------------------------------------------------ what is refused


def test_functions_that_are_chosen_while_it_runs():
    def f(x):
        step = (lambda y: 2 * y) if x > 0 else (lambda y: y)
        return step(x)

    with pytest.raises(CannotDifferentiate, match="a function and a function") as caught:
        grad(f)(1.0)
    assert "test_functions.py" in str(caught.value)


def test_a_result_for_second_order_that_is_no_number():
    def f(x):
        return x, lambda y: y

    with pytest.raises(CannotDifferentiate, match="returns a function"):
        vjp(f)(np.ones(2))


# ------------------------------------------------------------ derivatives inside of functions


def cube(x, y=1.0):
    return x**3 * y


CUBE_GRAD = grad(cube)


def test_gradients_inside_of_functions():
    assert grad(lambda x: grad(cube)(x) ** 2)(2.0) == 288.0  # (3 x²)² is 9 x⁴
    assert grad(lambda x: grad(cube, wrt="y")(x, 2.0))(2.0) == 12.0
    assert grad(lambda x: CUBE_GRAD(x) ** 2)(2.0) == 288.0
    assert grad(lambda x: value_and_grad(cube)(x)[0])(2.0) == 12.0


def test_gradients_of_functions_made_inside():
    def f(x):
        return grad(lambda y: x * y * y)(x)

    with pytest.raises(CannotDifferentiate, match="is of a function that is made inside"):
        grad(f)(1.0)
