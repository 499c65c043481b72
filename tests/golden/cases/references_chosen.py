"""A name that stands for one list or another from turn to turn, and a list that lies in two places."""

MODES = ("grad", "vjp", "jvp")
ORDER = 2
ARGS = ([0.7, -1.2], [1.5, 0.4], 5)
WRT = ("a", "b")


def references_chosen(a, b, n):
    both = [a, b, a]
    for k in range(n):
        p = a if k % 3 else b
        p[k % 2] = p[0] * both[k % 3][1] + 0.1
    return both[2][0] * b[1]
