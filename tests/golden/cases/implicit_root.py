"""A solver is called as it is; what it found moves with the equation that it solves."""

import math

import srcgrad

ARGS = (1.0, 0.5, 2.0)
MODES = ("grad", "vjp", "jvp")
PASSES = "stage reverse simplify"
ORDER = 2


@srcgrad.implicit_root(lambda E, M, e: E - e * math.sin(E) - M)
def eccentric_anomaly(M, e):
    lo, hi = M - 1.0, M + 1.0
    for _ in range(80):
        E = 0.5 * (lo + hi)
        if E - e * math.sin(E) < M:
            lo = E
        else:
            hi = E
    return 0.5 * (lo + hi)


def implicit_root(M, e, a):
    E = eccentric_anomaly(M, e)
    return a * (1 - e * math.cos(E))


def closed(M, e, a):
    E = eccentric_anomaly(M, e)
    slope = 1 - e * math.cos(E)
    dE = a * e * math.sin(E)
    return dE / slope, dE * math.sin(E) / slope - a * math.cos(E), slope
