"""Gates whose rules are Python functions: they are read, inlined, and never called."""

import math
import os
import pickle
import re
import subprocess
import sys
from math import exp
from pathlib import Path

import numpy as np
import numpy.linalg as la
import pytest

from srcgrad import check_grads, grad, jvp, primitive, value_and_grad, vjp
from srcgrad.errors import CannotDifferentiate, CheckFailed, RuleError

ROOT = Path(__file__).parents[1]
RATE = 2.0


@primitive(d=lambda x, out: (1 - out) * out)
def sigmoid(x):
    return 1.0 / (1 + math.exp(-x))


def radius(x, y, out):
    """The partials of `log_radius`."""
    u = x * x + y * y
    v = u
    return x / v, y / v


@primitive(d=radius)
def log_radius(x, y):
    return 0.5 * math.log(x * x + y * y)


@primitive(d=lambda x, out: RATE * exp(RATE * x))
def growth(x):
    return math.exp(2 * x)


def pulled(dout, A, x):
    row = np.reshape(dout, (-1, 1))
    return row * x, A.T @ dout


@primitive(vjp=pulled, jvp=lambda A, x, A_dot, x_dot: A_dot @ x + A @ x_dot, kind="like A @ x")
def product(A, x):
    return A @ x


@primitive(d=[lambda x, slope: 1.0 if x > 0 else slope, None])
def leaky(x, slope=0.01):
    return x if x > 0 else slope * x


@primitive(jvp=lambda x_dot: 2 * x_dot)
def doubled(x):
    return 2 * x


@primitive(vjp={"x": lambda x, dout: 2 * dout * x})
def square(x):
    return float(np.sum(x * x))


def close(got, want):
    np.testing.assert_allclose(got, want, rtol=1e-12)


MATRIX = np.arange(6.0).reshape(2, 3) + 0.5


@pytest.mark.parametrize(
    "gate, args, order",
    [
        (sigmoid, (0.3,), 3),
        (log_radius, (3.0, 4.0), 2),
        (growth, (0.3,), 2),
        (leaky, (-1.0, 0.2), 1),
        (leaky, (-1.0,), 1),
        (product, (MATRIX, np.array([1.0, -2.0, 0.5])), 2),
        (doubled, (1.5,), 1),
        (square, (np.array([1.0, 2.0]),), 1),
    ],
)
def test_rules_are_right(gate, args, order):
    report = check_grads(gate, args, order=order)
    assert report.ok and report.rows


def test_the_text_is_inlined():
    g = grad(lambda x, y: 2 * log_radius(x, y) + sigmoid(x))
    dx, dy = g(3.0, 4.0)
    close((dx, dy), (0.24 + sigmoid(3.0) * (1 - sigmoid(3.0)), 0.32))
    assert "radius" not in g.source and "lambda x" not in g.source
    assert g.source.count("x * x + y * y") == 1
    assert re.search(r"\(1 - \w+\) \* \w+", g.source)


def test_numbers_and_imported_functions_are_put_in_the_words_of_the_text():
    g = grad(growth)
    close(g(0.3), 2 * math.exp(0.6))
    assert "2.0 * math.exp(2.0 * x)" in g.source


def test_a_result_of_another_shape():
    def loss(A, x):
        total = 0.0
        for _ in range(2):
            total = total + np.sum(product(A, x) ** 2)
        return total

    dA, dx = grad(loss)(MATRIX, np.ones(3))
    close(dA, 4 * np.outer(MATRIX @ np.ones(3), np.ones(3)))
    close(dx, 4 * MATRIX.T @ (MATRIX @ np.ones(3)))
    assert check_grads(loss, (MATRIX, np.ones(3)), order=2).ok
    with pytest.raises(CannotDifferentiate, match="gate `product` is not declared"):
        grad(lambda x: product(x, x))(2.0)


def test_forward_alone():
    close(jvp(lambda x: doubled(x) * x)((3.0,), (1.0,)), (18.0, 12.0))
    with pytest.raises(CannotDifferentiate, match="gate `doubled` has no `vjp`"):
        grad(lambda x: doubled(x) * x)(3.0)
    with pytest.raises(CannotDifferentiate, match="gate `doubled` has no `vjp`"):
        vjp(doubled)(3.0)


def test_backward_alone():
    with pytest.raises(CannotDifferentiate, match="gate `square` has no `jvp`"):
        jvp(square)((np.ones(2),), (np.ones(2),))


def test_by_keyword_and_by_default():
    def f(x, y):
        return log_radius(y=x, x=y) + leaky(-x) + leaky(slope=0.5, x=-x)

    close(grad(f)(3.0, 4.0), (0.12 - 0.51, 0.16))


def test_a_gate_of_someone_else():
    try:
        primitive(
            la.norm,
            vjp={"x": lambda dout, x, out: dout * x / out},
            jvp=lambda x, x_dot, out: np.sum(x * x_dot) / out,
            signature="x",
        )
    except RuleError as error:  # once there is a rule for it in the tables
        assert "already" in str(error)
    g = value_and_grad(lambda x: 2 * la.norm(x))
    value, dx = g(np.array([3.0, 4.0]))
    close((value, *dx), (10.0, 1.2, 1.6))


