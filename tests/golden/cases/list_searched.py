"""Questions about lists: membership, places, `any` and `all`."""

ARGS = ([0.7, -1.2, 1.5],)
POINTS = [([0.7, 1.2],)]


def list_searched(x):
    total = 0.0
    if any(v < 0 for v in x) and not all(a + b > 0 for a in x for b in x):
        total += x[x.index(min(x))] ** 2
    for k in [2, 0]:
        if k in range(len(x)) and x[k] not in x[:k]:
            total += x[k] * x[0]
    return total
