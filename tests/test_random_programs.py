"""Random programs, differentiated; and the generator, the judge and the shrinker themselves.

`python tests/programs/run.py --help` runs more of them, and makes failing ones small.
"""

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:  # tests are imported by file, and programs is a package beside them
    sys.path.insert(0, str(HERE))

from programs import case, oracle, run, shrink, standins  # noqa: E402
from programs.generator import DEFAULT, FEATURES, Program, generate  # noqa: E402
from programs.tracing import Runaway, traced  # noqa: E402

COUNT = int(os.environ.get("RANDOM_PROGRAMS", 2000 if os.environ.get("CI") else 400))
NUMPY_COUNT = 300 if os.environ.get("CI") else 60
BLOCK = 50


def compiler():
    """Return srcgrad, once it can differentiate."""
    try:
        module = importlib.import_module("srcgrad")
        return module if hasattr(module, "value_and_grad") else None
    except ImportError:
        return None


@pytest.mark.skipif(compiler() is None, reason="needs the compiler")
@pytest.mark.parametrize("first", range(0, COUNT, BLOCK))
def test_srcgrad(first):
    """Nothing wrong, no crash; what is refused names its place."""
    all_right(range(first, min(first + BLOCK, COUNT)), DEFAULT)


@pytest.mark.skipif(compiler() is None, reason="needs the compiler")
@pytest.mark.parametrize("first", range(0, NUMPY_COUNT, BLOCK))
def test_srcgrad_on_whole_arrays(first):
    """The same, of programs over NumPy arrays."""
    all_right(range(first, min(first + BLOCK, NUMPY_COUNT)), frozenset({"numpy"}))


def all_right(seeds, features):
    tool, checks = compiler(), oracle.DEFAULT_CHECKS
    failures = [(s, o) for s, o in run.judged(seeds, features) if o.failed]
    if failures:
        seed, outcome = failures[0]
        small, outcome = run.shrunk(generate(seed, features), outcome, checks, tool, seconds=20)
        what = f"{outcome.status}: {outcome.what}\n\n{small}\n{outcome.detail}"
        pytest.fail(f"seeds {[s for s, _ in failures]} fail; seed {seed}:\n{what}", pytrace=False)


# -- the generator ------------------------------------------------------------------------------


def test_a_seed_gives_the_same_program_in_any_process():
    script = (
        "import sys, hashlib; sys.path[:0] = sys.argv[1:]\n"
        "from programs.generator import FEATURES, generate\n"
        "texts = ''.join(str(generate(seed, FEATURES)) for seed in range(100))\n"
        "print(hashlib.sha256(texts.encode()).hexdigest())\n"
    )
    command = [sys.executable, "-c", script, str(HERE), str(HERE.parent)]
    found = {
        subprocess.run(
            command,
            env={**os.environ, "PYTHONHASHSEED": salt},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for salt in ("1", "2")
    }
    assert len(found) == 1


@pytest.mark.parametrize(
    "features",
    [DEFAULT, frozenset(FEATURES), frozenset({"numpy"})],
    ids=["default", "all", "numpy"],
)
def test_most_programs_can_be_checked(features):
    outcomes = [oracle.judge(generate(seed, features), None, ()) for seed in range(400)]
    assert {outcome.status for outcome in outcomes} <= {oracle.OK, oracle.SKIPPED}
    assert sum(outcome.status == oracle.OK for outcome in outcomes) > 0.85 * len(outcomes)
    assert sum("primal" in outcome.what for outcome in outcomes) <= 2


def statements(text, *kinds):
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]


