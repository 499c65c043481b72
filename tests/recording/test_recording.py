"""What is recorded agrees with itself, with the gradient, and with finite differences."""

import contextlib
import copy
import io
import logging
import math
import re
from dataclasses import is_dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from golden import marked

from srcgrad import primitive, value_and_grad
from srcgrad.errors import ArgumentError, SrcgradError
from srcgrad.recording import Leaf, Stage, record


@pytest.fixture(autouse=True)
def quiet():
    logging.disable()
    with contextlib.redirect_stdout(io.StringIO()):
        yield
    logging.disable(logging.NOTSET)


def zeros(value):
    """Zeros of a value's structure; None where there is no real number."""
    if isinstance(value, np.ndarray):
        return np.zeros(value.shape)
    if isinstance(value, dict):
        return {k: zeros(v) for k, v in value.items()}
    if hasattr(value, "_fields"):
        return value._make(map(zeros, value))
    if isinstance(value, (list, tuple)):
        return [zeros(v) for v in value]
    if is_dataclass(value):
        return SimpleNamespace(**{k: zeros(v) for k, v in vars(value).items()})
    return 0.0 if isinstance(value, (int, float)) else None


def summed(trace, arguments):
    """The gradients of the parameters, from those of the uses of their parts alone."""
    out = {name: zeros(value) for name, value in arguments.items()}
    if isinstance(trace.result, Leaf):
        exec(f"{trace.result.path} += 1.0", {}, out)
    for path, uses in trace.uses().items():
        if re.split(r"[.\[]", path)[0] not in out:
            continue  # from outside
        for use in uses:
            if use.gradient is not None:
                exec(f"{path} += gradient", {"gradient": use.gradient}, out)
    return out


def assert_close(a, b):
    if isinstance(b, dict):
        for k in b:
            assert_close(a[k], b[k])
    elif isinstance(b, (list, tuple)):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_close(x, y)
    elif is_dataclass(b):
        assert_close(vars(a), vars(b))
    elif b is not None:  # an argument that is no real number
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)


def assert_consistent(trace):
    """Each use is of its source's value, and what the uses get is what the source is told."""
    back = {stage: np.zeros(np.shape(stage.value)) for stage in trace.stages}
    if isinstance(trace.result, Stage):
        back[trace.result] += 1.0
        assert_close(trace.result.value, trace.value)
    for stage in trace.stages:
        for use in stage.operands:
            if stage.op != "part":
                np.testing.assert_array_equal(use.source.value, use.value)
            if isinstance(use.source, Stage):
                assert use.source.number < stage.number
                if use.gradient is None:
                    continue
                if stage.index == "[view]":
                    back[use.source] += np.nan  # in another layout than its source
                elif stage.op == "part":
                    exec(f"d{stage.index} += g", {"d": back[use.source], "g": use.gradient})
                else:
                    back[use.source] += use.gradient
    for stage, gradient in back.items():
        if np.isnan(gradient).any():
            continue
        np.testing.assert_allclose(
            stage.cotangent, gradient, rtol=1e-9, atol=1e-12, err_msg=str(stage)
        )


# cases in which recordings cannot tell what flows where, and say so
UNTOLD = set(
    "array_of_list gathered helper_memory list_insert list_repeated list_sorted "
    "list_store_slices masks recursive_arrays recursive_closure starred".split()
)


@pytest.mark.parametrize("case", marked(lambda c: c.scalar and c.name in UNTOLD))
def test_what_does_not_add_up_is_not_shown(case):
    with pytest.raises(SrcgradError, match="cannot be told"):
        record(case.function, case.known, case.WRT)


@pytest.mark.parametrize("case", marked(lambda c: c.scalar and c.name not in UNTOLD))
def test_golden_cases(case):
    known = case.known
    names = list(known)
    expected = value_and_grad(case.function, wrt=case.WRT)(*case.args)
    arguments = copy.deepcopy(known)
    trace = record(case.function, arguments, case.WRT)
    assert_close([trace.value, trace.gradients], list(expected))
    assert_consistent(trace)
    sums = summed(trace, known)
    if case.WRT is None:
        wanted, bare = names[: len(names)], not isinstance(trace.gradients, tuple)
    else:
        wanted, bare = ([case.WRT], True) if isinstance(case.WRT, str) else (case.WRT, False)
    gradients = [trace.gradients] if bare else trace.gradients
    for name, gradient in zip(wanted, gradients):
        assert_close(sums[name], gradient)


# -- against finite differences ------------------------------------------------------------------


def square(x):
    return x * x


def loop(x, n):
    y = x
    for _ in range(n):
        y = y * x + math.sin(y)
    return y


def branch(x, y):
    if x * y > 0:
        return math.exp(x) * y
    return x - y


def helper(x, y):
    return square(x) * y + square(y)


def overwritten(x, y):
    x = x * y
    y = x + y
    x = y * x
    return x / y


def changed_list(xs, y):
    ys = [0.0] * len(xs)
    for i in range(len(xs)):
        ys[i] = xs[i] * y
    ys[0] += ys[1]
    ys.append(ys[0] * 2)
    return ys.pop() * ys[2] + sum(ys)


