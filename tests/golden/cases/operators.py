"""The arithmetic operators and the builtins that are differentiable."""

ARGS = (1.7, 0.6)
ORDER = 2


def operators(x, y):
    a = x + y - x * y / (1 + x)
    b = -x + +y
    c = x % y + (7.5 + x) // y
    d = x**3 + x**y + 2**y + x**-2 + x**0.5
    e = abs(b) + max(x, y) + min(x, y, 1.5 * y) + max(x, 1.0, y) + float(x) + sum([x, y, a])
    return a * b + c * d + e + round(x) + int(y)
