"""The passes in their order: what each leaves is well formed, the same each time, and closed."""

import contextlib
import hashlib
import io
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from golden import BY_NAME, CASES, HERE, marked
from verifier import Malformed, verify

import srcgrad
from srcgrad import SrcgradError, grad
from srcgrad.ir import Block, Function, Gate, If, Value, walk
from srcgrad.kinds import FLOAT
from srcgrad.pipeline import MODES, PASSES, _passes, build
from srcgrad.showing import show, unit_for


def unit(case, mode):
    return unit_for(case.function, case.known, case.WRT, mode)


def functions(case, mode):
    """What each pass leaves that is IR."""
    for step, result in _passes(unit(case, mode)):
        result = result[0] if isinstance(result, tuple) else result
        if isinstance(result, Function):
            yield step, result


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", marked())
def test_well_formed_after_every_pass(case, mode):
    if mode in ("grad", "value-and-grad") and not case.scalar:
        pytest.skip("has no gradient")
    steps = []
    for step, function in functions(case, mode):
        verify(function, step)
        steps.append(step)
    assert steps == [p for p in PASSES if p not in ("source", "fence", "normalise", "emit")]


@pytest.mark.parametrize("stage", PASSES)
def test_until(stage):
    built = build(unit(BY_NAME["neuron"], "grad"), stage)
    assert list(built.stages) == list(PASSES[: PASSES.index(stage) + 1])


@pytest.mark.parametrize("stage", PASSES)
def test_show(stage):
    case = BY_NAME["horner"]
    text = show(case.function, case.known, case.WRT, "grad", stage)
    assert text.endswith("\n") and text.strip()


# ------------------------------------------------------------ the verifier itself


def broken(name):
    """A function of the golden cases, as `reverse` leaves it, with one thing made wrong."""
    case = BY_NAME[name]
    function = dict(functions(case, "grad"))["stage"]
    return function, function.body


def test_the_verifier_finds_a_value_that_is_not_defined():
    function, body = broken("straight_line")
    with pytest.raises(Malformed, match="is read by .* where it is not defined"):
        verify(replace(function, body=replace(body, stmts=body.stmts[1:])), "stage")


def test_the_verifier_finds_a_second_definition():
    function, body = broken("straight_line")
    with pytest.raises(Malformed, match="is defined twice"):
        verify(replace(function, body=replace(body, stmts=body.stmts[:1] + body.stmts)), "stage")


def test_the_verifier_finds_an_unknown_operation():
    function, body = broken("straight_line")
    gate = Gate(Value("x", FLOAT), "numpy.nonsense", ())
    with pytest.raises(Malformed, match="numpy.nonsense is not known"):
        verify(replace(function, body=replace(body, stmts=(gate, *body.stmts))), "stage")


@pytest.mark.parametrize("name", ["branches", "horner", "newton_sqrt"])
def test_the_verifier_counts_yields(name):
    function, body = broken(name)
    k = next(k for k, s in enumerate(body.stmts) if not isinstance(s, Gate))
    s = body.stmts[k]
    if isinstance(s, If):
        s = replace(s, then=Block(s.then.stmts, s.then.yields[1:]))
    else:
        s = replace(s, body=Block(s.body.stmts, s.body.yields[1:]))
    stmts = (*body.stmts[:k], s, *body.stmts[k + 1 :])
    with pytest.raises(Malformed, match="yields"):
        verify(replace(function, body=replace(body, stmts=stmts)), "stage")


def test_the_verifier_finds_values_of_a_turn_after_save():
    """What `reverse` leaves reads the forward loop's values: no longer allowed after `save`."""
    reversed_ = dict(functions(BY_NAME["horner"], "grad"))["reverse"]
    verify(reversed_, "reverse")
    with pytest.raises(Malformed, match="where it is not defined"):
        verify(reversed_, "save")


# ------------------------------------------------------------ determinism


def digest():
    """Of all texts of all cases in all modes."""
    texts = []
    for case in CASES:
        for mode in MODES:
            if case.scalar or mode in ("vjp", "jvp"):
                texts.append(build(unit(case, mode)).text)
    return hashlib.sha256("".join(texts).encode()).hexdigest()


def test_the_same_text_in_every_process():
    script = (
        "import importlib.util, sys; sys.path[:0] = sys.argv[2:]\n"
        "spec = importlib.util.spec_from_file_location('test_pipeline', sys.argv[1])\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "print(module.digest())\n"
    )
    root = Path(srcgrad.__file__).parents[1]
    command = [sys.executable, "-c", script, __file__, str(HERE.parent), str(root)]
    running = [
        subprocess.Popen(
            command, env={**os.environ, "PYTHONHASHSEED": salt}, stdout=subprocess.PIPE, text=True
        )
        for salt in ("1", "2")
    ]
    found = {process.communicate()[0] for process in running}
    assert len(found) == 1 and len(found.pop()) == 65


@pytest.mark.parametrize("case", marked())
def test_the_same_text_each_time(case):
    mode = case.MODES[0]
    assert build(unit(case, mode)).text == build(unit(case, mode)).text


# ------------------------------------------------------------ closure under differentiation


@pytest.mark.parametrize("case", marked(lambda c: c.scalar))
def test_closed_under_differentiation(case):
    """The gradient can be differentiated again, or is refused at a place; it does not crash."""
    logging.disable()
    first = grad(case.function, wrt=case.WRT)
    text = "the gradient"
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            first(*case.args)
            text = first.source
            _, pullback = srcgrad.vjp(first, wrt=case.WRT)(*case.args)
            seed = first(*case.args)
            pullback(seed)
    except SrcgradError as error:
        problems = getattr(error, "problems", ())
        assert problems and all(p.location is not None for p in problems), text
    finally:
        logging.disable(logging.NOTSET)


def test_no_statement_is_left_without_a_place():
    """Gates that the user wrote know where, so that a refusal can say it."""
    case = BY_NAME["branches"]
    function = dict(functions(case, "grad"))["stage"]
    assert all(s.loc is not None for s in walk(function.body) if isinstance(s, Gate))
