"""How the tests of the command line call it."""

import sys
import textwrap

import pytest

from srcgrad.cli import main


@pytest.fixture
def run(capsys):
    """Run the command line in this process; returns (status, stdout, stderr)."""

    def run(*argv):
        try:
            status = main(argv)
        except SystemExit as exit:
            status = exit.code
        output = capsys.readouterr()
        return status, output.out, output.err

    return run


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A file of functions, in a working directory of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    path = tmp_path / f"file_{tmp_path.name.strip('_')}.py"  # a module is imported only once

    def write(text):
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path.name

    yield write
    sys.modules.pop(path.stem, None)
