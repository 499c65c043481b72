"""A string made anew in each turn of a loop."""

ARGS = (0.7,)


def opaque_in_loop(x):
    for k in range(2):
        label = f"{k}: {x:.2f}"
        print(label)
        x = x * x
    return x


def closed(x):
    return 4 * x**3
