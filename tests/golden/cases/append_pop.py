"""A list as a stack."""

import math

ARGS = ([0.3, 0.5, 0.7, 1.1],)
PASSES = "reverse"


def append_pop(xs):
    stack = []
    for x in xs:
        stack.append(x * x)
        stack.append(math.sin(x))
        if x > 0.4:
            top = stack.pop()
            stack[0] = stack[0] * top
    total = 1.0
    while stack:
        total = total * 0.5 + stack.pop()
    return total
