"""Syntax that is refused, and what to write instead."""


def syntax(x):
    try:
        y = x * x
    except ValueError:
        y = x
    if (z := y) > 1:
        del x
    return z
