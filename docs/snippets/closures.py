"""A recursive function inside of another, and functions that are refused."""


def powers(x, n):
    scale = 1.0 + x

    def power(k):
        if k == 0:
            return scale
        return x * power(k - 1)

    return power(n)


def chosen(x):
    if x > 0:

        def step(y):
            return y * y

    else:

        def step(y):
            return 2.0 * y

    return step(x)


def counted(x, n):
    calls = 0

    def go(k):
        nonlocal calls
        calls += 1
        return x if k == 0 else x * go(k - 1)

    return go(n) * calls
