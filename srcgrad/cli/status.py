"""How a command ends: its exit status, and the problems that it tells of."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

OK, CHECK_FAILED, NOT_FOUND, CANNOT_DIFFERENTIATE = range(4)


class Failed(Exception):
    """A target with which nothing could be done: the status, and the problems."""

    def __init__(self, status: int, problems: list[Any], text: str) -> None:
        super().__init__(text)
        self.status, self.problems, self.text = status, problems, text


def attempt(action: Callable[..., Any], *args: Any) -> Any:
    """Call a function; what goes wrong becomes a `Failed`, with what there is to say of it."""
    from srcgrad.errors import (
        ArgumentError,
        CannotDifferentiate,
        InternalError,
        NonScalarOutput,
        SourceNotFound,
        SrcgradError,
    )
    from srcgrad.targets import TargetError

    try:
        return action(*args)
    except (CannotDifferentiate, NonScalarOutput) as error:
        problems = list(getattr(error, "problems", ()))
        failed = Failed(CANNOT_DIFFERENTIATE, problems or [str(error)], str(error))
    except (TargetError, SourceNotFound, ArgumentError) as error:
        failed = Failed(NOT_FOUND, [str(error)], f"srcgrad: {error}")
    except InternalError as error:
        text = f"{error}\n  this is a mistake in srcgrad itself, and worth a report"
        failed = Failed(CANNOT_DIFFERENTIATE, [text], f"srcgrad: {text}")
    except SrcgradError as error:
        failed = Failed(CANNOT_DIFFERENTIATE, [str(error)], str(error))
    except (BrokenPipeError, Failed):
        raise
    except Exception as error:
        # The function's own error at the point of a check, or a mistake of ours: not status 1,
        # which Python would end with, since that says that a gradient is wrong.
        import traceback

        short = f"{type(error).__name__}: {error}"
        failed = Failed(CANNOT_DIFFERENTIATE, [short], traceback.format_exc().rstrip("\n"))
    raise failed from None


def say(message: str) -> None:
    """Print a message, where it does not get into what is piped."""
    print(message, file=sys.stderr)
