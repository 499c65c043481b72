"""The command line: what goes where, and with which status."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEURON = str(ROOT / "examples" / "neuron.py") + ":neuron"
NEURON_GRADIENT = """\
    # forward pass
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot))

    # backward pass
    # line 13: f = 1.0 / (1 + math.exp(-dot))
    ddot = (1 - f) * f
    # line 12: dot = w[0] * x[0] + w[1] * x[1] + w[2]
    dw = [x[0] * ddot, x[1] * ddot, ddot]
    dx = [w[0] * ddot, w[1] * ddot]
    return dw, dx
"""


# --- what needs no compiler


def test_help_lists_the_commands_and_the_statuses(run):
    status, out, _ = run("--help")
    assert status == 0
    for word in ("show", "check", "pkg.mod:function", "1 a check failed"):
        assert word in out


def test_version(run):
    status, out, _ = run("--version")
    assert status == 0 and out.startswith("srcgrad ")


@pytest.mark.parametrize("module", ["numpy", "astor", "black", "inspect", "ast"])
def test_help_imports_little(module):
    code = (
        "import sys; before = set(sys.modules)\n"
        "from srcgrad.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        f"assert {module!r} in before or {module!r} not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["shwo", "f.py:f"],
        ["show"],
        ["show", NEURON, "--mode", "gradient"],
        ["show", NEURON, "--staged", "--pass", "reverse"],
        ["check", NEURON, "--rtol", "small"],
    ],
    ids=" ".join,
)
def test_usage_errors(run, argv):
    status, out, err = run(*argv)
    assert (status, out) == (2, "")
    assert "usage: srcgrad" in err


@pytest.mark.parametrize("command", ["show", "check"])
def test_targets_that_are_not_there(run, file, command):
    name = file("def loss(w):\n    return w\n")
    for target, message in [
        (f"{name}:los", f"srcgrad: {name} has no `los`; did you mean `loss`?\n"),
        (name, f"srcgrad: {name}: which function? There are\n  {name}:loss\n"),
        ("nowhere.py:f", "srcgrad: nowhere.py: no such file of Python code\n"),
    ]:
        assert run(command, target) == (2, "", message)


# --- what needs the compiler


def test_show_prints_what_an_expert_writes(run):
    status, out, err = run("show", NEURON)
    assert (status, err) == (0, "")
    body = out[out.index("    # forward pass") :]
    assert body == NEURON_GRADIENT


@pytest.mark.parametrize("mode", ["grad", "value-and-grad", "vjp", "jvp"])
@pytest.mark.parametrize("example", ["neuron", "circuit", "horner", "newton_sqrt", "heat", "huber"])
def test_show_prints_valid_python_and_nothing_else(run, example, mode):
    status, out, err = run("show", f"{ROOT}/examples/{example}.py:{example}", "--mode", mode)
    assert (status, err) == (0, "")
    assert any(isinstance(node, ast.FunctionDef) for node in ast.parse(out).body)
    assert out.endswith("\n") and not out.endswith("\n\n")
    exec(compile(out, "<out>", "exec"), {})


def test_show_is_the_same_each_time(run):
    assert run("show", NEURON) == run("show", NEURON)


def test_show_by_one_parameter(run):
    _, out, _ = run("show", NEURON, "--wrt", "x")
    assert "return [w[0] * ddot, w[1] * ddot]" in out and "dw" not in out


def test_show_at_other_values(run, file):
    name = file("def total(w):\n    return w[0] * w[1]\n")
    assert run("show", f"{name}:total", "--at", "[1.0, 2.0, 3.0]")[0] == 0
    assert run("show", f"{name}:total", "--at", "w=f64[5]")[0] == 0


@pytest.mark.parametrize(
    "options, message",
    [
        (["--at", "q=1"], "the parameters are w, x"),
        (["--at", "w=["], "--at 'w=['"),
        (["--wrt", "ww"], "ww"),
        (["--wrt", "7"], "7"),
    ],
    ids=str,
)
@pytest.mark.parametrize("command", ["show", "check"])
def test_arguments_that_do_not_fit(run, command, options, message):
    status, out, err = run(command, NEURON, *options)
    assert (status, out) == (2, "")
    assert message in err


def test_show_without_any_example_goes_by_use(run, file):
    name = file("def f(w, x):\n    return w[0] * w[1] * x\n")
    status, out, err = run("show", f"{name}:f")
    assert (status, err) == (0, "")
    assumed, code = out.split("\n", 1)
    assert assumed == "# assumed: w is a list of 2 floats, x is a float (--at says otherwise)"
    assert "dw = [w[1] * x, w[0] * x]" in code
    ast.parse(out)


def test_show_says_nothing_of_what_it_was_told(run, file):
    name = file("def f(w: list[float], x, y=2):\n    return w[0] * x * y\n")
    assert run("show", f"{name}:f")[1].startswith("# assumed: x is a float (")
    assert run("show", f"{name}:f", "--at", "x=1.0")[1].startswith("def f_grad(w, x, y=2):")


def test_show_says_what_it_assumed_where_that_does_not_fit(run, file):
    name = file(
        "def f(xs):\n    total = 0.0\n    for x in xs:\n        total += x\n    return total\n"
    )
    status, out, err = run("show", f"{name}:f")
    assert (status, out) == (3, "")
    assert err.startswith(f"{name}:3:")
    assert err.endswith("\nsrcgrad assumed: xs is a float (--at says otherwise)\n")


def test_each_pass_can_be_shown(run):
    from srcgrad.pipeline import PASSES

    shown = [run("show", NEURON, "--pass", name) for name in PASSES]
    assert all(status == 0 and out for status, out, _ in shown)
    assert run("show", NEURON, "--staged") == run("show", NEURON, "--pass", "stage")


def test_an_unknown_pass_lists_them(run):
    from srcgrad.pipeline import PASSES

    status, out, err = run("show", NEURON, "--pass", "revrse")
    assert (status, out) == (2, "")
    assert "no pass `revrse`; did you mean `reverse`?" in err
    assert " ".join(PASSES) in err


def test_what_cannot_be_differentiated(run, file):
    name = file(
        """
        def f(x):
            yield x
        """
    )
    status, out, err = run("show", f"{name}:f", "--at", "1.0")
    assert (status, out) == (3, "")
    assert err.startswith(f"{name}:")


def test_a_function_without_source(run):
    status, out, err = run("show", "math:exp")
    assert (status, out) == (2, "")
    assert err.startswith("srcgrad: ")


def test_decorated_functions_are_shown_as_their_primal(run, file):
    name = file("from srcgrad import grad\n@grad\ndef f(x):\n    return x * x\n")
    status, out, _ = run("show", f"{name}:f", "--at", "1.0")
    assert status == 0 and "2 * x" in out


def test_check_of_a_right_gradient(run):
    status, out, err = run("check", NEURON)
    assert (status, err) == (0, "")
    assert "w[0]" in out and "x[1]" in out and "wrong" not in out


def test_check_of_a_wrong_gradient(run, file):
    name = file(
        """
        from srcgrad import primitive

        @primitive(d="2.1 * x")
        def square(x):
            return x * x

        def f(x):
            return square(x)
        """
    )
    status, out, err = run("check", f"{name}:f", "--at", "1.5")
    assert status == 1
    assert "wrong" in out
    assert "derivatives are wrong" in err
    assert run("check", f"{name}:f", "--at", "1.5", "--rtol", "0.2")[0] == 0


def test_check_says_what_it_guesses(run, file):
    name = file("def f(x):\n    return x * x\n")
    status, _, err = run("check", f"{name}:f")
    assert status == 0 and "is a guess; --at says what it is" in err


def test_check_where_the_function_itself_fails(run, file):
    name = file("def f(x):\n    return 1 / (x - 1)\n")
    status, out, err = run("check", f"{name}:f", "--at", "1.0")
    assert (status, out) == (3, "")
    assert "ZeroDivisionError" in err


def test_check_with_keyword_only_parameters(run, file):
    name = file("def f(x, *, a):\n    return a * x * x\n")
    assert run("check", f"{name}:f", "--at", "1.5, a=2.0")[0] == 0


# --- as a process


def process(*argv, **options):
    return subprocess.run(
        [sys.executable, "-m", "srcgrad", *argv],
        cwd=ROOT,
        capture_output=True,
        text=True,
        **options,
    )


def test_the_process_ends_with_the_status():
    assert process("show", "examples/neuron.py:neuron").returncode == 0
    assert process("show", "examples/neuron.py:neurn").returncode == 2


def test_a_reader_that_leaves_early_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "srcgrad", "show", "examples/neuron.py:neuron"]
    run = subprocess.run(command, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (run.returncode, run.stderr) == (0, "")
