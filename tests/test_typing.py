"""Type checkers see the primal's signature through `grad` and its like."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent
CALLS = HERE / "typing" / "calls.py"
LINES = CALLS.read_text(encoding="utf-8").splitlines()
WRONG = [k for k, line in enumerate(LINES, 1) if line.endswith("# error")]


def test_the_package_says_that_it_is_typed():
    assert (ROOT / "srcgrad" / "py.typed").exists()


def test_mypy(tmp_path):
    pytest.importorskip("mypy")
    options = ["--no-error-summary", "--show-column-numbers", "--follow-imports=silent"]
    options += [
        "--config-file=",
        f"--cache-dir={tmp_path}",
        f"--python-executable={sys.executable}",
    ]
    run = subprocess.run(
        [sys.executable, "-m", "mypy", *options, str(CALLS)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": str(ROOT)},
    )
    assert not run.stderr
    errors = {int(k) for k in re.findall(r"^[^:]*:(\d+):\d+: error", run.stdout, re.MULTILINE)}
    assert sorted(errors) == WRONG, run.stdout
    pattern = r'^[^:]*:(\d+):\d+: note: Revealed type is "(.*)"$'
    found = {int(k): t for k, t in re.findall(pattern, run.stdout, re.MULTILINE)}
    wanted = {
        k: line.partition("  # ")[2]
        for k, line in enumerate(LINES, 1)
        if line.startswith("reveal_type")
    }
    assert {k: _plain(t) for k, t in found.items()} == wanted


def _plain(text):
    """As mypy writes types from 1.18 on."""
    return text.replace("builtins.", "").replace("Tuple[", "tuple[")


def test_pyright(tmp_path):
    pyright = shutil.which("pyright")
    if pyright is None:
        pytest.skip("pyright is not installed")
    shutil.copy(CALLS, tmp_path)
    settings = {"include": ["."], "extraPaths": [str(ROOT)]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [pyright, "--outputjson", "-p", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True)
    found = json.loads(run.stdout)["generalDiagnostics"]
    lines = {d["range"]["start"]["line"] + 1 for d in found if d["severity"] == "error"}
    assert sorted(lines) == WRONG, json.dumps(found, indent=1)
