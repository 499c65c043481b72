"""What `show` can be asked for, and that what it prints is Python."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from srcgrad.cli import beside

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted({path.stem for path in (ROOT / "examples").glob("*.py")} - {"sigmoid_gate"})
NEURON = str(ROOT / "examples" / "neuron.py") + ":neuron"
HORNER = str(ROOT / "examples" / "horner.py") + ":horner"
ESCAPE = re.compile(r"\x1b\[[\d;]*m")


@pytest.fixture
def terminal(monkeypatch):
    """Make stdout a terminal of so many columns, without colours."""

    def terminal(columns, **environment):
        for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
            monkeypatch.delenv(name, raising=False)
        for name, value in ({"NO_COLOR": "1"} | environment).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    return terminal


def without_comments(text):
    return ast.dump(ast.parse(text))


# --- comments


def test_each_part_names_its_line(run, file):
    name = file(
        """
        import math

        def helper(z):
            return z * z

        def f(a, b):
            u = a * b
            v = math.sin(
                u
            )
            total = 0.0
            for k in range(3):
                total += v * math.cos(total)
            w = helper(u)
            return total + w
        """
    )
    _, out, _ = run("show", f"{name}:f")
    said = re.findall(r"# (lines? .*)", out)
    assert "line 13: for k in range(3):" in said
    assert "line 14: total += v * math.cos(total)" in said
    assert "line 8: u = a * b" in said
    assert "line 9, line 5 of helper" in said
    lines = (Path(name)).read_text(encoding="utf-8").splitlines()
    for line in said:
        if quoted := re.fullmatch(r"line (\d+)(?: of \w+)?: (.*)", line):
            assert lines[int(quoted[1]) - 1].strip() == quoted[2]


def test_a_long_line_is_not_quoted_to_its_end(run, file):
    terms = " + ".join(f"x * {k}.5" for k in range(20))
    text = f"def f(a, b):\n    y = ({terms})\n    return y * y\n"
    name = file(text.replace("x * 1.5", "a * b").replace("x * ", "a * "))
    _, out, _ = run("show", f"{name}:f", "--at", "1.0")
    comments = [line for line in out.splitlines() if line.lstrip().startswith("#")]
    assert any(line.endswith(" ...") for line in comments)
    assert max(map(len, comments)) <= 88


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("mode", ["grad", "value-and-grad", "vjp", "jvp"])
def test_comments_are_only_comments(run, example, mode):
    target = f"{ROOT}/examples/{example}.py:{example}"
    status, out, err = run("show", target, "--mode", mode)
    assert (status, err) == (0, "")
    plain = run("show", target, "--mode", mode, "--no-comments")[1]
    assert without_comments(out) == without_comments(plain)
    assert "#" not in plain


def test_without_comments_the_assumption_is_a_message(run, file):
    name = file("def f(x):\n    return x * x\n")
    status, out, err = run("show", f"{name}:f", "--no-comments")
    assert (status, out) == (0, "def f_grad(x):\n    return 2 * x\n")
    assert err == "srcgrad assumed: x is a float (--at says otherwise)\n"


# --- which text


def test_value_is_a_mode(run):
    assert run("show", NEURON, "--value") == run("show", NEURON, "--mode", "value-and-grad")
    assert run("show", NEURON, "--value", "--mode", "vjp")[0] == 2


def test_several_targets(run):
    status, out, err = run("show", NEURON, HORNER)
    assert (status, err) == (0, "")
    names = [n.name for n in ast.parse(out).body if isinstance(n, ast.FunctionDef)]
    assert names == ["neuron_grad", "horner_grad"]
    assert f"# {NEURON}\n" in out and f"\n\n\n# {HORNER}\n" in out


def test_one_of_several_that_fails_does_not_keep_the_others(run, file):
    name = file("def f(x):\n    yield x\n")
    status, out, err = run("show", f"{name}:f", "nowhere.py:f", NEURON)
    assert status == 3
    assert "def neuron_grad" in out and "def f_grad" not in out
    assert "a generator" in err and "nowhere.py: no such file" in err


# --- side by side


def test_side_by_side_on_a_wide_terminal(run, terminal):
    terminal(120)
    status, out, err = run("show", NEURON, "--side-by-side")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    bars = {line.index(" |") for line in lines}
    assert len(bars) == 1
    column = bars.pop()
    left = [line[:column].strip() for line in lines]
    assert "12      dot = w[0] * x[0] + w[1] * x[1] + w[2]" in left
    assert not any('"""' in line for line in left)
    right = "\n".join(line[column + 3 :] for line in lines)
    assert without_comments(right) == without_comments(run("show", NEURON)[1])