def test_gates_of_scipy():
    special = pytest.importorskip("scipy.special")
    degree = "0.017453292519943295"
    primitive(special.sindg, d=f"{degree} * np.cos({degree} * x)", kind="ufunc", signature="x")
    assert check_grads(lambda x: np.sum(special.sindg(x) * x), (np.array([0.3, -1.0]),)).ok


def test_gradients_through_gates_are_pickled():
    g = pickle.loads(pickle.dumps(grad(log_radius)))
    close(g(3.0, 4.0), (0.12, 0.16))
    h = grad(lambda x: 3 * sigmoid(x))
    h(0.0)
    close(pickle.loads(pickle.dumps(h))(0.0), 0.75)


def test_pickled_for_another_process(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from srcgrad import grad, primitive\n"
        "@primitive(d=lambda x: 3.0 * x * x)\ndef cube(x):\n    return x * x * x\n"
        "def f(x):\n    return cube(x) * 2.0\n"
    )
    where = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": str(ROOT)}}
    make = "import mine, pickle, sys; sys.stdout.buffer.write(pickle.dumps(mine.grad(mine.f)))"
    made = subprocess.run([sys.executable, "-c", make], capture_output=True, **where).stdout
    use = f"import pickle; print(pickle.loads({made!r})(1.0))"
    run = subprocess.run([sys.executable, "-c", use], capture_output=True, text=True, **where)
    assert run.stdout.strip() == "6.0", run.stderr


# ------------------------------------------------------------ wrong rules


def branching(x):
    if x > 0:
        return 1.0
    return 2.0


def reassigning(x):
    y = x
    y = y * 2
    return y


def taking(x, z):
    return z


def defaulting(x, out=1.0):
    return out


def returning_nothing(x):
    y = x  # noqa: F841


WITHOUT_TEXT = eval("lambda x: x")


@pytest.mark.parametrize(
    "rule, message",
    [
        ({"d": branching}, "row of `name = expression`.*not `if"),
        ({"d": reassigning}, "`y` has a value already"),
        ({"d": taking}, "takes `z`, and it may take `x`, `out`"),
        ({"d": defaulting}, "takes defaults"),
        ({"d": returning_nothing}, "ends in `return`"),
        ({"d": WITHOUT_TEXT}, "give the rule as text"),
        ({"d": math.exp}, "not written in Python"),
        ({"d": 3}, "a text or a function, not 3"),
        ({"d": lambda x: (x, x)}, "2 partials for 1 parameters"),
        ({"d": [lambda x: (x, x)]}, "one expression"),
        ({"d": lambda x: None}, "no derivative by any parameter"),
        ({"d": lambda x: branching}, "reads `branching`"),
        ({"d": lambda x: branching(x)}, "branching"),
        ({"d": lambda x: [x]}, "not possible"),
        ({"vjp": {"x": lambda x: {}}}, "not possible"),
        ({"vjp": {"x": lambda x, x_dot: x_dot}}, "takes `x_dot`"),
        ({"jvp": lambda dout: dout}, "takes `dout`"),
        ({"d": "1", "kind": "like z"}, "reads `z`"),
        ({"d": "1", "kind": "like "}, "kind='like '"),
    ],
)  # fmt: skip
def test_wrong_rules(rule, message):
    def gate(x):
        return x

    with pytest.raises(RuleError, match=re.compile(message, re.DOTALL)) as caught:
        primitive(gate, **rule)
    assert "gate" in str(caught.value)


# ------------------------------------------------------------ checking by numbers


def test_a_wrong_rule_fails_its_check():
    @primitive(d=lambda out: 1.001 * out)
    def wrong(x):
        return math.exp(x)

    with pytest.raises(CheckFailed, match="wrong"):
        check_grads(wrong, (0.5,))


@pytest.mark.parametrize(
    "body, kind, message",
    [
        (lambda x: (x, x), "float", "returns float, and it returned tuple"),
        (lambda x: None, "float", "returns float, and it returned"),
        (lambda x: np.ones(2), "float", "returns float, and it returned f8"),
        (lambda x: np.float32(1), "float", "returns float, and it returned f4"),
        (lambda x: 1.0, "ufunc", "returns f8, and it returned float"),
    ],
)
def test_a_result_that_is_not_what_the_rule_says(body, kind, message):
    def gate(x):
        return body(x)

    primitive(gate, d="1.0", kind=kind)
    with pytest.raises(RuleError, match=message):
        check_grads(gate, (0.5,))


def test_methods_are_refused():
    class Model:
        @primitive(d=(None, lambda x: 1.0))
        def layer(self, x):
            return x

        def loss(self, x):
            return self.layer(x)

    with pytest.raises(CannotDifferentiate, match="is a gate, and a method"):
        grad(Model.loss, wrt="x")(Model(), 1.0)
