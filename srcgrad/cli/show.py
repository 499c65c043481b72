"""`srcgrad show`: the gradient function of a function, or any stage on the way to it."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from srcgrad.cli import beside, colour, document
from srcgrad.cli.options import TARGETS, common, wrt
from srcgrad.cli.status import CANNOT_DIFFERENTIATE, NOT_FOUND, OK, Failed, attempt, say

COMMENTS = ("lines", "passes", "none")  # the first is what one gets
MODES = ("grad", "value-and-grad", "vjp", "jvp")
WITHOUT_KINDS = ("source", "fence", "normalise")  # passes that do not look at the arguments
IN_PYTHON = (None, "source", "fence", "normalise", "stage", "emit")  # the others are not Python


def register(commands: Any) -> None:
    """Describe the command."""
    command = commands.add_parser(
        "show",
        help="print the gradient function of a function",
        description="Print the gradient function of a function, or any stage on the way to it.",
        epilog=TARGETS,
    )
    command.set_defaults(run=run)
    common(command)
    mode = command.add_mutually_exclusive_group()
    mode.add_argument(
        "--mode", choices=MODES, default="grad", help="what to generate (%(default)s)"
    )
    mode.add_argument(
        "--value",
        dest="mode",
        action="store_const",
        const="value-and-grad",
        help="the value along with the gradient (the same as --mode value-and-grad)",
    )
    stage = command.add_mutually_exclusive_group()
    stage.add_argument(
        "--pass",
        dest="stage",
        metavar="NAME",
        help="print what this pass of the compiler made (any other name lists them)",
    )
    stage.add_argument(
        "--staged",
        dest="stage",
        action="store_const",
        const="stage",
        help="print the function as gates, one to a line (the same as --pass stage)",
    )
    stage.add_argument(
        "--values",
        action="store_true",
        help="run it, and print each stage with its value and its gradient",
    )
    comments = command.add_mutually_exclusive_group()
    comments.add_argument(
        "--comments",
        choices=COMMENTS,
        default=COMMENTS[0],
        help="what comments say: which lines of the original the parts of the backward pass are of "
        "(%(default)s), only where the passes begin, or nothing",
    )
    comments.add_argument(
        "--no-comments",
        dest="comments",
        action="store_const",
        const="none",
        help="the same as --comments none",
    )
    command.add_argument(
        "--side-by-side",
        action="store_true",
        help="print the original beside it; above it, where the terminal is too narrow or where "
        "the output is no terminal",
    )
    colour.option(command)


def run(options: argparse.Namespace) -> int:
    """Show each target; the status is that of the worst."""
    shown, status = [], OK
    for target in options.targets:
        try:
            shown.append(attempt(_entry, target, options))
        except Failed as failed:
            status = max(status, failed.status)
            shown.append(_failure(target, options, failed))
            if not options.json:
                say(failed.text)
    if options.json:
        print(document.document("show", [entry for entry, _ in shown]))
        return status
    texts = [_text(entry, original, options) for entry, original in shown if entry["source"]]
    if texts:
        sys.stdout.write("\n\n\n".join(texts) + "\n")
    return status


def _entry(target: str, options: argparse.Namespace) -> tuple[dict[str, Any], beside.Lines]:
    """What a document says of a target, and the lines of the original."""
    from srcgrad.targets import find

    function = find(target)  # first, as the compiler takes a while to import

    from srcgrad.errors import CannotDifferentiate, did_you_mean
    from srcgrad.pipeline import PASSES
    from srcgrad.showing import original, show
    from srcgrad.values import guesses, kind_words, values
    from srcgrad.wrt import resolve_wrt

    if options.stage is not None and options.stage not in PASSES:
        listed = f"the passes, in order: {' '.join(PASSES)}"
        message = f"no pass `{options.stage}`{did_you_mean(options.stage, PASSES)}\n{listed}"
        raise Failed(NOT_FOUND, [message], f"srcgrad: {message}")
    known = values(function, options.at)
    guessed = guesses(function, known) if options.stage not in WITHOUT_KINDS else {}
    assumed = {name: kind_words(value) for name, value in guessed.items()}
    chosen, stages = wrt(options.wrt), []
    if options.values and options.mode != "grad":
        message = f"--values prints the stages of a gradient, not those of {options.mode}"
        raise Failed(NOT_FOUND, [message], f"srcgrad: {message}")
    try:
        if options.values:
            from srcgrad.cli.valued import valued

            text, trace = valued(function, known | guessed, chosen)
            stages = [document.stage(s) for s in trace.stages]
        else:
            text = show(
                function, known | guessed, chosen, options.mode, options.stage, options.comments
            )
    except CannotDifferentiate as error:
        said = f"\n\nsrcgrad {_assumption(assumed)}" if assumed else ""  # it may be what is wrong
        raise Failed(CANNOT_DIFFERENTIATE, list(error.problems), f"{error}{said}") from None
    entry = _blank(target, options) | {
        "source": text.rstrip("\n") + "\n",
        "wrt": list(resolve_wrt(function, chosen)[0]),
        "assumed": assumed,
    }
    if options.values:
        entry["stages"] = stages
    return entry, original(function) if options.side_by_side else []


def _blank(target: str, options: argparse.Namespace) -> dict[str, Any]:
    return {
        "target": target,
        "source": None,
        "mode": options.mode,
        "pass": options.stage or "emit",
        "wrt": None,
        "assumed": {},
        "errors": [],
    }


def _failure(
    target: str, options: argparse.Namespace, failed: Failed
) -> tuple[dict[str, Any], beside.Lines]:
    return _blank(target, options) | {"errors": document.errors(failed.problems)}, []


def _assumption(assumed: dict[str, str]) -> str:
    kinds = ", ".join(f"{name} is {kind}" for name, kind in assumed.items())
    return f"assumed: {kinds} (--at says otherwise)"


def _text(entry: dict[str, Any], original: beside.Lines, options: argparse.Namespace) -> str:
    """A target's text as it is printed, without the last newline."""
    head = []
    if len(options.targets) > 1:
        head.append(entry["target"])
    if entry["assumed"]:
        head.append(_assumption(entry["assumed"]))
    if options.comments == "none":
        for line in head[1:] if len(options.targets) > 1 else head:
            say(f"srcgrad {line}")
        head = []
    code = entry["source"].rstrip("\n")
    above = "".join(f"# {line}\n" for line in head)
    paint = colour.painter(options.color) if options.stage in IN_PYTHON else str
    if not options.side_by_side:
        return paint(above + code)
    columns = beside.width()
    sizes = beside.widths(original, columns) if columns else None
    if sizes is None:
        left = "\n".join(line for _, line in original)
        return paint(f"{above}{left}\n\n\n{code}")
    if options.stage in IN_PYTHON and max(map(len, code.splitlines())) > sizes[1]:
        from srcgrad.emit.text import formatted

        code = formatted(code, sizes[1]).rstrip("\n")
    return paint(above) + beside.beside(original, code, sizes, paint)
