"""What users call: which arguments, which structures come back, and how the objects behave."""

import inspect
import math
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from golden import BY_NAME, HERE

import srcgrad
from srcgrad import grad, jvp, value_and_grad, vjp
from srcgrad.cli import main
from srcgrad.errors import ArgumentError

ROOT = Path(srcgrad.__file__).parents[1]


def area(x, y, power=2):
    """The area of something."""
    return x * y**power


def dot(xs):
    return xs[0] * xs[1]


def only(x, *, scale=1.0):
    return x * x * scale


def some(xs, index, name, flag, option, count):
    total = 0.0
    for _ in range(count):
        total += xs[index]
    return -total if flag and name == "a" and option is None else total


@grad(wrt="x")
def decorated(x, y=2.0):
    """A decorated function."""
    return x * x * y


@grad
def factorial(x, n=4):
    return x if n == 1 else x * n * factorial(x, n - 1)


# ------------------------------------------------------------ wrt


@pytest.mark.parametrize(
    "wrt, expected",
    [
        (None, (4.0, 6.0)),
        ("x", 4.0),
        (0, 4.0),
        ("y", 6.0),
        (("x",), (4.0,)),
        (("y", "x"), (6.0, 4.0)),
        ((1, 0), (6.0, 4.0)),
        ((0, "y"), (4.0, 6.0)),
        (["x", "y"], (4.0, 6.0)),
        (-2, 6.0),
    ],
)
def test_wrt(wrt, expected):
    args = (1.5, 2.0)
    assert grad(area, wrt=wrt)(*args) == expected
    assert value_and_grad(area, wrt=wrt)(*args) == (6.0, expected)
    value, pullback = vjp(area, wrt=wrt)(*args)
    assert (value, pullback(1.0)) == (6.0, expected)
    one = () if expected == 4.0 or expected == 6.0 else expected
    tangents = (1.0,) * max(1, len(one))
    value, tangent = jvp(area, wrt=wrt)(args, tangents)
    assert (value, tangent) == (6.0, sum(one) if one else expected)


def test_wrt_a_default():
    assert grad(area, wrt="power")(2.0, 3.0, 2.0) == pytest.approx(2.0 * 9.0 * np.log(3.0))


def test_a_single_parameter_gives_a_bare_gradient():
    assert grad(dot)([2.0, 3.0]) == [3.0, 2.0]
    assert grad(dot, wrt=("xs",))([2.0, 3.0]) == ([3.0, 2.0],)


def test_keywords_and_defaults():
    function = grad(area)
    assert function(1.5, y=2.0) == function(y=2.0, x=1.5) == (4.0, 6.0)
    assert function(1.5, 2.0, 3) == function(1.5, 2.0, power=3) == (8.0, 18.0)
    assert function(1.5, 2.0) == (4.0, 6.0)
    value, pullback = vjp(area)(y=2.0, x=1.5)
    assert (value, pullback(2.0)) == (6.0, (8.0, 12.0))


def test_keyword_only():
    assert grad(only)(3.0) == 6.0
    assert grad(only)(3.0, scale=2.0) == 12.0
    assert grad(only, wrt="scale")(3.0, scale=2.0) == 9.0


# ------------------------------------------------------------ structures


@pytest.mark.parametrize(
    "arg, expected",
    [
        ([2.0, 3.0], [3.0, 2.0]),
        ((2.0, 3.0), (3.0, 2.0)),
        ({0: 2.0, 1: 3.0}, {0: 3.0, 1: 2.0}),
        ([2.0, 3.0, 4.0], [3.0, 2.0, 0.0]),
        (np.array([2.0, 3.0, 4.0]), np.array([3.0, 2.0, 0.0])),
        (np.array([2.0, 3.0], "f4"), np.array([3.0, 2.0], "f4")),
    ],
)
def test_structure(arg, expected):
    found = grad(dot)(arg)
    assert type(found) is type(expected)
    assert repr(found) == repr(expected)


