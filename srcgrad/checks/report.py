"""What a check found: a row for each derivative, printed as a table."""

from __future__ import annotations

import math
from dataclasses import dataclass


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
            for row in self.rows
        ]
        widths = [max(len(line[k]) for line in lines) for k in range(5)]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if k < 2 else cell.rjust(width)
                for k, (cell, width) in enumerate(zip(line, [*widths, 0], strict=True))
            ).rstrip()
            for line in lines
        )


def _shown(number: float | None) -> str:
    return "" if number is None else f"{number:.9g}"


def _shown_error(error: float) -> str:
    """An error as it tells something: of rounding errors that they are such, not which."""
    return "" if math.isnan(error) else "<1e-10" if error < 1e-10 else f"{error:.1e}"
