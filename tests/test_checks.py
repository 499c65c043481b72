"""The oracle itself: it takes what is right, and catches what is wrong by 0.1 %.

Derivatives written by hand stand in for the compiler's.
"""

import math
import pickle
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
from byhand import by_hand, check, product, product_jacobian

import srcgrad
from srcgrad import trees
from srcgrad.checks import Tools
from srcgrad.checks.differences import slope
from srcgrad.errors import ArgumentError, CheckFailed


@dataclass
class Model:
    weight: np.ndarray
    bias: float
    name: str = "model"


class Pair(NamedTuple):
    a: float
    b: float


def quadratic(w):
    return w[0] * w[0] + 3.0 * w[1] * w[0]


CASES = {
    "scalars": (product, (2.0, 0.5), product_jacobian, ("x", "y")),
    "an int is a number": (product, (2, 1), product_jacobian, ("x", "y")),
    "list": (
        quadratic,
        ([0.5, -2.0],),
        lambda w: [2 * w[0] + 3 * w[1], 3 * w[0]],
        ("w",),
    ),
    "list with an int": (
        quadratic,
        ([2, -2.0],),
        lambda w: [2 * w[0] + 3 * w[1], 3 * w[0]],
        ("w",),
    ),
    "tuple": (lambda p: p[0] / p[1], ((1.0, 3.0),), lambda p: [1 / p[1], -p[0] / p[1] ** 2], "p"),
    "dict": (
        lambda p: p["a"] * np.sum(p["w"]),
        ({"w": np.array([1.0, 2.0]), "a": 0.5, "name": "x"},),
        lambda p: [p["a"], p["a"], np.sum(p["w"])],
        ("p",),
    ),
    "dataclass": (
        lambda m: np.sum(m.weight**2) * m.bias,
        (Model(np.array([1.0, -2.0]), 0.3),),
        lambda m: [*(2 * m.weight * m.bias), np.sum(m.weight**2)],
        ("m",),
    ),
    "NamedTuple": (lambda p: p.a * p.b**2, (Pair(2.0, 3.0),), lambda p: [p.b**2, 12.0], ("p",)),
    "matrix": (
        lambda A: np.sum(np.exp(A)),
        (np.array([[0.1, 0.2], [0.3, -4.0]]),),
        lambda A: np.exp(A).ravel(),
        ("A",),
    ),
    "float32": (
        lambda A: np.sum(np.sin(A) * A),
        (np.linspace(-2, 1, 7, dtype=np.float32),),
        lambda A: np.cos(A) * A + np.sin(A),
        ("A",),
    ),
    "float32 inside": (
        lambda A: (A.astype(np.float32) ** 2).sum(),
        (np.linspace(1, 2, 3, dtype=np.float32),),
        lambda A: 2 * A,
        ("A",),
    ),
    "array out": (
        lambda x: np.array([x, x * x, math.exp(x)]),
        (0.7,),
        lambda x: [[1.0], [2 * x], [math.exp(x)]],
        ("x",),
    ),
    "structure out": (
        lambda x, y: {"p": (x * y, "text"), "q": [y]},
        (0.7, 0.2),
        lambda x, y: [[y, x], [0.0, 1.0]],
        ("x", "y"),
    ),
    "steep": (lambda x: math.exp(-300.0 * x), (0.01,), lambda x: [-300 * math.exp(-3.0)], "x"),
    "tiny argument": (lambda x: math.log(x), (1e-7,), lambda x: [1e7], ("x",)),
    "at the edge of its domain": (lambda x: math.sqrt(x - 1), (1.0001,), lambda x: [50.0], "x"),
    "large": (lambda x: 1e9 * x + x * x, (1e4,), lambda x: [1e9 + 2e4], ("x",)),
}


@pytest.mark.parametrize("name", CASES)
def test_right_ones_pass(name):
    f, args, jacobian, names = CASES[name]
    report = check(f, args, by_hand(jacobian, names))
    assert report.ok
    assert {row.status for row in report.rows} == {"ok"}
    leaves = sum(len(trees.leaves(arg)) for arg in args)
    assert [row.mode for row in report.rows] == ["rev"] * leaves + ["fwd"] * leaves + ["dot"]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", CASES)
