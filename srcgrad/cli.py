"""The command line: `srcgrad show`, `srcgrad check` and `srcgrad rules`.

What goes to stdout is the answer and nothing else: code that can be piped into a file, or a table.
All that is said about it goes to stderr. The status is 0 where all is well, 1 where a check failed,
2 where something was asked that does not exist, and 3 where a function cannot be differentiated.
"""

from __future__ import annotations

# Only what `--help` needs is imported here; the rest, NumPy above all, once there is work to do.
import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

OK, CHECK_FAILED, NOT_FOUND, CANNOT_DIFFERENTIATE = range(4)
MODES = ("grad", "value-and-grad", "vjp", "jvp")
WITHOUT_KINDS = ("source", "fence", "normalise")  # passes that do not look at the arguments

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
    try:
        status = _run(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader (`| head`) has what it wanted. Python flushes once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _parser() -> argparse.ArgumentParser:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="srcgrad",
        description="Source-to-source automatic differentiation for Python and NumPy.",
        epilog=TARGETS,
        formatter_class=layout,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    show = commands.add_parser(
        "show",
        help="print the gradient function of a function",
        description="Print the gradient function of a function, or any stage on the way to it.",
        epilog=TARGETS,
        formatter_class=layout,
    )
    show.set_defaults(run=_show)
    _common(show)
    show.add_argument(
        "--mode", choices=MODES, default="grad", help="what to generate (%(default)s)"
    )
    stage = show.add_mutually_exclusive_group()
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

    check = commands.add_parser(
        "check",
        help="hold a gradient against finite differences",
        description="Hold a function's gradient against finite differences, in both modes.",
        epilog=TARGETS,
        formatter_class=layout,
    )
    check.set_defaults(run=_check)
    _common(check)
    check.add_argument("--rtol", type=float, help="how far off a gradient may be, relatively")

    rules = commands.add_parser(
        "rules",
        help="list the functions that have a rule",
        description="List the functions that have a rule: modes, sort of rule, and its text.",
    )
    rules.set_defaults(run=_rules)
    rules.add_argument("names", metavar="NAME", nargs="*", help="only those whose name holds this")
    rules.add_argument("--json", action="store_true", help="as JSON")
    return parser


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("target", metavar="TARGET", help="the function; see below")
    command.add_argument(
        "--wrt",
        metavar="NAMES",
        help="parameters to differentiate by, as in `w,x` (default: all that have no default)",
    )
    command.add_argument("--at", metavar="VALUES", help=AT)


class _Version(argparse.Action):
    """As argparse's own, but the version is looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *rest: Any) -> None:
        from importlib.metadata import version

        print("srcgrad", version("srcgrad"))
        parser.exit()


def _run(options: argparse.Namespace) -> int:
    """Run a command; what goes wrong becomes a message on stderr and a status."""
    from srcgrad.errors import ArgumentError, InternalError, SourceNotFound, SrcgradError
    from srcgrad.targets import TargetError

    try:
        return options.run(options)
    except (TargetError, SourceNotFound, ArgumentError) as error:
        _say(f"srcgrad: {error}")
        return NOT_FOUND
    except InternalError as error:
        _say(f"srcgrad: {error}\n  this is a mistake in srcgrad itself, and worth a report")
        return CANNOT_DIFFERENTIATE
    except SrcgradError as error:
        _say(str(error))
        return CANNOT_DIFFERENTIATE
    except BrokenPipeError:
        raise
    except Exception:
        # The function's own error at the point of a check, or a mistake of ours: not status 1,
        # which Python would end with, since that says that a gradient is wrong.
        import traceback

        traceback.print_exc()
        return CANNOT_DIFFERENTIATE


def _show(options: argparse.Namespace) -> int:
    from srcgrad.targets import find

    function = find(options.target)  # first, as the compiler takes a while to import

    from srcgrad.errors import CannotDifferentiate
    from srcgrad.pipeline import PASSES, show
    from srcgrad.values import described, guesses, values

    if options.stage is not None and options.stage not in PASSES:
        import difflib

        near = difflib.get_close_matches(options.stage, PASSES, n=1)
        _say(
            f"srcgrad: no pass `{options.stage}`" + (f"; did you mean `{near[0]}`?" if near else "")
        )
        _say(f"the passes, in order: {' '.join(PASSES)}")
        return NOT_FOUND
    known = values(function, options.at)
    guessed = guesses(function, known)
    assumed = ""
    if guessed and options.stage not in WITHOUT_KINDS:
        assumed = f"assumed: {described(guessed)} (--at says otherwise)"
    try:
        text = show(function, known | guessed, _wrt(options.wrt), options.mode, options.stage)
    except CannotDifferentiate as error:
        _say(str(error))
        if assumed:  # it may be the guess that does not fit
            _say(f"\nsrcgrad {assumed}")
        return CANNOT_DIFFERENTIATE
    if assumed:
        sys.stdout.write(f"# {assumed}\n")
    sys.stdout.write(text.rstrip("\n") + "\n")
    return OK


def _check(options: argparse.Namespace) -> int:
    import inspect

    from srcgrad.targets import find

    function = find(options.target)

    from srcgrad.checks import check_grads
    from srcgrad.values import guesses, values

    point = values(function, options.at)
    assumed = guesses(function, point)
    for name, value in assumed.items():
        _say(f"srcgrad: {name} = {value!r} is a guess; --at says what it is")
    bound = inspect.signature(function).bind_partial()
    bound.arguments.update({**point, **assumed})
    tolerance = {} if options.rtol is None else {"rtol": options.rtol}
    wrt = _wrt(options.wrt)
    report = check_grads(
        function, bound.args, kwargs=bound.kwargs, wrt=wrt, raises=False, **tolerance
    )
    print(report)
    if report.ok:
        return OK
    _say(f"srcgrad: {len(report.failures)} of {len(report.rows)} derivatives are wrong")
    return CHECK_FAILED


def _rules(options: argparse.Namespace) -> int:
    from srcgrad.listing import as_json, entries, near, table

    missing = [name for name in options.names if not entries([name])]
    for name in missing:
        alike = " or ".join(f"`{n}`" for n in near(name))
        _say(f"srcgrad: no rule for `{name}`" + (f"; did you mean {alike}?" if alike else ""))
    if missing:
        return NOT_FOUND
    found = entries(options.names)
    sys.stdout.write((as_json if options.json else table)(found))
    return OK


def _wrt(text: str | None) -> str | int | tuple[str | int, ...] | None:
    """Read `--wrt`: one parameter asks for a bare gradient, several or `w,` for a tuple.

    >>> _wrt("w"), _wrt("w, 1"), _wrt("w,"), _wrt(None)
    ('w', ('w', 1), ('w',), None)
    """
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    wrt = tuple(int(name) if name.isdecimal() else name for name in names)
    return wrt if "," in text or not wrt else wrt[0]


def _say(message: str) -> None:
    print(message, file=sys.stderr)
