"""Modules and functions that are imported where they are used."""

ARGS = ([0.7, 0.4],)
ORDER = 2


def import_inside(xs):
    import math as m
    from operator import mul as times

    total = 0.0
    for x in xs:
        from math import cos, pi

        total += times(m.sin(x), cos(x)) * pi
    return total
