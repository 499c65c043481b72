"""Arguments of any number are gathered, looped over and handed on."""

ARGS = (0.7, [0.3, 0.5, 0.9])
ORDER = 2


def weighted(first, *rest, scale=1.0, **named):
    total = scale * first
    for k, value in enumerate(rest):
        total += value * (k + 1)
    if "offset" in named:
        total += named["offset"]
    return total


def handed_on(function, *args, **kw):
    return function(*args, *args, **{**kw, "offset": args[0]})


def star_arguments(x, ys):
    one = weighted(*ys, scale=x)
    two = handed_on(weighted, x, one, scale=2.0)
    return one * two + weighted(x) * weighted(1.0, *(x, two))
