"""What srcgrad says when it cannot do what was asked.

Every error derives from `SrcgradError`. Those that concern a place in a user's program carry
`Problem`s: the file, the line, a caret under the expression, and what to do about it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Location:
    """A stretch of one source line.

    Parameters
    ----------
    file : str
        The file's name as it is to be shown.
    line : int
        Line number, from 1.
    col : int
        Column of the first character, from 1 (in characters, not in bytes).
    end_col : int or None
        Column just past the last character, from 1; None when it is not on the same line.
    text : str
        The whole source line, without its newline.

    Examples
    --------
    >>> print(Location("model.py", 12, 9, 15, "    y = foo(x)"))
    model.py:12:9
    """

    file: str
    line: int
    col: int
    end_col: int | None
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.col}"

    def quote(self) -> str:
        """Return the source line with carets under the stretch, indented by four columns.

        Examples
        --------
        >>> print(Location("model.py", 12, 9, 15, "    y = foo(x)").quote())
            y = foo(x)
                ^^^^^^
        """
        text = self.text.rstrip()
        start = min(self.col - 1, len(text))
        stop = len(text) if self.end_col is None else min(self.end_col - 1, len(text))
        indent = len(text) - len(text.lstrip())
        # Tabs are kept, so that the carets stand right whatever a tab's width is.
        lead = "".join("\t" if c == "\t" else " " * _width(c) for c in text[indent:start])
        carets = "^" * max(1, sum(_width(c) for c in text[start:stop]))
        return f"    {text[indent:]}\n    {lead}{carets}"


def _width(character: str) -> int:
    """Return how many cells of a terminal a character takes: 0 if it combines, 2 if it is wide."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, where it is, and what to do about it.

    Parameters
    ----------
    location : Location or None
        Where it is; None when it concerns no place in the source.
    message : str
        What is wrong, one line.
    remedy : str, optional
        What the user can do.

    Examples
    --------
    >>> location = Location("model.py", 12, 9, 15, "    y = foo(x)")
    >>> print(Problem(location, "no rule is known for `foo`", "write one with @srcgrad.primitive"))
    model.py:12:9: no rule is known for `foo`
        y = foo(x)
            ^^^^^^
      write one with @srcgrad.primitive
    """

    location: Location | None
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        if self.location is None:
            lines = [self.message]
        else:
            lines = [f"{self.location}: {self.message}", self.location.quote()]
        lines += [f"  {line}" for line in self.remedy.splitlines()]
        return "\n".join(lines)


def did_you_mean(word: str, words: Iterable[object]) -> str:
    """Return a hint at the word that was probably meant, or nothing where none is like it.

    Examples
    --------
    >>> did_you_mean("wieght", ["weight", "bias"]), did_you_mean("x", ["weight"])
    ('; did you mean `weight`?', '')
    """
    import difflib  # only once something is wrong

    known = {str(w): w for w in words}
    found = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean `{found[0]}`?" if found else ""


class SrcgradError(Exception):
    """The base of all errors raised by srcgrad."""


class CannotDifferentiate(SrcgradError):
    """A function, or a part of it, that cannot be differentiated soundly.

    Parameters
    ----------
    problems : Problem or iterable of Problem
        All that was found, in the order in which it is to be shown.

    Examples
    --------
    >>> error = CannotDifferentiate([Problem(None, "first"), Problem(None, "second")])
    >>> [problem.message for problem in error.problems]
    ['first', 'second']
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        # The tuple is also `args`, from which pickle builds the error anew.
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.problems))


class SourceNotFound(SrcgradError):
    """A function whose source text cannot be read."""


class ArgumentError(SrcgradError, TypeError):
    """Arguments that do not fit: an unknown `wrt`, a kind without gradient, aliased arguments."""


class NonScalarOutput(SrcgradError, TypeError):
    """A function under `grad` whose result is not a single number.

    Parameters
    ----------
    problem : Problem or str
        What is wrong, and where if it is known.
    """

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong, as with `CannotDifferentiate`."""
        problem = self.args[0]
        return (problem if isinstance(problem, Problem) else Problem(None, str(problem)),)


class RuleError(SrcgradError, ValueError):
    """A rule for a primitive that is malformed, contradictory or registered twice."""


class CheckFailed(SrcgradError, AssertionError):
    """A gradient that does not agree with its numerical check."""


class InternalError(SrcgradError):
    """A mistake in srcgrad itself: a broken invariant between two passes."""


class SrcgradWarning(UserWarning):
    """A result that is right to the letter but probably not what was meant."""
