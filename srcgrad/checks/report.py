"""What a check found: a row for each derivative, printed as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

MOST = 20  # rows of a message: of a large array, more than these say nothing new
MODES = {"rev": "reverse mode", "fwd": "forward mode", "dot": "the dot-product test"}


@dataclass(frozen=True)
class Row:
    """One derivative, as computed and as measured.

    Parameters
    ----------
    path : str
        The leaf, as one writes it in Python: `w[0]`, `params['b']`.
    argument : str
        The parameter that it belongs to.
    mode : str
        `rev`, `fwd`, or `dot` for the dot-product test; followed by ` of grad` at second order.
    analytic, numeric : float or None
        None where there is none: no gradient (an index), no difference (a kink).
    status : str
        `ok`; `wrong`; `kink`, where the two one-sided slopes differ or do not settle; `discrete`,
        an int that cannot be moved because it is an index, a length or a flag.
    note : str, optional
        What else there is to say.
    """

    path: str
    argument: str
    mode: str
    analytic: float | None
    numeric: float | None
    status: str
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether the row is no failure."""
        return self.status != "wrong"

    @property
    def error(self) -> float:
        """How far the two are apart; nan where there are not two."""
        if self.analytic is None or self.numeric is None:
            return math.nan
        return abs(self.analytic - self.numeric)

    @property
    def relative(self) -> float:
        """How far the two are apart, beside the measured one; infinite where there are not two."""
        if math.isnan(self.error):
            return math.inf
        return self.error / abs(self.numeric) if self.numeric else math.inf


@dataclass(frozen=True)
class Report:
    """All that was compared; prints as a table.

    Parameters
    ----------
    rows : tuple of Row
    """

    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Whether no row is wrong."""
        return not self.failures

    @property
    def failures(self) -> tuple[Row, ...]:
        """The rows that are wrong."""
        return tuple(row for row in self.rows if not row.ok)

    def __str__(self) -> str:
        return _table(self.rows)

    def summary(self, name: str) -> str:
        """Return what is wrong with the derivatives of a function, the worst first.

        Parameters
        ----------
        name : str
            What the function is called.

        Examples
        --------
        >>> row = Row("w[0]", "w", "rev", 6.2, 6.0, "wrong")
        >>> print(Report((row,)).summary("f"))
        the gradient of `f` is wrong in 1 of 1 derivatives:
              mode  analytic  numeric    error
        w[0]  rev        6.2        6  2.0e-01  wrong
        the worst is w[0] in reverse mode, 3.3% off
        """
        wrong = sorted(self.failures, key=lambda row: -row.relative)
        kinks = sum(row.status == "kink" for row in self.rows)
        lines = [
            f"the gradient of `{name}` is wrong in {len(wrong)} of {len(self.rows)} derivatives:",
            _table(wrong[:MOST]),
        ]
        if len(wrong) > MOST:
            lines.append(f"... and {len(wrong) - MOST} more: they are in `.report`")
        if wrong and math.isfinite(wrong[0].relative):
            mode, *order = wrong[0].mode.split(" ", 1)
            where = " ".join([MODES.get(mode, mode), *order])
            lines.append(f"the worst is {wrong[0].path} in {where}, {_percent(wrong[0].relative)}")
        lines += [hint for hint in (_hint(self.rows),) if hint]
        if kinks:
            lines.append(f"{kinks} more could not be measured: there is a kink")
        return "\n".join(lines)


def _table(rows: Sequence[Row]) -> str:
    head = ("", "mode", "analytic", "numeric", "error", "")
    lines = [head] + [
        (
            row.path,
            row.mode,
            _shown(row.analytic),
            _shown(row.numeric),
            _shown_error(row.error),
            f"{row.status}  {row.note}".rstrip(),
        )
        for row in rows
    ]
    widths = [max(len(line[k]) for line in lines) for k in range(5)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if k < 2 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(line, [*widths, 0], strict=True))
        ).rstrip()
        for line in lines
    )


def _hint(rows: Sequence[Row]) -> str:
    """Say what it tells of a mistake in which modes it is to be seen."""
    checked = {row.mode.partition(" ")[0] for row in rows}
    wrong = {row.mode.partition(" ")[0] for row in rows if not row.ok}
    if not {"rev", "fwd", "dot"} <= checked:
        return ""
    if wrong == {"dot"}:
        return "the two modes disagree, by less than a difference can tell: one of them is wrong"
    if "dot" not in wrong:
        return "both modes agree: what they share is wrong, such as the rule of a gate"
    for mode, other in (("rev", "fwd"), ("fwd", "rev")):
        if other not in wrong:
            return f"{MODES[other]} is right, so the rules are: {MODES[mode]} itself is wrong"
    return ""


def _percent(relative: float) -> str:
    return f"{100 * relative:.2g}% off" if relative < 10 else f"{relative:.2g} times what it is"


def _shown(number: float | None) -> str:
    return "" if number is None else f"{number:.9g}"


def _shown_error(error: float) -> str:
    """An error as it tells something: of rounding errors that they are such, not which."""
    return "" if math.isnan(error) else "<1e-10" if error < 1e-10 else f"{error:.1e}"
