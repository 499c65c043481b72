"""Gates of the user's own: `primitive` and `stop_gradient`."""

import gc
import math
import re
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from srcgrad import grad, jvp, primitive, stop_gradient, value_and_grad, vjp
from srcgrad.errors import CannotDifferentiate, RuleError
from srcgrad.rules import USER, name_of
from srcgrad.rules.record import TABLE

EXAMPLE = Path(__file__).parents[1] / "examples" / "sigmoid_gate.py"
WEIGHTS, INPUTS = [2, -3, -3], [-1, -2]
F = 1 / (1 + math.exp(-1.0))
THING = object()


@pytest.fixture(scope="module")
def example():
    module = types.ModuleType("sigmoid_gate")
    sys.modules["sigmoid_gate"] = module
    code = compile(EXAMPLE.read_text(encoding="utf-8"), str(EXAMPLE), "exec")
    exec(code, vars(module))
    yield module
    del sys.modules["sigmoid_gate"]


@primitive(d="(1 - out) * out")
def sigmoid(x):
    return 1.0 / (1 + math.exp(-x))


@primitive(where="u = x * x + y * y", d=("x / u", "y / u"))
def log_radius(x, y):
    return 0.5 * math.log(x * x + y * y)


@primitive(d=("1.0 if x > 0 else slope", None))
def leaky(x, slope=0.01):
    return x if x > 0 else slope * x


@primitive(d="1")
def straight_through(x):
    return float(round(x))


@primitive(d="1 - out * out", kind="elementwise")
def squash(x):
    return np.tanh(x) if isinstance(x, np.ndarray) else math.tanh(x)


@primitive(vjp={"x": "dout * x / out"}, jvp="np.sum(x * x_dot) / out")
def length(x):
    return float(np.sqrt(np.sum(x * x)))


