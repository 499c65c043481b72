"""Colours: on a terminal, where pygments is installed, and as the user's environment has it."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any


def option(command: argparse.ArgumentParser) -> None:
    """Add `--color` to a command."""
    command.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="colours: on a terminal only (%(default)s), where NO_COLOR and FORCE_COLOR do not say "
        "otherwise; they take the package pygments",
    )


def wanted(when: str, stream: Any) -> bool:
    """Return whether what is written to a stream is to be coloured.

    Parameters
    ----------
    when : str
        `always`, `never`, or `auto`: then NO_COLOR decides, FORCE_COLOR after it, and whether the
        stream is a terminal.

    Examples
    --------
    >>> wanted("always", None), wanted("never", None)
    (True, False)
    """
    if when != "auto":
        return when == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def painter(when: str) -> Any:
    """Return the function that colours Python text for stdout: it may be one that does nothing."""
    if not wanted(when, sys.stdout):
        return _plain
    try:
        from pygments import highlight
        from pygments.formatters import TerminalFormatter
        from pygments.lexers import PythonLexer
    except ImportError:
        if when == "always":
            print("srcgrad: no colours: pip install 'srcgrad[color]'", file=sys.stderr)
        return _plain
    lexer, formatter = PythonLexer(stripnl=False, ensurenl=False), TerminalFormatter()
    return lambda text: highlight(text, lexer, formatter)


def _plain(text: str) -> str:
    return text
