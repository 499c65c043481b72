"""Which element comes first is a question without a derivative; the elements have one."""

MODES = ("grad", "vjp", "jvp")
ORDER = 2
ARGS = ([0.7, -1.2, 1.5],)


def list_sorted(x):
    y = [v * v for v in x]
    y.sort()
    down = sorted(x, key=lambda v: -v)
    farthest = max(range(len(x)), key=lambda k: abs(x[k]))
    return y[0] * down[0] + y[-1] * x[farthest] + min(x, key=abs)