# How each feature shows in a program's text.
SHOWS = {
    "aliases": lambda t: any(isinstance(n.value, ast.Name) for n in statements(t, ast.Assign)),
    "array_stores": lambda t: "] = np." in t,
    "arrays": lambda t: "np.sum(" in t,
    "branches": lambda t: "else" in t,
    "break_continue": lambda t: "break" in t or "continue" in t,
    "comprehensions": lambda t: statements(t, ast.ListComp, ast.GeneratorExp),
    "defaults": lambda t: "=0.5):" in t,
    "early_returns": lambda t: "        return" in t,
    "flags": lambda t: "flag):" in t,
    "globals": lambda t: "RATE" in t,
    "helpers": lambda t: t.count("def ") > 1,
    "kinks": lambda t: "abs(" in t,
    "list_lengths": lambda t: ".append(" in t,
    "list_stores": lambda t: "] *= " in t,
    "lists": lambda t: "sum(xs)" in t,
    "loop_returns": lambda t: any("    return" in ast.unparse(n) for n in statements(t, ast.For)),
    "loops": lambda t: statements(t, ast.For),
    "matrices": lambda t: ", axis=" in t or ".T" in t,
    "nested": lambda t: any(
        isinstance(inner, ast.FunctionDef) and "nonlocal" not in ast.unparse(inner)
        for f in statements(t, ast.FunctionDef)
        for inner in f.body
    ),
    "nonlocals": lambda t: statements(t, ast.Nonlocal),
    "numpy": lambda t: "np.einsum(" in t,
    "odd_names": lambda t: "x_tape" in t,
    "outputs": lambda t: any(
        isinstance(n.value, ast.Tuple | ast.Dict)
        for n in statements(t[t.rindex("\ndef ") :], ast.Return)
    ),
    "partials": lambda t: "functools.partial(" in t or " = lambda " in t,
    "prints": lambda t: "print(" in t,
    "recursion": lambda t: any(
        getattr(call.func, "id", "") == f.name
        for f in statements(t, ast.FunctionDef)
        for call in statements(ast.unparse(f), ast.Call)
    ),
    "star_arguments": lambda t: "*rest, by=" in t,
    "views": lambda t: "row = " in t or "view = " in t,
    "while": lambda t: "while " in t,
}
NEED = {
    "array_stores": {"arrays"},
    "comprehensions": {"lists"},
    "list_lengths": {"lists"},
    "list_stores": {"lists"},
    "break_continue": {"loops"},
    "loop_returns": {"loops", "early_returns"},
    "matrices": {"arrays"},
    "recursion": {"helpers"},
    "views": {"arrays", "array_stores"},
    "while": {"loops"},
}


# What shows a feature in passing.
INSIDE = {"nested", "nonlocals", "star_arguments"}
LIKE = {
    "branches": {"attempts", "loop_else", "match", "walrus"},
    "break_continue": {"loop_else"},
    "helpers": INSIDE | {"partials"},
    "loop_returns": INSIDE,
    "loops": {"loop_else", "star_arguments"},
    "nested": {"star_arguments"},
}


@pytest.mark.parametrize("feature", SHOWS)
def test_a_feature_is_there_when_asked_for(feature):
    shows = SHOWS[feature]
    alone = {feature} | NEED.get(feature, set())
    assert any(shows(generate(seed, alone).text) for seed in range(150))
    others = FEATURES.keys() - {feature, "aliases", "odd_names", "array_stores", "numpy"}
    others -= LIKE.get(feature, set())
    if feature not in ("early_returns", "aliases"):  # they may be there for another
        assert not any(shows(generate(seed, others).text) for seed in range(150))


def test_unknown_features():
    with pytest.raises(ValueError, match="unknown features: gotos"):
        generate(0, {"gotos"})


# -- the judge ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample():
    return [generate(seed) for seed in range(60)]


def outcomes(sample, tool, checks=oracle.DEFAULT_CHECKS):
    return [oracle.judge(program, tool, checks) for program in sample]


def test_right_derivatives_pass(sample):
    found = outcomes(sample, standins.Numeric, (*oracle.DEFAULT_CHECKS, "wrt"))
    assert {outcome.status for outcome in found} == {oracle.OK, oracle.SKIPPED}


@pytest.mark.parametrize(
    ("tool", "what", "least"),
    [
        (standins.SlightlyWrong, "derivative", 40),
        (standins.PrintsTwice, "output", 3),
        (standins.PullbackPrints, "output", 3),
        (standins.LeavesArguments, "state", 5),
        (standins.ReadsLate, "after the caller changed its data", 10),
        (standins.ReadOnly, "shared memory", 5),
    ],
    ids=lambda p: getattr(p, "__name__", ""),
)
def test_faults_are_found(sample, tool, what, least):
    found = outcomes(sample, tool)
    assert sum(o.status == oracle.WRONG and what in o.what for o in found) >= least


