"""`srcgrad draw`: the computational graph of a run, with values and gradients."""

from __future__ import annotations

import argparse
import os
from typing import Any

from srcgrad.cli.options import AT, TARGETS, wrt
from srcgrad.cli.status import NOT_FOUND, OK, Failed, attempt, say

DRAWN = {"svg": (".svg",), "dot": (".dot", ".gv"), "mermaid": (".mmd", ".mermaid")}


def register(commands: Any) -> None:
    """Describe the command."""
    command = commands.add_parser(
        "draw",
        help="draw the computational graph, with values and gradients",
        description="Run a function and its gradient, and draw each gate with the value on each "
        "wire and the gradient that came back along it.",
        epilog=TARGETS,
    )
    command.set_defaults(run=run)
    command.add_argument("target", metavar="TARGET", help="a function; see below")
    command.add_argument("--wrt", metavar="NAMES", help="parameters whose gradients are drawn")
    command.add_argument("--at", metavar="VALUES", help=AT)
    command.add_argument("-o", "--output", metavar="FILE", help="where to write (default: stdout)")
    command.add_argument(
        "--format", choices=DRAWN, help="of the picture (default: by FILE's ending, else svg)"
    )


def run(options: argparse.Namespace) -> int:
    """Draw the target."""
    drawn = _format(options)
    if drawn is None:
        known = ", ".join(ends[0] for ends in DRAWN.values())
        what = f"what `{options.output}` is to hold? its ending is none of {known}"
        say(f"srcgrad: {what}; or say --format")
        return NOT_FOUND
    try:
        picture = attempt(_circuit, options)
    except Failed as failed:
        say(failed.text)
        return failed.status
    if picture.collapsed:
        say(f"srcgrad: {picture.notes[0]}")
    return _write(picture, picture.text(drawn), options.output)


def _format(options: argparse.Namespace) -> str | None:
    """The format that was asked for, or that the file's ending says."""
    if options.format or options.output in (None, "-"):
        return options.format or "svg"
    suffix = os.path.splitext(options.output)[1].lower()
    return next((name for name, ends in DRAWN.items() if suffix in ends), None)


def _circuit(options: argparse.Namespace) -> Any:
    from srcgrad.targets import find

    function = find(options.target)

    from srcgrad.draw import circuit
    from srcgrad.values import guesses, values

    known = values(function, options.at)
    assumed = guesses(function, known)
    for name, value in assumed.items():
        say(f"srcgrad: {name} = {value!r} is a guess; --at says what it is")
    return circuit(function, known | assumed, wrt(options.wrt))


def _write(picture: Any, text: str, path: str | None) -> int:
    if path is None or path == "-":
        print(text, end="")
        return OK
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        say(f"srcgrad: cannot write `{path}`: {error.strerror}")
        return NOT_FOUND
    say(f"srcgrad: {path}: {picture!r}")
    return OK