@pytest.mark.parametrize("arg", [[2, 3], (2, 3), {0: 2, 1: 3}, [2, 3.0]])
def test_ints_are_numbers(arg):
    found = grad(dot)(arg)
    assert repr(found) == repr(type(arg)({0: 3.0, 1: 2.0} if isinstance(arg, dict) else (3.0, 2.0)))


def test_an_int_is_a_number():
    assert repr(grad(area)(2, 3)) == "(9.0, 12.0)"
    assert repr(grad(area)(2, 3.0)) == "(9.0, 12.0)"


def test_an_array_of_ints():
    try:
        found = grad(dot)(np.array([2, 3]))
    except srcgrad.SrcgradError:
        return
    assert found.tolist() == [3.0, 2.0] and found.dtype == float


def test_an_array_of_no_dimensions():
    assert grad(only)(np.array(3.0)) == 6.0


def test_numpy_scalars():
    assert repr(grad(area, wrt="x")(np.float64(2.0), 3.0)) in ("9.0", "np.float64(9.0)")
    assert grad(area, wrt="x")(np.float32(2.0), np.float32(3.0)) == 9.0


def test_what_is_no_number_has_no_gradient():
    found = grad(some)([1.0, 2.0], 1, "a", True, None, 3)
    assert found == ([0.0, -3.0], None, None, None, None, None)
    assert grad(some)([1.0, 2.0], 1, "b", True, None, 3)[0] == [0.0, 3.0]
    assert grad(some)([1.0, 2.0], 0, "a", False, None, 2)[0] == [2.0, 0.0]
    assert grad(some)([1.0, 2.0], 0, "a", True, 0.5, 2)[0] == [2.0, 0.0]


def test_lists_of_another_length():
    case = BY_NAME["sum_of_squares"]
    function = grad(case.function)
    for n in (4, 1, 0, 7):
        assert function([1.5] * n) == [3.0] * n
    assert len(function.sources) == 1


def test_gradients_are_python_floats_where_the_arguments_are():
    found = grad(BY_NAME["horner"].function)([1.0, 2.0], 3.0)
    assert [type(g) for g in (*found[0], found[1])] == [float] * 3


# ------------------------------------------------------------ methods


class Model:
    def __init__(self, rate, table):
        self.rate, self.table = rate, table

    @grad
    def loss(self, x):
        """The loss."""
        return self.rate * x * x + self.table[1] * x

    @value_and_grad(wrt="w")
    def other(self, x, w):
        return self.rate * w * w * x

    def plain(self, x):
        return self.rate * x * x

    @staticmethod
    @grad
    def square(x):
        return x * x


def test_methods():
    model = Model(2.0, np.array([1.0, 0.5]))
    assert model.loss(3.0) == Model.loss(model, 3.0) == 12.5
    assert model.other(2.0, 3.0) == (36.0, 24.0)
    assert model.square(3.0) == Model.square(3.0) == 6.0
    assert Model.loss.primal(model, 3.0) == 19.5
    assert "def loss_grad(self, x):" in Model.loss.source


def test_attributes_are_read_live():
    model, other = Model(2.0, np.array([1.0, 0.5])), Model(1.0, np.array([0.0, 0.0]))
    assert (model.loss(3.0), other.loss(3.0)) == (12.5, 6.0)
    model.rate = 5.0
    model.table[1] = 1.0
    assert (model.loss(3.0), other.loss(3.0)) == (31.0, 6.0)


def test_bound_methods():
    assert grad(Model(2.0, None).plain)(3.0) == 12.0


# ------------------------------------------------------------ globals and closures


FACTOR = 2.0


def by_factor(x):
    return FACTOR * x * x


def test_globals_are_read_live(monkeypatch):
    function = grad(by_factor)
    assert function(3.0) == 12.0
    monkeypatch.setattr(sys.modules[__name__], "FACTOR", 5.0)
    assert function(3.0) == 30.0


def test_a_global_of_another_kind_is_noticed(monkeypatch):
    function = grad(by_factor)
    assert function(3.0) == 12.0
    monkeypatch.setattr(sys.modules[__name__], "FACTOR", np.array([1.0, 2.0]))
    with pytest.raises(srcgrad.SrcgradError):
        function(3.0)


