"""A loop that is left early."""


def first_above(xs, limit):
    found = 0.0
    for x in xs:
        if x > limit:
            found = x * x
            break
    return found
