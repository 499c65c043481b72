#!/usr/bin/env python3
"""Write into the documentation what the compiler prints.

    python docs/produce.py            # rewrite the blocks that are not up to date
    python docs/produce.py --check    # change nothing; a diff and status 1 where there are any

A block is produced where a comment above it says what prints it:

    <!-- output of: srcgrad show examples/neuron.py:neuron -->

`messages of:` takes what the command says on stderr instead, from a command that is to fail. A
picture is produced where a comment says what draws it:

    <!-- picture of: srcgrad draw examples/neuron.py:neuron -o docs/pictures/neuron.svg -->
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import io
import os
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from srcgrad.cli import main as srcgrad

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"(?P<head><!-- (?P<what>output|messages) of: srcgrad (?P<command>[^\n]*?) -->\n+```\w*\n)"
    r"(?P<body>.*?)(?=^```$)",
    re.DOTALL | re.MULTILINE,
)
PICTURE = re.compile(r"<!-- picture of: srcgrad (?P<command>draw [^\n]*?) -o (?P<file>\S+) -->")


def produced(page: str) -> str:
    """Return a page with each produced block as it ought to be."""
    return BLOCK.sub(lambda m: m["head"] + run(m["command"], m["what"]), page)


def results() -> Iterator[tuple[Path, str]]:
    """Yield each page, and each picture that one asks for, with what ought to be in it."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        yield page, produced(text)
        for picture in PICTURE.finditer(text):
            yield ROOT / picture["file"], run(picture["command"], "output")


def run(command: str, what: str) -> str:
    """Return what a command prints: its output where it is to succeed, else its messages."""
    output, messages = io.StringIO(), io.StringIO()
    with _working_in(ROOT), contextlib.redirect_stderr(messages):
        with contextlib.redirect_stdout(output):
            status = srcgrad(shlex.split(command))
    if (status == 0) != (what == "output") or "Traceback" in messages.getvalue():
        raise SystemExit(f"srcgrad {command}: status {status}\n{messages.getvalue()}")
    return (output if what == "output" else messages).getvalue().rstrip("\n") + "\n"


@contextlib.contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say what is out of date")
    check = parser.parse_args(argv).check
    stale = 0
    for file, new in results():
        old = file.read_text(encoding="utf-8") if file.exists() else ""
        if new == old:
            continue
        stale += 1
        name = file.relative_to(ROOT).as_posix()
        if check:
            lines = (old.splitlines(), new.splitlines(), name, f"{name}, produced")
            print("\n".join(difflib.unified_diff(*lines, lineterm="")))
        else:
            file.parent.mkdir(exist_ok=True)
            file.write_text(new, encoding="utf-8")
            print(f"{name} rewritten")
    if stale and check:
        print("run `python docs/produce.py`")
    return 1 if stale and check else 0


if __name__ == "__main__":
    raise SystemExit(main())
