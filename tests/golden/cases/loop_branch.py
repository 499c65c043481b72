"""A branch inside a taped loop: the predicate is remembered, not asked again."""

ARGS = ([0.3, -0.5, 0.7, 1.9], 0.8)
PASSES = "save"
ORDER = 2


def loop_branch(xs, a):
    y = a
    for x in xs:
        if y * x > 0.1:
            y = y * x + a
        else:
            y = y * y - x
    return y
