"""A polynomial by Horner's rule: a loop whose state is worth taping."""


def horner(coeffs, x):
    """The polynomial with coefficients `coeffs` (highest power first) at `x`.

    >>> horner([1.0, 2.0, 3.0, -1.0], 0.5)
    1.125
    """
    y = 0.0
    for c in coeffs:
        y = y * x + c
    return y