def test_a_thousandth_is_caught(name, sign):
    f, args, jacobian, names = CASES[name]
    wrong = 1 + sign * 1e-3
    with pytest.raises(CheckFailed) as failed:
        check(f, args, by_hand(jacobian, names, wrong=wrong))
    assert [row.mode for row in failed.value.report.failures] == ["rev", "dot"]
    assert failed.value.report.failures[0].path == failed.value.report.rows[-2].path
    with pytest.raises(CheckFailed) as failed:
        check(f, args, by_hand(jacobian, names, forward_wrong=wrong))
    assert [row.mode for row in failed.value.report.failures] == ["fwd", "dot"]
    # Both wrong in the same way: the dot-product test alone would let them pass.
    tools = by_hand(jacobian, names, wrong=wrong, forward_wrong=wrong)
    report = check(f, args, tools, raises=False)
    assert [row.mode for row in report.failures] == ["rev", "fwd"]


@pytest.mark.parametrize("modes", [("rev",), ("fwd",)])
def test_one_mode(modes):
    report = check(product, (2.0, 0.5), by_hand(product_jacobian, "xy"), modes=modes)
    assert [row.mode for row in report.rows] == [*modes] * 2
    with pytest.raises(CheckFailed):
        tools = by_hand(product_jacobian, "xy", wrong=1.001, forward_wrong=1.001)
        check(product, (2.0, 0.5), tools, modes=modes)


def test_nan_is_wrong():
    report = check(product, (2.0, 0.5), by_hand(product_jacobian, "xy", math.nan), raises=False)
    assert not report.ok


KINKS = [
    (abs, (0.0,), lambda x: [0.0]),
    (lambda x: max(x, 0.0), (0.0,), lambda x: [0.5]),
    (lambda x: max(x, 2 * x), (0.0,), lambda x: [1.5]),
    (lambda x: x if x > 1 else x * x, (1.0,), lambda x: [2.0]),
    (lambda x: 1.0 if x > 1 else 0.0, (1.0,), lambda x: [0.0]),
    (lambda x: math.sqrt(x), (0.0,), lambda x: [math.inf]),
    (lambda x: np.sum(np.maximum(x, 1.0)), (np.array([1.0]),), lambda x: [0.5]),
]


@pytest.mark.parametrize(("f", "args", "jacobian"), KINKS)
@pytest.mark.parametrize("wrong", [1.0, 0.5])
def test_kinks_are_reported_and_no_failure(f, args, jacobian, wrong):
    report = check(f, args, by_hand(jacobian, "x", wrong=wrong), modes=("rev",))
    assert report.ok
    assert [row.status for row in report.rows] == ["kink"]
    assert "kink" in str(report)


@pytest.mark.parametrize("at", [1e-3, 1e-5, -1e-6])
def test_a_kink_nearby_is_none(at):
    jacobian = lambda x: [math.copysign(1.0, x)]  # noqa: E731
    assert check(abs, (at,), by_hand(jacobian)).rows[0].status == "ok"
    assert not check(abs, (at,), by_hand(jacobian, wrong=1.001), raises=False).ok


def test_smooth_where_only_the_second_derivative_jumps():
    f = lambda x: x * abs(x)  # noqa: E731
    assert check(f, (0.0,), by_hand(lambda x: [0.0])).rows[0].status == "ok"
    assert not check(f, (0.0,), by_hand(lambda x: [1e-3]), raises=False).ok


def power(x, n):
    result = 1.0
    for _ in range(n):
        result *= x
    return result


def test_an_int_that_counts():
    def vjp(f, wrt=None):
        return lambda x, n: (f(x, n), lambda w: (n * x ** (n - 1) * w, None))

    def jvp(f, wrt=None):
        def call(args, tangents):
            x, n = args
            assert tangents[1] is None
            return f(x, n), n * x ** (n - 1) * tangents[0]

        return call

    report = check(power, (1.5, 3), Tools(None, vjp, jvp))
    assert [row.status for row in report.rows] == ["ok", "discrete"] * 2 + ["ok"]


def test_no_gradient_is_wrong_where_there_is_one():
    def vjp(f, wrt=None):
        return lambda x, y: (f(x, y), lambda w: (w * math.sin(y), None))

    report = check(product, (2.0, 0.5), Tools(None, vjp, None), modes=["rev"], raises=False)
    assert [row.path for row in report.failures] == ["y"]
    # ... and as good as zero where the result does not depend on it
    assert check(lambda x, y: math.sin(y) * x + 0 * y, (2.0, 0.0), Tools(None, vjp, None), modes=())