@pytest.mark.parametrize("columns", [75, 80, 90, 100, 150])
@pytest.mark.parametrize("example", ["neuron", "circuit", "heat", "newton_sqrt", "horner"])
def test_side_by_side_fits(run, terminal, example, columns):
    terminal(columns)
    _, out, _ = run("show", f"{ROOT}/examples/{example}.py:{example}", "--side-by-side")
    assert max(map(len, out.splitlines())) <= columns
    assert out.count(" |") >= len(out.splitlines()) - 1


def test_side_by_side_where_there_is_no_room(run, terminal):
    terminal(60)
    narrow = run("show", NEURON, "--side-by-side")[1]
    names = [n.name for n in ast.parse(narrow).body if isinstance(n, ast.FunctionDef)]
    assert names == ["neuron", "neuron_grad"]


def test_side_by_side_in_a_pipe_is_python(run):
    out = run("show", NEURON, "--side-by-side")[1]
    scope = {}
    exec(out, scope)
    assert scope["neuron_grad"]([2, -3, -3], [-1, -2])[1][0] == pytest.approx(0.3932, abs=1e-4)


def test_a_lambda_beside_its_gradient(run, file, terminal):
    name = file("table = {}\nf = (lambda x:\n    x * x)\n")
    terminal(100)
    status, out, _ = run("show", f"{name}:f", "--side-by-side")
    assert status == 0 and "def lambda_(x):" in out


def test_folded_lines_keep_every_word():
    line = "    value = first + second * third + fourth_and_a_very_long_name_that_cannot_be_cut"
    for size in range(20, 90):
        parts = beside.folded(line, size)
        assert max(map(len, parts)) <= size
        assert "".join("".join(parts).split()) == "".join(line.split())


# --- colours


@pytest.mark.parametrize(
    "environment, options, coloured",
    [
        ({}, [], True),
        ({"NO_COLOR": "1"}, [], False),
        ({"NO_COLOR": ""}, [], True),
        ({"TERM": "dumb"}, [], False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, [], False),
        ({"NO_COLOR": "1"}, ["--color", "always"], True),
        ({}, ["--color", "never"], False),
        ({"FORCE_COLOR": "1"}, ["--color", "never"], False),
    ],
    ids=str,
)
def test_colours_on_a_terminal(run, terminal, environment, options, coloured):
    pytest.importorskip("pygments")
    terminal(100, **({"NO_COLOR": ""} | environment))
    out = run("show", NEURON, *options)[1]
    assert bool(ESCAPE.search(out)) == coloured
    assert ESCAPE.sub("", out) == run("show", NEURON, "--color", "never")[1]


def test_colours_elsewhere_only_on_request(run, monkeypatch):
    pytest.importorskip("pygments")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert not ESCAPE.search(run("show", NEURON)[1])
    assert ESCAPE.search(run("show", NEURON, "--color", "always")[1])
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert ESCAPE.search(run("show", NEURON)[1])
    assert not ESCAPE.search(run("show", NEURON, "--json")[1])


def test_colours_take_no_columns(run, terminal):
    pytest.importorskip("pygments")
    terminal(100, NO_COLOR="")
    painted = run("show", NEURON, "--side-by-side")[1]
    terminal(100)
    assert ESCAPE.sub("", painted) == run("show", NEURON, "--side-by-side")[1]


def test_without_pygments(run, terminal, monkeypatch):
    monkeypatch.setitem(sys.modules, "pygments", None)
    terminal(100, NO_COLOR="")
    status, out, err = run("show", NEURON)
    assert status == 0 and not ESCAPE.search(out) and err == ""
    status, out, err = run("show", NEURON, "--color", "always")
    assert status == 0 and not ESCAPE.search(out) and "srcgrad[color]" in err


# --- what is piped


