"""What the commands have in common: how they are asked, and what they answer mistakes with."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from srcgrad.cli.status import NOT_FOUND

TARGETS = """\
targets:
  file.py:function    also file.py::function
  pkg.mod:function    a module as it would be imported
  ...:Class.method    a method of a class
  file.py             lists the functions there are

status:
  0 all is well, 1 a check failed, 2 no such target or option, 3 it cannot be differentiated
"""
AT = """\
argument values to go by, as in a call: Python literals, or arrays by dtype and shape, as in
'w=[2, -3], x=f64[3, 4]' (default: the first >>> example in the docstring, then defaults and
annotations, then what the function does with its parameters)"""


class Parser(argparse.ArgumentParser):
    """An argument parser that names the option or command that was probably meant."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **options)

    def error(self, message: str) -> NoReturn:
        self.print_usage(_stderr())
        self.exit(NOT_FOUND, f"{self.prog}: error: {message}{self._near(message)}\n")

    def _near(self, message: str) -> str:
        from srcgrad.errors import did_you_mean

        unknown = re.match(r"unrecognized arguments: .*?(-[\w-]+)", message)
        choice = re.search(r"invalid choice: '(.*?)'", message)
        if unknown:
            return did_you_mean(unknown[1], self._options())
        if choice:
            return did_you_mean(choice[1], re.findall(r"[\w-]+", message[choice.end() :]))
        return ""

    def _options(self) -> list[str]:
        """Return the options of this command and of those below it."""
        found = list(self._option_string_actions)
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                for command in action.choices.values():
                    found += command._option_string_actions
        return found


def common(command: argparse.ArgumentParser) -> None:
    """Add the options that every command has."""
    command.add_argument("targets", metavar="TARGET", nargs="+", help="a function; see below")
    command.add_argument(
        "--wrt",
        metavar="NAMES",
        help="parameters to differentiate by, as in `w,x` (default: all that have no default)",
    )
    command.add_argument("--at", metavar="VALUES", help=AT)
    command.add_argument(
        "--json", action="store_true", help="print one JSON document instead, messages included"
    )


def wrt(text: str | None) -> str | int | tuple[str | int, ...] | None:
    """Read `--wrt`: one parameter asks for a bare gradient, several or `w,` for a tuple.

    >>> wrt("w"), wrt("w, 1"), wrt("w,"), wrt(None)
    ('w', ('w', 1), ('w',), None)
    """
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    chosen = tuple(int(name) if name.isdecimal() else name for name in names)
    return chosen if "," in text or not chosen else chosen[0]


def _stderr() -> Any:
    import sys

    return sys.stderr