def test_wrt_and_kwargs():
    def vjp(f, wrt=None):
        assert wrt == "k"
        return lambda x, **kw: (f(x, **kw), lambda w: w * x)

    def jvp(f, wrt=None):
        def call(args, tangents):
            x, k = args  # all by position, as srcgrad's own takes them
            return f(x, k=k), x * tangents[0]

        return call

    def scaled(x, *, k=2.0):
        return k * x

    tools = Tools(None, vjp, jvp)
    for kwargs in ({"k": 3.0}, {}):
        report = check(scaled, (1.5,), tools, wrt="k", kwargs=kwargs)
        assert [row.path for row in report.rows] == ["k", "k", "<v, J^T w>"]


def test_wrt_by_number_and_several():
    def vjp(f, wrt=None):
        return lambda x, y: (f(x, y), lambda w: (w * x * math.cos(y), w * math.sin(y)))

    tools = Tools(None, vjp, None)
    report = check(product, (2.0, 0.5), tools, wrt=(1, "x"), modes=["rev"])
    assert [row.argument for row in report.rows] == ["y", "x"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"wrt": "z"}, "wrt='z' is no parameter"),
        ({"wrt": 2}, "wrt=2 is no parameter"),
        ({"modes": ("reverse",)}, "unknown mode 'reverse'"),
        ({"order": 0}, "order"),
    ],
)
def test_bad_requests(options, message):
    with pytest.raises(ArgumentError, match=message):
        check(product, (2.0, 0.5), by_hand(product_jacobian, "xy"), **options)


def test_what_cannot_be_checked():
    with pytest.raises(ArgumentError, match="returns no real number"):
        check(lambda x: "text", (1.0,), by_hand(None))
    draws = np.random.default_rng(0)
    with pytest.raises(ArgumentError, match="another value each time"):
        check(lambda x: x * draws.random(), (1.0,), by_hand(None))


def test_a_generator_as_argument_is_copied():
    def noisy(x, rng):
        return x * rng.random()

    def vjp(f, wrt=None):
        def call(x, rng):
            value = f(x, rng)
            return value, lambda w: (w * value / x, None)

        return call

    rng = np.random.default_rng(0)
    report = check(noisy, (2.0, rng), Tools(None, vjp, None), modes=["rev"])
    assert [row.path for row in report.rows] == ["x"]
    assert rng.random() == np.random.default_rng(0).random()


def mutating(xs, u):
    xs[0] = xs[0] * xs[1]
    xs.append(0.0)
    u *= 2.0
    return xs[0] + float(u.sum())


def mutating_jacobian(xs, u):
    return [xs[1], xs[0], *([2.0] * len(u))]


def test_mutation_does_not_disturb():
    args = ([2.0, 3.0], np.array([1.0, 2.0]))
    check(mutating, args, by_hand(mutating_jacobian, ("xs", "u")))
    assert args[0] == [2.0, 3.0] and args[1].tolist() == [1.0, 2.0]


def test_arguments_left_otherwise_are_found():
    def vjp(f, wrt=None):
        def call(xs, u):
            gradients = split = mutating_jacobian(xs, u)
            value = f(list(xs), u)  # xs is left as it was
            del split
            return value, lambda w: (gradients[:2], np.array(gradients[2:]))

        return call

    tools = Tools(None, vjp, None)
    report = check(mutating, ([2.0, 3.0], np.ones(1)), tools, modes=["rev"], raises=False)
    assert "xs" in [row.path for row in report.failures]


def test_a_wrong_value_is_found():
    def vjp(f, wrt=None):
        return lambda x: (f(x) + 1e-6, lambda w: w)

    report = check(lambda x: x, (1.0,), Tools(None, vjp, None), modes=["rev"], raises=False)
    assert [row.path for row in report.failures] == ["value"]


@pytest.mark.parametrize(
    ("gradient", "note"),
    [
        ((1.0, 2.0), "list"),
        ([1.0], "length"),
        ([1.0, np.ones(1)], r"\[1\]: float with a gradient of float64 array"),
        ([1.0, 2], "int"),
    ],
)
def test_a_wrong_structure_is_found(gradient, note):
    def vjp(f, wrt=None):
        return lambda xs: (f(xs), lambda w: gradient)

    with pytest.raises(CheckFailed, match=note):
        check(lambda xs: xs[0] + xs[1], ([1.0, 2.0],), Tools(None, vjp, None), modes=["rev"])