def difference(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / (2 * h)


def close(got, want, rtol=1e-12):
    np.testing.assert_allclose(got, want, rtol=rtol)


# ---------------------------------------------------------------- the neuron


def test_the_function_stays_as_it_is(example):
    assert isinstance(example.sigmoid, types.FunctionType)
    assert "logistic" in example.sigmoid.__doc__
    close(example.neuron(WEIGHTS, INPUTS), F)


def test_gradient_of_the_neuron(example):
    dw, dx = grad(example.neuron)(WEIGHTS, INPUTS)
    ddot = F * (1 - F)
    close(dw, [-1 * ddot, -2 * ddot, ddot])
    close(dx, [2 * ddot, -3 * ddot])
    value, grads = value_and_grad(example.neuron)(WEIGHTS, INPUTS)
    assert (value, grads) == (F, (dw, dx))


def test_forward_mode_of_the_neuron(example):
    value, tangent = jvp(example.neuron)((WEIGHTS, INPUTS), ([1.0, 0.0, 0.0], [0.0, 1.0]))
    close((value, tangent), (F, F * (1 - F) * (-1 - 3)))


def test_text_of_the_neuron(example):
    g = grad(example.neuron)
    g(WEIGHTS, INPUTS)
    assert "def sigmoid(x):" in g.source
    assert "sigmoid_dot = sigmoid(dot)" in g.source
    assert "ddot = (1 - sigmoid_dot) * sigmoid_dot" in g.source
    assert "import math" in g.source
    assert "primitive" not in g.source and "srcgrad" not in g.source


def test_text_runs_where_srcgrad_is_not_installed(example, tmp_path):
    g = grad(example.neuron)
    expected = g(WEIGHTS, INPUTS)
    script = tmp_path / "generated.py"
    lines = ["import sys", "sys.modules['srcgrad'] = None", g.source]
    script.write_text("\n".join([*lines, f"print(neuron_grad({WEIGHTS}, {INPUTS}))"]))
    run = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert run.stdout.strip() == repr(expected)


# ---------------------------------------------------------------- where gates are called


def test_second_order_takes_the_rule_again():
    def f(x):
        return 3.0 * sigmoid(x)

    second = grad(grad(f))
    s = sigmoid(0.3)
    close(second(0.3), 3 * s * (1 - s) * (1 - 2 * s))
    assert "math.exp" not in second.source.partition("_grad")[2]
    third = grad(grad(grad(f)))
    close(third(0.3), difference(second, 0.3), 1e-8)


def test_second_order_of_a_rule_that_is_not_the_derivative_of_the_body():
    def f(x):
        y = straight_through(x)
        return y * y * y

    close(grad(f)(2.2), 12.0)
    close(grad(grad(f))(2.2), 12.0)  # 6 y, and y varies as x does


def test_the_gate_itself():
    close(grad(straight_through)(2.2), 1.0)
    close(grad(log_radius)(3.0, 4.0), (0.12, 0.16))
    close(grad(grad(sigmoid))(0.0), 0.0)
    close(jvp(sigmoid)((0.0,), (2.0,)), (0.5, 0.5))


def test_in_loops_and_branches():
    def f(x, n):
        y = x
        for k in range(n):
            if k % 2:
                y = sigmoid(y) + x
            else:
                y = log_radius(y, x)
        return y

    for mode in (lambda x: grad(f, wrt="x")(x, 5), lambda x: jvp(f, wrt="x")((x, 5), (1.0,))[1]):
        close(mode(1.3), difference(lambda x: f(x, 5), 1.3), 1e-8)
    first = grad(f, wrt="x")
    second = grad(first, wrt="x")
    close(second(1.3, 5), difference(lambda x: first(x, 5), 1.3), 1e-7)


def test_two_arguments_by_keyword_and_in_a_pullback():
    def f(x, y):
        return log_radius(y=y, x=x) * 2.0

    close(grad(f)(3.0, 4.0), (0.24, 0.32))
    value, pullback = vjp(f)(3.0, 4.0)
    close((value, *pullback(10.0)), (2 * math.log(5), 2.4, 3.2))


def test_inside_helpers():
    def helper(x):
        return sigmoid(x) * x

    def recursive(x, n):
        if n == 0:
            return x
        return sigmoid(recursive(x, n - 1))

    def f(x):
        return helper(x) + recursive(x, 3)

    close(grad(f)(0.7), difference(f, 0.7), 1e-8)


def test_a_parameter_of_the_gates_name_is_refused():
    gate = sigmoid

    def f(sigmoid):
        return gate(sigmoid)

    with pytest.raises(CannotDifferentiate, match="parameter `sigmoid`"):
        grad(f)(1.0)


def test_a_variable_steps_aside():
    gate = sigmoid

    def f(x):
        sigmoid = x * x
        return gate(sigmoid) + sigmoid

    close(grad(f)(0.7), difference(f, 0.7), 1e-8)


def test_two_gates_of_one_name():
    def factory(scale):
        @primitive(d=f"{scale} * math.cos({scale} * x)")
        def wave(x):
            return math.sin(scale * x)

        return wave

    one, two = factory(1.0), factory(2.0)

    def f(x):
        return one(x) * two(x)

    close(grad(f)(0.7), difference(f, 0.7), 1e-8)
    assert name_of(one) != name_of(two)


def test_arguments_that_have_no_derivative():
    def f(x):
        return leaky(x, 0.2) + leaky(-x)

    close(grad(f)(1.0), 1 - 0.01)

    def by_slope(x, slope):
        return leaky(x, slope)

    close(grad(by_slope, wrt="x")(-1.0, 0.2), 0.2)
    with pytest.raises(CannotDifferentiate, match="no derivative by `slope`") as caught:
        grad(by_slope)(-1.0, 0.2)
    assert "return leaky(x, slope)" in str(caught.value)


def test_methods_that_are_gates_are_refused():
    class Model:
        @primitive(d=(None, "1"))
        def layer(self, x):
            return x

        def loss(self, x):
            return self.layer(x)

    with pytest.raises(CannotDifferentiate, match="is a gate, and a method"):
        grad(Model.loss, wrt="x")(Model(), 1.0)


# ---------------------------------------------------------------- arrays


def test_elementwise_gates():
    def f(x, w):
        return np.sum(squash(w * x))

    x, w = np.array([0.1, -0.4, 2.0]), 0.5
    dx, dw = grad(f)(x, w)
    close(dx, w * (1 - np.tanh(w * x) ** 2))
    close(dw, np.sum(x * (1 - np.tanh(w * x) ** 2)))
    close(jvp(f)((x, w), (np.ones(3), 0.0))[1], dx.sum())
    close(grad(lambda t: squash(t))(0.3), 1 - math.tanh(0.3) ** 2)


def test_float_gates_take_no_arrays():
    def f(x):
        return np.sum(sigmoid(x))

    with pytest.raises(CannotDifferentiate, match="gate `sigmoid`.*") as caught:
        grad(f)(np.ones(3))
    assert "elementwise" in str(caught.value)


def test_gates_by_pullback():
    def f(x):
        return length(3.0 * x) * 2.0

    x = np.array([3.0, 4.0])
    close(grad(f)(x), 6 * x / 5)
    close(jvp(f)((x,), (np.array([1.0, 0.0]),)), (30.0, 3.6))


def test_without_a_tangent_forward_mode_is_refused():
    @primitive(vjp={"x": "2 * dout * x"})
    def square(x):
        return float(np.sum(x * x))

    close(grad(lambda x: square(x))(np.ones(2)), [2, 2])
    with pytest.raises(CannotDifferentiate, match="no `jvp`"):
        jvp(lambda x: square(x))((np.ones(2),), (np.ones(2),))


# ---------------------------------------------------------------- functions of others


def test_a_function_one_does_not_own():
    def f(x):
        return np.sum(x * np.nextafter(x, 9.0))

    with pytest.raises(CannotDifferentiate, match="nextafter"):
        grad(f)(np.ones(2))
    try:
        given = primitive(np.nextafter, d=("1", None), kind="ufunc", signature="x, y")
        assert given is np.nextafter
        close(grad(f)(np.array([1.0, 2.0])), [2.0, 4.0])
        assert "np.nextafter(x, 9.0)" in _source(value_and_grad(f), np.ones(2))
    finally:
        TABLE.pop(USER.pop(id(np.nextafter))[1])


def test_a_function_in_c():
    try:
        primitive(math.nextafter, d=("1", None), signature="x, y")
        g = value_and_grad(lambda x: 2 * math.nextafter(x, 9.0))
        close(g(1.0), (2.0, 2.0))
        assert "math.nextafter" in g.source
    finally:
        TABLE.pop(USER.pop(id(math.nextafter))[1])


def test_a_gate_with_globals_is_imported(monkeypatch, tmp_path):
    (tmp_path / "gates_of_others.py").write_text(
        "import math\nfrom srcgrad import primitive\nRATE = 0.5\n\n\n"
        "@primitive(d='0.5 * out')\ndef decay(x):\n    return math.exp(RATE * x)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    from gates_of_others import decay

    def f(x):
        return 3.0 * decay(x)

    g = grad(f)
    close(g(2.0), 1.5 * math.e)
    assert "import gates_of_others\n" in g.source
    assert "gates_of_others.decay(x)" in g.source
    close(grad(g)(2.0), 0.75 * math.e)


def test_a_gate_with_a_closure_works_in_the_session():
    rate = 0.5

    @primitive(d="0.5 * out")
    def decay(x):
        return math.exp(rate * x)

    def f(x):
        return 3.0 * decay(x)

    close((grad(f)(2.0), grad(grad(f))(2.0)), (1.5 * math.e, 0.75 * math.e))


def _source(g, *args):
    g(*args)
    return g.source


# ---------------------------------------------------------------- registering


def test_registering_twice():
    with pytest.raises(RuleError, match="sigmoid` already"):
        primitive(sigmoid, d="1")
    with pytest.raises(RuleError, match="already"):
        primitive(math.exp, d="out")


def test_redefinition_replaces():
    cell = "@primitive(d={d!r})\ndef gate(x):\n    return {body}\n"
    namespace = {"primitive": primitive, "__name__": "notebook"}
    exec(cell.format(d="2", body="2 * x"), namespace)
    first = weak = namespace["gate"]
    exec(cell.format(d="3", body="3 * x"), namespace)
    second = namespace["gate"]
    assert name_of(first) != name_of(second)

    def f(x):
        return second(x) * x

    close(grad(f)(1.0), 6.0)
    name = name_of(first)
    del first, weak
    gc.collect()
    assert name not in TABLE


@pytest.mark.parametrize(
    "rule, message",
    [
        ({"d": "(1 - out"}, "syntax"),
        ({"d": "1 - z"}, "reads `z`"),
        ({"d": "dout"}, "reads `dout`"),
        ({"d": ("1", "2")}, "2 partials for 1 parameters"),
        ({"d": "math.nextafter(x, 0)"}, "calls `math.nextafter`"),
        ({"d": "1 if 0 < x < 1 else 0"}, "if"),
        ({"d": "[x for x in x]"}, "not possible"),
        ({"d": "math.exp(x, 2)"}, "not possible"),
        ({"d": "math.exp(x)", "kind": "elementwise"}, "not possible"),
        ({"d": "1 if x > 0 else 0", "kind": "elementwise"}, "np.where"),
        ({"d": "u", "where": "v = x"}, "reads `u`"),
        ({"d": "u", "where": "u : x"}, "where"),
        ({"d": "1", "where": "x = 2"}, "something else"),
        ({"d": "1", "kind": "matrix"}, "matrix"),
        ({"d": "1", "vjp": {"x": "dout"}}, "`d`, or by `vjp`"),
        ({}, "`d`, or by `vjp`"),
        ({"vjp": {"y": "dout"}}, "no parameter `y`"),
        ({"vjp": {"x": "dout"}, "jvp": "y_dot"}, "reads `y_dot`"),
    ],
)
def test_wrong_rules_name_the_gate(rule, message):
    def gate(x):
        return x

    with pytest.raises(RuleError, match=message) as caught:
        primitive(gate, **rule)
    assert "gate" in str(caught.value)
    assert name_of(gate) is None
    primitive(gate, d="1")  # nothing was left behind


def test_functions_that_cannot_be_gates():
    with pytest.raises(RuleError, match="fixed number"):
        primitive(lambda *xs: sum(xs), d="1")
    with pytest.raises(RuleError, match="signature="):
        primitive(vars, d="1")
    with pytest.raises(RuleError, match="with a name"):
        primitive(3, d="1")
    with pytest.raises(RuleError, match="not a literal"):
        primitive(lambda x, y=THING: x, d=("1", None))


# ---------------------------------------------------------------- stop_gradient


def test_stop_gradient():
    def f(x, y):
        return x * stop_gradient(x * y) + y

    assert stop_gradient(INPUTS) is INPUTS
    close(grad(f)(2.0, 3.0), (6.0, 1.0))
    close(jvp(f)((2.0, 3.0), (1.0, 0.0)), (15.0, 6.0))
    a = np.array([1.0, 2.0])
    close(grad(lambda x: np.sum(x * stop_gradient(x)))(a), a)
    close(grad(lambda w: w[0] * stop_gradient(w)[0])([3.0, 1.0]), [3.0, 0.0])


def test_stop_gradient_holds_to_every_order():
    def f(x):
        return x * x * stop_gradient(x)

    close(grad(f)(3.0), 18.0)
    close(grad(grad(f))(3.0), 6.0)
    close(grad(grad(grad(f)))(3.0), 0.0)


def test_stop_gradient_in_text_of_its_own():
    def f(x):
        return x * x * stop_gradient(x)

    g = grad(f)
    g(3.0)
    assert "srcgrad" not in g.source
    from srcgrad.load import load

    loaded = load(g.source, "f_grad", {}, "written.f_grad")
    close(loaded(3.0), 18.0)
    close(grad(loaded)(3.0), 6.0)


def test_stop_gradient_in_a_loop():
    def f(x):
        y = x
        for _ in range(3):
            y = y * stop_gradient(y)
        return y

    close(grad(f)(1.5), 1.5**7)


def test_stop_gradient_of_changing_memory_is_never_wrong():
    def f(x):
        y = stop_gradient(x)
        x[0] = 2.0 * x[1]
        return y[0] * x[1]

    with pytest.raises(CannotDifferentiate):
        grad(f)([1.0, 3.0])


# ---------------------------------------------------------------- gamma and digamma


@pytest.mark.parametrize("x", [0.1, 0.5, 1.0, 1.46, 2.5, 7.3, 30.0, 170.0, -0.3, -2.6, -8.9])
@pytest.mark.parametrize("function", [math.gamma, math.lgamma])
def test_gamma(function, x):
    def f(x):
        return function(x)

    first, second = grad(f), grad(grad(f))
    h = 1e-6 * max(1.0, abs(x))
    scale = abs(function(x)) * 1e-10 / h
    np.testing.assert_allclose(first(x), difference(function, x, h), rtol=1e-6, atol=scale + 1e-9)
    h = 1e-5
    np.testing.assert_allclose(second(x), difference(first, x, h), rtol=1e-6, atol=1e-7)


def test_digamma_against_known_values():
    g = grad(lambda x: math.lgamma(x))
    euler = 0.57721566490153286
    assert g(1.0) == pytest.approx(-euler, rel=1e-14)
    assert g(0.5) == pytest.approx(-euler - 2 * math.log(2), rel=1e-14)
    assert g(10.0) == pytest.approx(2.251752589066721, rel=1e-14)
    assert g(-0.5) == pytest.approx(0.03648997397857652, rel=1e-12)
    trigamma = grad(g)
    assert trigamma(1.0) == pytest.approx(math.pi**2 / 6, rel=1e-13)
    assert trigamma(0.5) == pytest.approx(math.pi**2 / 2, rel=1e-13)


def test_gamma_text_stands_alone(tmp_path):
    g = grad(lambda x: math.gamma(x))
    expected = g(2.5)
    script = tmp_path / "generated.py"
    name = re.search(r"def (\w+_grad)", g.source).group(1)
    script.write_text(f"{g.source}\nprint({name}(2.5))\n")
    run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == repr(expected)


def test_a_variable_called_digamma():
    def f(x):
        digamma = x * x
        return math.lgamma(digamma)

    close(grad(f)(1.3), difference(f, 1.3), 1e-8)

    def g(digamma):
        return math.lgamma(digamma)

    with pytest.raises(CannotDifferentiate, match="digamma"):
        grad(g)(1.3)
