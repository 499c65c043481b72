"""List comprehensions and sums of generators, with tests and with two loops."""

ARGS = ([0.3, -0.5, 0.7], 1.1)


def comprehensions(xs, a):
    squares = [x * x * a for x in xs if x > 0]
    pairs = sum(x * y for x in xs for y in squares)
    return sum(squares) + pairs