def test_refusals_and_crashes(sample):
    found = outcomes(sample, standins.RefusesLoops)
    refused = [o for o in found if o.status == oracle.REFUSED]
    assert refused and {o.what for o in refused} == {"cannot differentiate a loop"}
    assert not refused[0].failed
    crashed = [o for o in found if o.status == oracle.CRASH]
    assert {o.what for o in crashed} == {"KeyError in standins.py:value_and_grad"}
    assert crashed[0].failed and "KeyError: 'while'" in crashed[0].detail


def program(text, *args):
    return Program(0, text, "f", args)


def test_a_refusal_without_a_location_is_a_crash():
    class Vague(standins.Numeric):
        @classmethod
        def value_and_grad(cls, f):
            raise oracle.SrcgradError("cannot do `it` in 3 ways")

    outcome = oracle.judge(program("def f(x):\n    return x\n", 1.0), Vague)
    assert outcome.status == oracle.CRASH
    assert outcome.what == "SrcgradError without a location: cannot do `...` in 0 ways"


def test_what_takes_for_ever_is_stopped(monkeypatch):
    class Endless(standins.Numeric):
        @classmethod
        def value_and_grad(cls, f):
            while True:
                pass

    monkeypatch.setattr(oracle, "SECONDS", 1)
    outcome = oracle.judge(program("def f(x):\n    return x\n", 1.0), Endless)
    assert outcome.status == oracle.CRASH and outcome.what.startswith("TimeoutError")


@pytest.mark.parametrize(
    ("body", "args", "reason"),
    [
        ("return abs(x)", (0.0,), "near a kink"),
        ("return x if x > 1.0 else 2.0", (1.0,), "near a kink"),
        ("return max(x, 0.5)", (0.5,), "near a kink"),
        ("return x * 1e9", (1.0,), "large or not finite"),
        ("return 1.0 / x", (0.0,), "primal: ZeroDivisionError"),
        ("return None", (0.0,), "returns no number"),
        ("while x < 2.0:\n        pass\n    return x", (0.0,), "primal: Runaway"),
    ],
)
def test_what_cannot_be_measured_is_skipped(body, args, reason):
    outcome = oracle.judge(program(f"def f(x):\n    {body}\n", *args), None, ())
    assert (outcome.status, outcome.what) == (oracle.SKIPPED, reason)


def test_divisions_by_zero_that_numpy_lets_pass():
    """The gradient divides Python's floats, and raises; where only it divides, that is a crash."""

    class Divides(standins.Numeric):
        @classmethod
        def value_and_grad(cls, f):
            return lambda *args: 1.0 / 0

    text = "def f(x):\n    y = np.float64(x) / 0\n    return x\n"
    passed = oracle.judge(program(f"import numpy as np\n{text}", 1.0), Divides)
    assert (passed.status, passed.what) == (oracle.SKIPPED, "divides by zero on the way")
    outcome = oracle.judge(program("def f(x):\n    return x\n", 1.0), Divides)
    assert outcome.status == oracle.CRASH and outcome.what.startswith("ZeroDivisionError")


def test_structures_are_compared():
    class Tuples(standins.Numeric):
        @classmethod
        def spoiled(cls, gradient):
            return tuple(gradient) if isinstance(gradient, list) else gradient

    outcome = oracle.judge(program("def f(xs):\n    return xs[0]\n", [1.0]), Tuples)
    assert outcome.what == "grad: structure"
    assert case._same([1.0, (np.zeros(1), {"a": "b"})], [1.0, (np.zeros(1), {"a": "b"})])
    for other in ((1.0,), [1.0, 2.0], [True], [np.ones(1)], 1.0, ["a"], [2.0]):
        assert not case._same([1.0], other)


def test_second_order():
    class Cubes:
        """Knows the derivatives of a cube."""

        slope = 6.0

        @classmethod
        def grad(cls, f, wrt):
            if f.__name__ == "f":
                return lambda x: 3 * x * x
            return lambda x: cls.slope * x

    cube = program("def f(x):\n    return x * x * x\n", 1.5)
    assert oracle.judge(cube, Cubes, ["second"]).status == oracle.OK
    Cubes.slope = 6.01
    assert oracle.judge(cube, Cubes, ["second"]).what == "second"


