"""A square root by Newton's method: how often the loop turns depends on the data."""


def newton_sqrt(a):
    """The square root of `a`, which must be positive.

    >>> round(newton_sqrt(2.0), 12)
    1.414213562373
    """
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x
