"""`srcgrad check`: a gradient held against finite differences, in both modes."""

from __future__ import annotations

import argparse
from typing import Any

from srcgrad.cli import document
from srcgrad.cli.options import TARGETS, common, wrt
from srcgrad.cli.status import CHECK_FAILED, OK, Failed, attempt, say


def register(commands: Any) -> None:
    """Describe the command."""
    command = commands.add_parser(
        "check",
        help="hold a gradient against finite differences",
        description="Hold a function's gradient against finite differences, in both modes.",
        epilog=TARGETS,
    )
    command.set_defaults(run=run)
    common(command)
    command.add_argument("--rtol", type=float, help="how far off a gradient may be, relatively")
    command.add_argument("--atol", type=float, help="how far off it may be, beside that")
    command.add_argument(
        "--order", type=int, default=1, help="2: its own gradient is checked, too (%(default)s)"
    )
    command.add_argument("--seed", type=int, default=0, help="of random weights (%(default)s)")


def run(options: argparse.Namespace) -> int:
    """Check each target; the status is that of the worst."""
    entries, status = [], OK
    for target in options.targets:
        try:
            entry, ended = attempt(_checked, target, options)
        except Failed as failed:
            entry = _blank(target) | {"errors": document.errors(failed.problems)}
            ended = failed.status
            if not options.json:
                say(failed.text)
        entries.append(entry)
        status = max(status, ended)
    if options.json:
        print(document.document("check", entries))
    return status


def _blank(target: str) -> dict[str, Any]:
    return {"target": target, "ok": False, "assumed": {}, "rows": [], "errors": []}


def _checked(target: str, options: argparse.Namespace) -> tuple[dict[str, Any], int]:
    """Check a target and print its table, or return what a document says of it."""
    import inspect

    from srcgrad.targets import find

    function = find(target)

    from srcgrad.checks import check_grads
    from srcgrad.values import guesses, values

    point = values(function, options.at)
    assumed = guesses(function, point)
    if not options.json:
        for name, value in assumed.items():
            say(f"srcgrad: {name} = {value!r} is a guess; --at says what it is")
    bound = inspect.signature(function).bind_partial()
    bound.arguments.update({**point, **assumed})
    given = {"rtol": options.rtol, "atol": options.atol}
    report = check_grads(
        function,
        bound.args,
        kwargs=bound.kwargs,
        wrt=wrt(options.wrt),
        order=options.order,
        seed=options.seed,
        raises=False,
        **{name: value for name, value in given.items() if value is not None},
    )
    status = OK if report.ok else CHECK_FAILED
    if not options.json:
        if len(options.targets) > 1:
            print(target)
        print(report)
        if not report.ok:
            say(f"srcgrad: {len(report.failures)} of {len(report.rows)} derivatives are wrong")
    guessed = {name: repr(value) for name, value in assumed.items()}
    rows = [_row(row) for row in report.rows]
    return _blank(target) | {"ok": report.ok, "assumed": guessed, "rows": rows}, status


def _row(row: Any) -> dict[str, Any]:
    return {
        "path": row.path,
        "argument": row.argument,
        "mode": row.mode,
        "analytic": document.number(row.analytic),
        "numeric": document.number(row.numeric),
        "status": row.status,
        "note": row.note or None,
    }
