"""`srcgrad draw`: what goes where, and with which status."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from srcgrad.cli import main

ROOT = Path(__file__).parents[2]
NEURON = str(ROOT / "examples" / "neuron.py") + ":neuron"
AT = "w=[2, -3, -3], x=[-1, -2]"


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run the command in a folder of its own; returns (status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def run(*argv):
        try:
            status = main(["draw", *argv])
        except SystemExit as exit:
            status = exit.code
        output = capsys.readouterr()
        return status, output.out, output.err

    return run


def test_svg_goes_to_stdout(run):
    status, out, err = run(NEURON, "--at", AT)
    assert status == 0 and err == ""
    assert ET.fromstring(out).tag.endswith("svg")


@pytest.mark.parametrize(
    "name, start",
    [("n.svg", "<svg "), ("n.dot", "digraph "), ("n.gv", "digraph "), ("n.mmd", "flowchart ")],
)
def test_the_ending_says_the_format(run, name, start):
    status, out, err = run(NEURON, "--at", AT, "-o", name)
    assert status == 0 and out == ""
    assert err == f"srcgrad: {name}: <circuit of neuron: 8 gates>\n"
    assert Path(name).read_text(encoding="utf-8").startswith(start)


def test_the_format_can_be_said(run):
    assert run(NEURON, "--format", "mermaid")[1].startswith("flowchart LR")
    assert run(NEURON, "--format", "dot", "-o", "n.txt")[0] == 0
    assert Path("n.txt").read_text(encoding="utf-8").startswith("digraph")


def test_wrt(run):
    status, out, _ = run(NEURON, "--at", AT, "--wrt", "w", "--format", "mermaid")
    assert status == 0
    assert 'n0 -- "2 / -0.197" --> n2' in out and 'n1 -- "-1" --> n2' in out


@pytest.mark.parametrize(
    "argv, message",
    [
        (["missing.py:f"], "missing.py"),
        ([NEURON + "s"], "did you mean `neuron`?"),
        ([NEURON, "-o", "n.png"], "--format"),
        ([NEURON, "-o", "no/such/folder.svg"], "cannot write"),
        ([NEURON, "--format", "png"], "invalid choice"),
        ([NEURON, "--wrt", "z"], "wrt='z'"),
        ([NEURON, "--at", "z=1"], "z"),
    ],
)
def test_what_does_not_exist_is_status_2(run, argv, message):
    status, out, err = run(*argv)
    assert status == 2 and out == "" and message in err


def test_what_cannot_be_differentiated_is_status_3(run):
    Path("refused_here.py").write_text("def f(x):\n    y = {x}\n    return x\n")
    status, out, err = run("refused_here.py:f")
    assert status == 3 and out == "" and "refused_here.py:2:9" in err


def test_guesses_and_large_graphs_are_mentioned(run):
    Path("power_here.py").write_text(
        "def power(x, n=200):\n    y = x\n    for _ in range(n):\n        y = y * x\n    return y\n"
    )
    status, out, err = run("power_here.py:power")
    assert status == 0 and "y = y * x" in out
    assert "is a guess" in err and "200 gates, a box for each line" in err