@pytest.mark.parametrize(
    "options", [[], ["--value"], ["--side-by-side"], ["--mode", "vjp"]], ids=str
)
def test_what_is_piped_is_the_same_byte_for_byte(tmp_path, options):
    """The file runs where srcgrad is not installed, and is what `--json` has."""
    command = [sys.executable, "-m", "srcgrad", "show", "examples/neuron.py:neuron", *options]
    path = tmp_path / "gradient.py"
    with open(path, "wb") as file:
        subprocess.run(command, cwd=ROOT, stdout=file, check=True)
    written = path.read_bytes()
    assert written.endswith(b"\n") and b"\r" not in written and b"\x1b" not in written
    assert without_comments(written.decode("ascii"))
    subprocess.run([sys.executable, "-I", str(path)], check=True, cwd=tmp_path)
    if "--side-by-side" not in options:
        found = subprocess.run([*command, "--json"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
        assert json.loads(found.stdout)["targets"][0]["source"].encode() == written


def test_text_that_is_not_ascii_can_be_piped(tmp_path):
    (tmp_path / "greek.py").write_text("def f(θ):\n    return θ * θ  # größer\n", encoding="utf-8")
    command = [sys.executable, "-m", "srcgrad", "show", "greek.py:f"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    found = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True)
    assert found.returncode == 0, found.stderr
    assert "return 2 * θ" in found.stdout.decode("utf-8")


# --- JSON


def test_json_of_a_gradient(run, file):
    name = file("def f(w, x):\n    return w[0] * w[1] * x\n")
    status, out, err = run("show", f"{name}:f", "--json", "--wrt", "x", "--value")
    assert (status, err) == (0, "")
    document = json.loads(out)
    assert document["version"] == 1 and document["command"] == "show"
    (entry,) = document["targets"]
    assert list(entry) == ["target", "source", "mode", "pass", "wrt", "assumed", "errors"]
    assert entry["target"] == f"{name}:f" and entry["mode"] == "value-and-grad"
    assert entry["wrt"] == ["x"] and entry["errors"] == []
    assert entry["assumed"] == {"w": "a list of 2 floats", "x": "a float"}
    assert entry["source"].startswith("def f_value_and_grad(w, x):")


def test_json_of_what_is_refused(run, file):
    name = file(
        "def f(x):\n    y = yield x\n    class C: pass\n    return 1.0\n\n\ndef g(x):\n    return [x]\n"
    )
    status, out, err = run("show", f"{name}:f", f"{name}:g", f"{name}:h", "--json")
    assert (status, err) == (3, "")
    f, g, h = json.loads(out)["targets"]
    assert f["source"] is None
    assert [(e["file"], e["line"], e["col"]) for e in f["errors"]] == [(name, 2, 9), (name, 3, 5)]
    assert all(e["message"] and e["hint"] for e in f["errors"])
    assert [(e["line"], bool(e["hint"])) for e in g["errors"]] == [(8, True)]
    assert h["errors"][0]["file"] is None and "has no `h`" in h["errors"][0]["message"]


# --- what was probably meant


@pytest.mark.parametrize(
    "argv, meant",
    [
        (["show", NEURON, "--moed", "grad"], "--mode"),
        (["show", NEURON, "--side-by-sid"], None),  # argparse takes the beginning of a word
        (["show", NEURON, "--stagged"], "--staged"),
        (["check", NEURON, "--rtool", "1"], "--rtol"),
        (["show", NEURON, "--mode", "vpj"], "vjp"),
        (["show", NEURON, "--color", "allways"], "always"),
        (["shwo", NEURON], "show"),
        (["show", NEURON, "--pass", "simplfy"], "simplify"),
        (["show", NEURON, "--at", "ww=1"], "w"),
        (["show", NEURON, "--wrt", "ww"], "w"),
        (["show", "examples/neuron.py:nueron"], "neuron"),
        (["show", "examples/nueron.py:neuron"], "examples/neuron.py"),
        (["show", "exmaples/neuron.py:neuron"], "examples/neuron.py"),
        (["show", "srcgrad.target:find"], "srcgrad.targets"),
        (["show", "srcgard:grad"], "srcgrad"),
    ],
    ids=str,
)
def test_near_names(run, monkeypatch, argv, meant):
    monkeypatch.chdir(ROOT)
    status, out, err = run(*argv)
    if meant is None:
        assert status == 0
    else:
        assert (status, out) == (2, "")
        assert f"did you mean `{meant}`?" in err