def test_closures_are_read_live():
    def made(a):
        def f(x):
            return a * x * x

        def change(to):
            nonlocal a
            a = to

        return grad(f), change

    f, change = made(2.0)
    g, _ = made(3.0)
    assert (f(1.0), g(1.0)) == (4.0, 6.0)
    change(5.0)
    assert (f(1.0), g(1.0)) == (10.0, 6.0)


# ------------------------------------------------------------ the object


def test_decorated():
    assert decorated(3.0) == 12.0
    assert decorated(3.0, y=1.0) == 6.0
    assert decorated.primal(3.0) == decorated.__wrapped__(3.0) == 18.0


def test_recursion_means_the_primal():
    assert factorial(2.0, 3) == pytest.approx(6 * 3 * 2.0**2)


def test_it_looks_like_the_function():
    function = grad(area)
    assert function.__name__ == "area"
    assert function.__doc__.endswith("\n\nThe area of something.")
    assert function.__module__ == __name__
    assert function.__qualname__ == "area"
    assert inspect.signature(function) == inspect.signature(area)
    assert function.primal is function.__wrapped__ is area
    assert "grad" in repr(function) and "area" in repr(function)
    assert callable(function)


def test_source_and_compiled():
    function = grad(dot)
    with pytest.raises(ArgumentError, match="not called yet"):
        function.source  # noqa: B018
    assert function.sources == []
    function([2.0, 3.0])
    first = function.source
    assert first.startswith("def dot_grad(xs):")
    function((2.0, 3.0))
    assert function.source != first
    assert function.sources == [first, function.source]
    assert function.compiled.__name__ == "dot_grad"
    assert function.compiled((2.0, 3.0)) == (3.0, 2.0)
    function([4.0, 5.0])
    assert function.source == first
    assert len(function.sources) == 2
    assert inspect.getsource(function.compiled).strip() == first.strip()
    assert not isinstance(function.compiled, srcgrad.differentiated.Differentiated)


def test_the_same_source_each_time():
    one, two = grad(area), grad(area)
    assert one(1.0, 2.0) == two(1.0, 2.0)
    assert one.source == two.source


@pytest.mark.parametrize("mode", [grad, value_and_grad])
def test_pickling(mode):
    function = mode(area)
    expected = function(1.5, 2.0)
    again = pickle.loads(pickle.dumps(function))
    assert again(1.5, 2.0) == expected
    assert again.source == function.source
    assert again.wrt == function.wrt
    again = pickle.loads(pickle.dumps(mode(area, wrt="y")))
    assert again(1.5, 2.0) == mode(area, wrt="y")(1.5, 2.0)


def test_pickling_of_decorated_functions_and_methods():
    assert pickle.loads(pickle.dumps(decorated))(3.0) == 12.0
    assert pickle.loads(pickle.dumps(Model.square))(3.0) == 6.0
    assert pickle.loads(pickle.dumps(grad(Model(2.0, None).plain)))(3.0) == 12.0
    second = pickle.loads(pickle.dumps(grad(grad(by_factor))))
    assert second(3.0) == 4.0


def elsewhere(function, statements):
    """Run statements in another process; `function` is what was pickled here."""
    script = f"import pickle, sys\nfunction = pickle.loads(sys.stdin.buffer.read())\n{statements}"
    paths = [str(ROOT), str(HERE.parent)]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}\n{script}"],
        input=pickle.dumps(function),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_use_in_another_process():
    case = BY_NAME["neuron"]
    function = grad(case.function)
    found = function(*case.args)
    out = elsewhere(function, f"print(function(*{case.args!r})); print(function.source, end='')")
    assert out == f"{found}\n{function.source}"


def test_a_local_function_in_another_process():
    def local(x, y):
        return x * x * y

    function = grad(local)
    found = function(1.5, 2.0)
    out = elsewhere(function, "print(function(1.5, 2.0)); print(function.source, end='')")
    assert out == f"{found}\n{function.source}"