def changed_array(u, a):
    v = u * u
    v[1:] += a * u[:-1]
    v[0] = v[1] * a
    return np.sum(v * u)


def weighted(xs, n):
    return 0.0 if n == 0 else xs[n - 1] * n + weighted(xs, n - 1)


def list_given_to_a_gate(xs, y):
    ys = [x * y for x in xs]
    return weighted(ys, 3) * weighted(xs, 2)


def while_loop(x):
    while x < 100.0:
        x = x * x
    return x


POINTS = [
    (loop, {"x": 0.7, "n": 3}),
    (branch, {"x": 0.4, "y": 0.9}),
    (branch, {"x": -0.4, "y": 0.9}),
    (helper, {"x": 0.4, "y": 0.9}),
    (overwritten, {"x": 0.4, "y": 0.9}),
    (changed_list, {"xs": [0.3, -0.5, 0.7], "y": 1.1}),
    (changed_array, {"u": np.array([0.3, -0.5, 0.7]), "a": 1.1}),
    (while_loop, {"x": 1.7}),
    (list_given_to_a_gate, {"xs": [0.3, -0.5, 0.7], "y": 1.1}),
]


def shifted(value, k, step):
    """The value with its number `k` moved by a step."""
    if isinstance(value, float):
        return value + step
    value = copy.deepcopy(value)
    value[k] += step
    return value


@pytest.mark.parametrize(
    "function, known", POINTS, ids=[f"{f.__name__}-{k}" for k, (f, _) in enumerate(POINTS)]
)
def test_against_differences(function, known):
    trace = record(function, copy.deepcopy(known))
    assert trace.value == function(**copy.deepcopy(known))
    assert_consistent(trace)
    found = summed(trace, known)
    for name, value in known.items():
        if isinstance(value, int):
            continue
        for k in range(np.size(value)):
            up, down = (
                function(**{**copy.deepcopy(known), name: shifted(value, k, step)})
                for step in (1e-6, -1e-6)
            )
            assert np.ravel(found[name])[k] == pytest.approx((up - down) / 2e-6, rel=1e-6)


# -- what it is made of -----------------------------------------------------------------------------


def test_stages_know_where_they_are_and_where_operands_came_from():
    trace = record(loop, {"x": 0.5, "n": 2})
    assert [s.op for s in trace.stages] == ["operator.mul", "math.sin", "operator.add"] * 2
    assert [s.name for s in trace.stages] == ["prod", "sin_y", "y"] * 2
    first, sine, total, second = trace.stages[:4]
    assert [u.source.path for u in first.operands] == ["x", "x"]
    assert [u.source for u in total.operands] == [first, sine]
    assert second.operands[0].source is total
    assert second.text == "y * x"
    assert second.location.text.strip() == "y = y * x + math.sin(y)"
    assert trace.result is trace.stages[-1]


def test_elements_are_followed_through_lists():
    trace = record(changed_list, {"xs": [0.3, -0.5, 0.7], "y": 1.1})
    products = trace.stages[:3]
    assert [s.operands[0].source.path for s in products] == ["xs[0]", "xs[1]", "xs[2]"]
    total = next(s for s in trace.stages if s.op == "builtins.sum")
    assert [u.source for u in total.operands][1:] == products[1:]


def test_what_is_not_differentiated_by_has_no_gradient():
    trace = record(branch, {"x": 0.4, "y": 0.9}, wrt="x")
    gradients = {
        u.source.path: u.gradient
        for s in trace.stages
        for u in s.operands
        if isinstance(u.source, Leaf)
    }
    assert gradients["y"] is None
    assert gradients["x"] == pytest.approx(math.exp(0.4) * 0.9)


def test_a_use_through_which_nothing_comes_back_has_gradient_zero():
    def larger(x, y):
        return max(x, y)

    (stage,) = record(larger, {"x": 1.0, "y": 2.0}).stages
    assert [u.gradient for u in stage.operands] == [0.0, 1.0]


def test_gates_of_ones_own_and_helpers_that_call_themselves_are_one_stage():
    @primitive(d="2 * x")
    def sq(x):
        return x * x

    def f(x, n):
        return x if n == 0 else sq(x) * f(x, n - 1)

    trace = record(f, {"x": 2.0, "n": 2}, wrt="x")
    assert trace.gradients == 5 * 2.0**4
    assert {s.op for s in trace.stages} >= {"sq", "f"}


def test_arguments_are_changed_as_the_function_changes_them():
    def fill(u, x):
        u[0] = x
        return u[0] * u[1]

    u = np.array([1.0, 2.0])
    record(fill, {"u": u, "x": 3.0})
    assert u.tolist() == [3.0, 2.0]


def test_a_parameter_called_recorder_is_no_trouble():
    def f(recorder):
        return recorder * recorder

    assert record(f, {"recorder": 3.0}).gradients == 6.0


def test_arguments_must_fit():
    with pytest.raises(ArgumentError, match="missing: y"):
        record(branch, {"x": 1.0})
    with pytest.raises(ArgumentError, match="unknown: z"):
        record(branch, {"x": 1.0, "y": 1.0, "z": 1.0})
