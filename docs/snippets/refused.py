"""What the compiler does not do; the README shows its answer."""

import math
import statistics


def refused(x, ys):
    """
    >>> refused(1.0, [2.0])
    2.0
    """
    above = math.nextafter(x, 2.0)
    mean = statistics.fmean(ys)
    return above * mean
