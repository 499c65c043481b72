"""`srcgrad rules`: the functions that have a rule."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from srcgrad.cli.status import NOT_FOUND, OK, say


def register(commands: Any) -> None:
    """Describe the command."""
    command = commands.add_parser(
        "rules",
        help="list the functions that have a rule",
        description="List the functions that have a rule: modes, sort of rule, and its text.",
    )
    command.set_defaults(run=run)
    command.add_argument(
        "names", metavar="NAME", nargs="*", help="only those whose name holds this"
    )
    command.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace) -> int:
    """List the rules that were asked for, or all."""
    from srcgrad.listing import as_json, entries, near, table

    missing = [name for name in options.names if not entries([name])]
    for name in missing:
        alike = " or ".join(f"`{n}`" for n in near(name))
        say(f"srcgrad: no rule for `{name}`" + (f"; did you mean {alike}?" if alike else ""))
    if missing:
        return NOT_FOUND
    sys.stdout.write((as_json if options.json else table)(entries(options.names)))
    return OK
