"""The command line: `srcgrad show`, `check`, `draw` and `rules`.

What goes to stdout is the answer and nothing else: code that can be piped into a file, or a table.
All that is said about it goes to stderr. The status is 0 where all is well, 1 where a check failed,
2 where something was asked that does not exist, and 3 where a function cannot be differentiated.

Each command is a module with `register`, which describes it, and `run`, which does it.
"""

from __future__ import annotations

# Only what `--help` needs is imported here; the rest, NumPy above all, once there is work to do.
import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

from srcgrad.cli import check, draw, rules, show
from srcgrad.cli.options import TARGETS, Parser
from srcgrad.cli.status import OK

COMMANDS = (show, check, draw, rules)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process where missing.

    Returns
    -------
    int
        The exit status.

    Raises
    ------
    SystemExit
        By `--help` and `--version` (0), and where the arguments do not fit (2).

    Examples
    --------
    >>> main(["show", "examples/no_such_file.py:f"])
    2
    """
    options = _parser().parse_args(argv)
    if argv is None and not sys.stdout.isatty() and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # as Python reads its source
    try:
        status = options.run(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader (`| head`) has what it wanted. Python flushes once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _parser() -> Parser:
    parser = Parser(
        prog="srcgrad",
        description="Source-to-source automatic differentiation for Python and NumPy.",
        epilog=TARGETS,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.register(commands)
    return parser


class _Version(argparse.Action):
    """As argparse's own, but the version is looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *rest: Any) -> None:
        from importlib.metadata import version

        print("srcgrad", version("srcgrad"))
        parser.exit()
