"""The slope of a function of one number, measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Slope:
    """A measured derivative: its value, what it is uncertain by, and whether it is one at all."""

    value: float
    error: float
    status: str  # ok, kink, discrete
    note: str = ""

    @property
    def smooth(self) -> bool:
        """Whether there is a derivative."""
        return self.status == "ok"

    @property
    def discrete(self) -> bool:
        """Whether the number cannot be moved at all."""
        return self.status == "discrete"


EPS = float(np.finfo(float).eps)

# Small steps for what varies quickly, or ends nearby; large ones for what is rounded.
STEPS = (2**-10, 2**-14, 2**-18, 2**-6, 2**-3, 2**-22, 2**-26)


def slope(
    phi: Callable[[float], float],
    at: float,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    eps: float = EPS,
) -> Slope:
    """Measure the derivative of `phi` at 0 by central differences, extrapolated (Richardson).

    Parameters
    ----------
    phi : function of a float
        May raise or return nan where it is not defined: the steps are then made smaller.
    at : number
        What is moved; its magnitude sets the step. An int for which `phi` raises is discrete.
    rtol, atol : float
        What is good enough.
    eps : float
        What `phi` is rounded to, relatively, if it is not as exact as its type.

    Returns
    -------
    Slope

    Examples
    --------
    >>> round(slope(lambda t: math.exp(2 * t), 0.0).value, 9)
    2.0
    >>> slope(abs, 0.0).status
    'kink'
    """
    centre, best, failure = phi(0.0), None, None
    # Single precision in does not say that all is computed so: it is first tried whether it is not.
    lucky = [(STEPS[0], EPS)] if eps > EPS else []
    for step, unit in lucky + [(step, eps) for step in STEPS]:
        h = step * max(1.0, abs(at))
        try:
            with np.errstate(all="ignore"):
                pairs = [(phi(h / k), phi(-h / k)) for k in (1, 2, 4)]
        except Exception as raised:
            failure = raised
            continue
        found = _extrapolated(centre, pairs, h, atol, unit)
        if unit < eps and not found.smooth:
            continue
        if math.isfinite(found.value) and (best is None or found.error < best.error):
            best = found
            if best.error <= 0.02 * (atol + rtol * abs(best.value)):
                break
    if best is None and isinstance(at, int | np.integer) and failure is not None:
        return Slope(0.0, 0.0, "discrete")
    if best is None:
        return Slope(math.nan, math.inf, "kink", f"not defined nearby: {failure!r}")
    if 4 * best.error > atol + max(rtol, 1e-4) * abs(best.value):
        return Slope(best.value, best.error, "kink", "the slope does not settle")
    return best


def _extrapolated(
    centre: float, pairs: Sequence[tuple[float, float]], h: float, atol: float, eps: float
) -> Slope:
    """Return the slope from three pairs of values, at h, h / 2 and h / 4 to either side."""
    steps = (h, h / 2, h / 4)
    a, b, c = ((p - m) / (2 * s) for (p, m), s in zip(pairs, steps, strict=True))
    ab, bc = (4 * b - a) / 3, (4 * c - b) / 3
    value = (16 * bc - ab) / 15
    noise = 4 * eps * max(abs(p) + abs(m) for p, m in pairs) / h
    error = abs(value - bc) + noise
    # The difference of the one-sided slopes goes to zero with h, unless there is a kink.
    a, b, c = ((p - 2 * centre + m) / s for (p, m), s in zip(pairs, steps, strict=True))
    ab, bc = 2 * b - a, 2 * c - b
    gap = (8 * bc - ab) / 7
    if abs(gap) > 10 * (error + noise) + 4 * abs(gap - bc) + 1e-6 * abs(value) + atol:
        note = f"slopes {value - gap / 2:.6g} and {value + gap / 2:.6g}"
        return Slope(value, error, "kink", note)
    return Slope(float(value), float(error), "ok")
