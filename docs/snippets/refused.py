"""What the compiler does not do; the README shows its answer."""

import statistics


def refused(xs):
    """
    >>> refused([1.0, 2.0])
    0.5
    """
    total = 0.0
    with open("log.txt") as log:
        total += float(log.read()) * xs[0]
    return total + statistics.NormalDist().cdf(xs[1])
