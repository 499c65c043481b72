"""Two buffers that change names at each turn: their shadows change names with them."""

MODES = ("grad", "vjp", "jvp")
ORDER = 2
ARGS = ([0.7, -1.2, 1.5, 0.3], 3)
WRT = ("u",)


def buffers_swapped(u, steps):
    old = [v * v for v in u]
    new = [v for v in u]
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            new[i] = old[i] + 0.1 * (old[i - 1] - 2 * old[i] + old[i + 1])
        old, new = new, old
    return old[1] * new[2]