# ------------------------------------------------------------ kinks on floats


def test_infinite_derivatives_raise():
    for f, x in [
        (lambda x: math.sqrt(x), 0.0),
        (lambda x: math.asin(x), 1.0),
        (lambda x: math.acosh(x), 1.0),
        (lambda x: x**0.5, 0.0),
    ]:
        with pytest.raises((ZeroDivisionError, ValueError)):
            grad(f)(x)


def test_the_same_errors_as_the_primal():
    def f(x):
        if x > 0:
            y = x * x
        return y * x

    assert grad(f)(2.0) == 12.0
    with pytest.raises(UnboundLocalError):
        grad(f)(-2.0)


# ------------------------------------------------------------ the main job


def test_neuron():
    case = BY_NAME["neuron"]
    f, (dw, dx) = value_and_grad(case.function)(*case.args)
    assert [round(v, 2) for v in (f, *dw, *dx)] == [0.73, -0.2, -0.39, 0.2, 0.39, -0.59]
    exact = case.closed(*case.args)
    assert (dw, dx) == (pytest.approx(exact[0], abs=1e-12), pytest.approx(exact[1], abs=1e-12))
    circuit = grad(BY_NAME["circuit"].function)(*case.args)
    assert circuit[0] == pytest.approx(dw, abs=1e-12)
    assert circuit[1] == pytest.approx(dx, abs=1e-12)


EXPERT = """\
import math


def neuron_grad(w, x):
    # forward pass
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot))

    # backward pass
    ddot = (1 - f) * f
    dw = [x[0] * ddot, x[1] * ddot, ddot]
    dx = [w[0] * ddot, w[1] * ddot]
    return dw, dx
"""


def test_neuron_reads_as_an_expert_writes_it(capsys):
    target = f"{ROOT / 'examples' / 'neuron.py'}:neuron"
    assert main(["show", target, "--comments", "passes"]) == 0
    assert capsys.readouterr().out == EXPERT


# ------------------------------------------------------------ structures of tangents and cotangents


def pair(w, x):
    return {"a": w[0] * x, "b": [w[1], x]}


@pytest.mark.parametrize(
    "tangents, words",
    [
        (((1.0, 2.0), 1.0), "the tangent of `w`: takes a list of 2, and is a tuple of 2"),
        (([1.0], 1.0), "a list of 2, and is a list of 1"),
        (([1.0, None], 1.0), r"\[1\] takes a number, and is None"),
        (([1.0, 2.0], np.ones(2)), "the tangent of `x`: takes a number"),
    ],
)
def test_tangents_of_another_structure(tangents, words):
    with pytest.raises(ArgumentError, match=words):
        jvp(pair)(([1.0, 2.0], 3.0), tangents)


@pytest.mark.parametrize(
    "cotangent, words",
    [
        (1.0, "the cotangent of `pair`: takes a dict of 2"),
        ({"a": 1.0, "c": [0.0, 0.0]}, "the keys 'a', 'b'"),
        ({"a": 1.0, "b": [0.0]}, r"\['b'\] takes a list of 2, and is a list of 1"),
        ({"a": [1.0], "b": [0.0, 1.0]}, r"\['a'\] takes a number"),
    ],
)
def test_cotangents_of_another_structure(cotangent, words):
    _, pullback = vjp(pair)([1.0, 2.0], 3.0)
    with pytest.raises(ArgumentError, match=words):
        pullback(cotangent)
    assert pullback({"a": 1, "b": [0.0, np.float64(1.0)]}) == ([3.0, 0.0], 2.0)


def test_cotangents_of_another_shape():
    def double(x):
        return x * 2.0

    _, pullback = vjp(double)(np.ones(3))
    for wrong in (np.ones(2), [1.0, 1.0, 1.0], 1.0, np.array(["a", "b", "c"])):
        with pytest.raises(ArgumentError, match="an array of shape"):
            pullback(wrong)
    with pytest.raises(ArgumentError, match="an array of shape"):
        jvp(double)((np.ones(3),), (np.ones((3, 1)),))
