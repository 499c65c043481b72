"""Variables that are None until they are numbers."""

ARGS = (2.3, 1.7)
POINTS = ((0.4, 1.9), (0.4, -2.5))
MODES = ("grad", "vjp", "jvp")
PASSES = "stage"
ORDER = 2


def none_or_number(x, y):
    low, high, best = None, None, None
    p = x
    for _ in range(5):
        if p * p < y:
            low = p
        else:
            high = p
        p = 0.5 * (low + high) * y if low is not None and high is not None else p * 0.7
        if best is None or p > best:
            best = p
    return best * p
