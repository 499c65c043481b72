"""The project's own files agree with one another."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_ci_runs_the_commands_of_the_readme():
    commands = re.findall(r'^step "(python3 -m venv .*)"$', read(".ci/run"), re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        assert f"\n{command}\n" in read("README.md")


def test_ci_is_executable_and_valid():
    path = ROOT / ".ci" / "run"
    assert path.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(path)], check=True)


def test_changelog_has_the_version_or_what_comes():
    version = re.search(r'^version = "(.*)"$', read("pyproject.toml"), re.MULTILINE)[1]
    assert "## [Unreleased]" in read("CHANGELOG.md")
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)


@pytest.mark.parametrize("example", sorted(path.name for path in (ROOT / "examples").glob("*.py")))
def test_examples_hold_and_run_from_anywhere(example, tmp_path):
    """As a script, and from a folder where only the installed package is found."""
    command = [sys.executable, "-m", "doctest", str(ROOT / "examples" / example)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