def test_a_wrong_number_of_gradients_is_found():
    def vjp(f, wrt=None):
        return lambda x, y: (f(x, y), lambda w: (1.0,))

    report = check(product, (2.0, 0.5), Tools(None, vjp, None), modes=["rev"], raises=False)
    assert "2 gradients expected" in report.failures[0].note


def cubic(x, y):
    return x**3 * y


def cubic_grad(x, y):
    return 3 * x**2 * y, x**3


def second_order_tools(wrong=1.0):
    """Return stand-ins for `cubic` and its gradient."""
    first = by_hand(lambda x, y: cubic_grad(x, y), "xy")
    second = by_hand(lambda x, y: [[6 * x * y, 3 * x**2], [3 * x**2, 0.0]], "xy", wrong)
    return Tools(
        lambda f, wrt=None: cubic_grad,
        lambda f, wrt=None: (first if f is cubic else second).vjp(f, wrt),
        lambda f, wrt=None: (first if f is cubic else second).jvp(f, wrt),
    )


def test_second_order():
    report = check(cubic, (1.5, 0.5), second_order_tools(), order=2)
    assert [row.mode for row in report.rows[5:]] == [
        f"{mode} of grad" for mode in ("rev", "rev", "fwd", "fwd", "dot")
    ]
    report = check(cubic, (1.5, 0.5), second_order_tools(1.001), order=2, raises=False)
    assert [row.mode for row in report.failures] == ["rev of grad", "dot of grad"]


def test_second_order_of_several_outputs():
    """They are added up by a function with source text, which can be differentiated."""
    seen = []

    def outputs(x, *, k):
        return {"a": [x * x, k], "b": np.array([x * k, 1.0]), "c": "text"}

    def grad(f, wrt=None):
        seen.append(f)
        return lambda x, *, k: (2 * x, k)

    def nothing(f, wrt=None):
        def vjp(x, *, k):
            weights = np.array(trees.leaves(f(x, k=k))) * 0
            del weights
            return f(x, k=k), lambda w: None

        return vjp

    tools = Tools(grad, nothing, None)
    check(outputs, (2.0,), tools, kwargs={"k": 3.0}, order=2, modes=[])
    (weighted,) = seen
    w = np.random.default_rng(0).standard_normal(4)
    assert weighted(2.0, k=3.0) == pytest.approx(w @ [4.0, 3.0, 6.0, 1.0])


def test_prints_are_dropped(capsys):
    def chatty(x):
        print("here")
        return x * x

    check(chatty, (2.0,), by_hand(lambda x: [2 * x]))
    assert capsys.readouterr().out == ""


def test_the_table():
    report = check(quadratic, ([0.5, -2.0],), by_hand(lambda w: [-5.0, 1.6], "w"), raises=False)
    lines = str(report).splitlines()
    assert lines[0].split() == ["mode", "analytic", "numeric", "error"]
    assert lines[1].split() == ["w[0]", "rev", "-5", "-5", lines[1].split()[4], "ok"]
    assert lines[2].split() == ["w[1]", "rev", "1.6", "1.5", "1.0e-01", "wrong"]
    assert len(lines) == 6


def test_a_failure_can_be_pickled_and_names_the_function():
    tools = by_hand(product_jacobian, "xy", wrong=2.0)
    with pytest.raises(
        CheckFailed, match="^the gradient of `product` is wrong in 2 of 5 derivatives:"
    ) as failed:
        check(product, (2.0, 0.5), tools)
    again = pickle.loads(pickle.dumps(failed.value))
    assert str(again) == str(failed.value)
    assert again.report == failed.value.report


@pytest.mark.parametrize(
    ("phi", "expected"),
    [
        (math.sin, 1.0),
        (lambda t: (1 + t) ** 5, 5.0),
        (lambda t: 1e6 + t, 1.0),
        (lambda t: math.tanh(1000 * t), 1000.0),
        (lambda t: np.float32(1.0 + t) * 1.0, 1.0),
    ],
)
def test_slope(phi, expected):
    measured = slope(phi, 1.0)
    assert measured.smooth
    assert abs(measured.value - expected) <= 4 * measured.error + 1e-9 * expected
    assert measured.error <= 1e-3 * expected


def test_parameters_may_have_any_names():
    def doubled(f, value, weights_0):
        return f * value + weights_0

    srcgrad.check_grads(doubled, (np.ones(2), np.ones(2), np.ones(2)))
