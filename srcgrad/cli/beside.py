"""The original with its line numbers, and beside it what was made of it, fitted to a terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from itertools import zip_longest

BAR = " | "
NARROWEST = 34  # columns in which code can still be read

Lines = Sequence[tuple[int, str]]  # with their numbers in the file


def width() -> int | None:
    """Return the columns of the terminal on stdout, or None where there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def widths(left: Lines, columns: int) -> tuple[int, int] | None:
    """Return how many columns either side has, or None where that is too few for both.

    The left side has what it needs, up to a half.

    >>> widths([(7, "y = x * x")], 100), widths([(7, "y = x * x")], 60)
    ((34, 63), None)
    """
    room = columns - len(BAR)
    longest = max((len(line) for line in _numbered(left)), default=0)
    first = min(max(longest, NARROWEST), room // 2)
    return (first, room - first) if min(first, room - first) >= NARROWEST else None


def beside(
    left: Lines, right: str, sizes: tuple[int, int], paint: Callable[[str], str] = str
) -> str:
    """Return lines with their numbers and a text side by side, within a width.

    Parameters
    ----------
    left : sequence of (int, str)
    right : str
    sizes : (int, int)
        The columns for each. Lines that are too long go on below, indented.
    paint : function, optional
        Colours a text; what it adds takes no columns.

    Examples
    --------
    >>> print(beside([(8, "a = 1"), (9, "b = 2")], "c = a + b", (8, 10)))
    8  a = 1 | c = a + b
    9  b = 2 |
    """
    gutter = _gutter(left)
    cut = [(n, part) for n, line in left for part in folded(line, sizes[0] - gutter)]
    plain = [part for _, part in cut]
    numbers = [str(n) if k == 0 or cut[k - 1][0] != n else "" for k, (n, _) in enumerate(cut)]
    other = [part for line in right.splitlines() for part in folded(line, sizes[1])]
    painted = [paint("\n".join(side)).split("\n") for side in (plain, other)]
    painted[1] = [colour if text else "" for colour, text in zip(painted[1], other, strict=True)]
    rows = zip_longest(numbers, plain, painted[0], painted[1], fillvalue="")
    return "\n".join(
        f"{number:>{gutter - 2}}  {a}{' ' * (sizes[0] - gutter - len(text))}{BAR}{b}".rstrip()
        for number, text, a, b in rows
    )


def _gutter(lines: Lines) -> int:
    """Return the columns that line numbers take."""
    return max((len(str(number)) for number, _ in lines), default=0) + 2


def _numbered(lines: Lines) -> list[str]:
    return [" " * _gutter(lines) + line for _, line in lines]


def folded(line: str, size: int) -> list[str]:
    """Cut a line to a width, at spaces where it can be; what goes on is indented further.

    A comment does not go on: it ends in dots.

    >>> folded("y = alpha * beta", 12), folded("# line 7: y = x", 12)
    (['y = alpha *', '      beta'], ['# line 7 ...'])
    """
    if line.lstrip().startswith("#"):
        return [line if len(line) <= size else line[: size - 4].rstrip(" :") + " ..."]
    parts: list[str] = []
    indent = " " * min(len(line) - len(line.lstrip()) + 8, size // 2)
    while len(line) > size:
        cut = line.rfind(" ", len(indent) + 1, size + 1)
        cut = cut if cut > 0 and line[:cut].strip() else size
        parts.append(line[:cut].rstrip())
        line = indent + line[cut:].lstrip()
    return [*parts, line]
