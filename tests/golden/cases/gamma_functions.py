"""`gamma` and `lgamma`, whose derivative the standard library does not have."""

import math

ARGS = (2.5,)


def gamma_functions(x):
    return math.gamma(x) + math.lgamma(x)


def closed(x):
    euler = 0.57721566490153286
    digamma = -euler - 2 * math.log(2) + 2 + 2 / 3  # at 2.5
    return math.gamma(x) * digamma + digamma
