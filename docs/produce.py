#!/usr/bin/env python3
"""Write into the documentation what the compiler prints.

    python docs/produce.py            # rewrite the blocks that are not up to date
    python docs/produce.py --check    # change nothing; a diff and status 1 where there are any

A block is produced where a comment above it says what prints it:

    <!-- output of: srcgrad show examples/neuron.py:neuron -->

`messages of:` takes what the command says on stderr instead, from a command that is to fail. A
picture is produced where a comment says what draws it:

    <!-- picture of: srcgrad draw examples/neuron.py:neuron -o docs/pictures/neuron.svg -->
    <!-- picture of: history as pictures/loss.svg -->

The second draws a line through the numbers of a variable that the page's own Python blocks have
made by there.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import io
import os
import re
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from srcgrad.cli import main as srcgrad

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"(?P<head><!-- (?P<what>output|messages) of: srcgrad (?P<command>[^\n]*?) -->\n+```\w*\n)"
    r"(?P<body>.*?)(?=^```$)",
    re.DOTALL | re.MULTILINE,
)
PICTURE = re.compile(r"<!-- picture of: srcgrad (?P<command>draw [^\n]*?) -o (?P<file>\S+) -->")
CURVE = re.compile(r"<!-- picture of: (?P<variable>\w+) as (?P<file>\S+) -->")


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
        yield from curves(page, text)


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


def curves(page: Path, text: str) -> Iterator[tuple[Path, str]]:
    """Yield the curves that a page asks for: where they go, and what is to be there."""
    for wanted in CURVE.finditer(text):
        scope = ran(text[: wanted.start()])
        yield page.parent / wanted["file"], drawn(scope[wanted["variable"]])


def ran(text: str) -> dict[str, Any]:
    """Return the names that the Python blocks of a text define. They go through files: the compiler reads source."""
    scope: dict[str, Any] = {"__name__": "page"}
    with tempfile.TemporaryDirectory() as folder:
        for number, block in enumerate(re.findall(r"^```python\n(.*?)^```$", text, re.S | re.M)):
            file = Path(folder) / f"block_{number}.py"
            file.write_text(block, encoding="utf-8")
            exec(compile(block, str(file), "exec"), scope)
    return scope


def drawn(values: Sequence[float], width: int = 480, height: int = 160) -> str:
    """Return an SVG of a line through values, from zero up; it suits a light page and a dark one."""
    top, left, grey = max(values), 40, "#888"
    step = (width - left - 10) / (len(values) - 1)
    points = [
        f"{left + k * step:.0f},{height - 20 - v / top * (height - 30):.0f}"
        for k, v in enumerate(values)
    ]
    points = [p for k, p in enumerate(points) if k == 0 or p != points[k - 1]]
    label = f'font-family="sans-serif" font-size="11" fill="{grey}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">\n'
        f'<path d="M{left} 10V{height - 20}H{width - 10}" fill="none" stroke="{grey}"/>\n'
        f'<text x="{left - 4}" y="14" text-anchor="end" {label}>{top:.2f}</text>\n'
        f'<text x="{left - 4}" y="{height - 16}" text-anchor="end" {label}>0</text>\n'
        f'<text x="{width - 10}" y="{height - 6}" text-anchor="end" {label}>{len(values)} steps</text>\n'
        f'<polyline points="{" ".join(points)}" fill="none" stroke="#d9730d" stroke-width="2"/>\n'
        "</svg>\n"
    )


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
