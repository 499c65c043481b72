"""A while loop: its tape counts the turns."""

ARGS = (3.0,)
MODES = ("grad", "vjp", "jvp")
PASSES = "stage save"


def newton_sqrt(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


def closed(a):
    return 0.5 / a**0.5
