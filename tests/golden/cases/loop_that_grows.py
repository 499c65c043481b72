"""A loop over a list that it makes longer: how long it is is asked at each turn."""

ARGS = ([1.7, 1.2, 0.5],)


def loop_that_grows(x):
    todo = [v for v in x]
    total = 0.0
    for v in todo:
        total += v * v
        if v > 0.6:
            todo.append(0.5 * v * x[0])
    return total
