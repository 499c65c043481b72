"""What a failed check says, and what it finds in gradients that the compiler made."""

import numpy as np
import pytest
from byhand import by_hand, check, product, product_jacobian

from srcgrad import primitive
from srcgrad.checks import check_grads
from srcgrad.errors import ArgumentError, CheckFailed

# --- the message


def message(f, args, tools, **options):
    with pytest.raises(CheckFailed) as failed:
        check(f, args, tools, **options)
    return str(failed.value)


def test_the_message_has_only_what_is_wrong():
    said = message(product, (2.0, 0.5), by_hand(product_jacobian, "xy", wrong=1.5))
    head, columns, worst, dot, *rest = said.splitlines()
    assert head == "the gradient of `product` is wrong in 2 of 5 derivatives:"
    assert columns.split() == ["mode", "analytic", "numeric", "error"]
    assert {worst.split()[0], dot.split()[0]} == {"y", "<v,"}
    assert rest[0].startswith("the worst is ") and rest[0].endswith("% off")
    assert rest[1] == "forward mode is right, so the rules are: reverse mode itself is wrong"


@pytest.mark.parametrize(
    ("wrong", "forward_wrong", "words"),
    [
        (2.0, 1.0, "reverse mode itself is wrong"),
        (1.0, 2.0, "forward mode itself is wrong"),
        (2.0, 2.0, "both modes agree: what they share is wrong"),
        (1.0 + 1e-7, 1.0 - 1e-7, "by less than a difference can tell"),
    ],
)
def test_the_message_says_where_to_look(wrong, forward_wrong, words):
    tools = by_hand(product_jacobian, "xy", wrong=wrong, forward_wrong=forward_wrong)
    assert words in message(product, (2.0, 0.5), tools)


def test_of_a_large_array_the_message_names_the_worst():
    f = lambda a: float(np.sum(a * a))  # noqa: E731
    jacobian = lambda a: 3 * a.ravel()  # noqa: E731
    said = message(f, (np.arange(1.0, 61.0).reshape(6, 10),), by_hand(jacobian), modes=("rev",))
    assert len(said.splitlines()) < 26
    assert "... and 40 more" in said and "a[" in said and "50% off" in said


def test_the_message_counts_kinks():
    f = lambda x, y: abs(x) + y * y  # noqa: E731
    tools = by_hand(lambda x, y: [0.0, 2.5 * y], "xy")
    assert "1 more could not be measured: there is a kink" in message(
        f, (0.0, 1.0), tools, modes=("rev",)
    )


def test_pytest_points_at_the_test():
    """The frames of the check itself are hidden."""
    with pytest.raises(CheckFailed) as failed:
        check_grads(cheated, (1.5,))
    hidden = [
        entry.frame.f_locals.get("__tracebackhide__", False)
        for entry in failed.traceback
        if "checks" in str(entry.path) and entry.path.name == "__init__.py"
    ]
    assert hidden == [True, True]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (2.0, "args are the arguments in a tuple, as in (x,), not a bare float"),
        (np.ones(2), "not a bare ndarray"),
        ("xy", "not a bare str"),
        ((1.0,), "product cannot be called with these args: missing a required argument: 'y'"),
        ([1.0, 2.0, 3.0], "too many positional arguments; args are the arguments in a tuple"),
    ],
    ids=str,
)
def test_args_that_are_none(args, words):
    with pytest.raises(ArgumentError) as raised:
        check(product, args, by_hand(product_jacobian, "xy"))
    assert words in str(raised.value)


# --- with the compiler


@primitive(d="2.1 * x")
def square(x):
    return x * x


def cheated(x):
    return 3.0 * square(x)


def deep(layers, params, steps, flag=True):
    total = 0.0
    for k in range(steps):
        total += np.sum(params["a"] * params["b"][k]) * layers[1][0]
    return total * layers[0][1] if flag else total


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_structures(dtype):
    params = {"a": np.linspace(1, 2, 4, dtype=dtype).reshape(1, 4), "b": (1.5, 0.5)}
    report = check_grads(deep, ([(0.5, 2), [1.5]], params, 2))
    paths = [row.path for row in report.rows if row.mode == "rev"]
    assert paths == [
        *("layers[0][0]", "layers[0][1]", "layers[1][0]"),
        *(f"params['a'][0, {k}]" for k in range(4)),
        *("params['b'][0]", "params['b'][1]", "steps"),
    ]
    assert {row.path for row in report.rows if row.status == "discrete"} == {"steps"}


def test_a_wrong_rule_is_both_modes_fault():
    with pytest.raises(CheckFailed, match="both modes agree") as failed:
        check_grads(cheated, (1.5,))
    assert [(row.path, row.mode) for row in failed.value.report.failures] == [
        ("x", "rev"),
        ("x", "fwd"),
    ]


def test_second_order_through_a_gate():
    @primitive(d=("y", "x"))
    def times(x, y):
        return x * y

    def f(x, y):
        return times(x, y) * x

    assert check_grads(f, (1.5, 2.0), order=2).ok
