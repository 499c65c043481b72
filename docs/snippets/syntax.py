"""Syntax that is refused, and what to write instead."""


def syntax(x):
    global calls
    calls = len({x, 2 * x})

    class Point:
        y = x

    return Point.y
