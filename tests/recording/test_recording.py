"""What is recorded agrees with itself, with the gradient, and with finite differences."""

import contextlib
import copy
import io
import logging

import numpy as np
import pytest
from golden import marked

from srcgrad import value_and_grad
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
    if isinstance(value, (list, tuple)):
        return [zeros(v) for v in value]
    return 0.0 if isinstance(value, (int, float)) else None


def summed(trace, arguments):
    """The gradients of the parameters, from those of the uses of their parts alone."""
    out = {name: zeros(value) for name, value in arguments.items()}
    if isinstance(trace.result, Leaf):
        exec(f"{trace.result.path} += 1.0", {}, out)
    for path, uses in trace.uses().items():
        if path.partition("[")[0] not in out:
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


@pytest.mark.parametrize("case", marked(lambda c: c.scalar))
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
