"""Syntax that is refused, and what to write instead."""


def syntax(x):
    global calls
    calls = 1

    class Point:
        y = x

    return Point.y