# -- the tracer ---------------------------------------------------------------------------------


def test_traces():
    text = """
import math
import numpy as np
def f(x, u):
    print("not printed")
    for i in range(2):
        x += min(x, 1.0) + math.fabs(x)
    y = sum(t for t in [x, -x] if t > 0.0)
    while x < 1.0:
        x += 1.0
    return y + np.sum(np.where(u > 0.0, np.maximum(u, 1.0), np.abs(u)))
"""
    run = traced(text, "f")
    value, trace = run(0.5, np.array([2.0, -0.5]))
    namespace = {}
    exec(text, namespace)
    assert value == namespace["f"](0.5, np.array([2.0, -0.5]))
    assert run(0.5001, np.array([2.0, -0.5]))[1] == trace
    assert run(0.5, np.array([2.0, -0.5001]))[1] == trace
    for other in ((-0.5, [2.0, -0.5]), (0.5, [0.5, -0.5]), (0.5, [2.0, 0.5])):
        assert run(other[0], np.array(other[1]))[1] != trace


def test_a_program_that_does_not_end():
    with pytest.raises(Runaway):
        traced("def f(xs):\n    for x in xs:\n        xs.append(x)\n", "f")([1.0])


# -- the shrinker -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 3, 7, 12, 18])
def test_failures_are_made_small(seed):
    large = generate(seed)
    outcome = oracle.judge(large, standins.SlightlyWrong)
    if not outcome.failed:
        pytest.skip("no failure")
    small, again = run.shrunk(large, outcome, oracle.DEFAULT_CHECKS, standins.SlightlyWrong, 30)
    assert again.like(outcome)
    assert len(small.text) < 100 and small.text.count("\n") <= 4


def test_the_shrinker_keeps_what_matters():
    text = """
import math
def g(t, k):
    if k <= 0:
        return t
    return g(t * 0.5, k - 1) + 1.0
def f(a, xs, n):
    total = 0.0
    for i, x in enumerate(xs):
        if x > 0.0:
            total += math.sin(x) * g(a, n)
        else:
            total -= x
    return total
"""
    large = program(text, 0.3, [1.234, -2.0, 3.0], 2)

    def fails(candidate):
        namespace = {}
        try:
            exec(candidate.text, namespace)
            namespace["f"](*candidate.args)
        except Exception:
            return False
        return "math.sin" in candidate.text and "for" in candidate.text

    small = shrink.shrink(large, fails)
    lines = small.text.splitlines()
    assert lines[:2] == ["import math", ""] and lines[2].startswith("def f(")
    assert len(lines) == 5 and "math.sin(1.0)" in lines[4]
    assert len(small.args) == 1


def test_the_shrinker_stops_in_time():
    calls = []

    def slow(candidate):
        calls.append(candidate)
        return True

    shrink.shrink(generate(3), slow, seconds=0.0)
    assert len(calls) == 1


# -- the command line ---------------------------------------------------------------------------


def test_the_command_line(capsys):
    assert run.main("--count 20 --jobs 1 --tools Numeric".split()) == 0
    assert "20 programs in" in capsys.readouterr().out
    assert run.main("--count 20 --jobs 2 --tools SlightlyWrong --shrink 1".split()) == 1
    out = capsys.readouterr().out
    assert "grad: derivative" in out and "== seed 0: wrong" in out and "return " in out
    assert run.main("--seed 5 --count 1 --show --tools Numeric".split()) == 0
    assert str(generate(5)) in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--features=gotos", "--checks=hessian"])
def test_bad_options(option):
    with pytest.raises(SystemExit, match="unknown"):
        run.main([option])


@pytest.mark.parametrize("command", [["tests/programs/run.py"], ["-m", "tests.programs.run"]])
def test_as_a_script_and_as_a_module(command):
    done = subprocess.run(
        [sys.executable, *command, "--count", "3", "--tools", "Numeric"],
        cwd=HERE.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "3 programs" in done.stdout
