"""Derivatives written by hand, to stand in for the compiler's where the check itself is tested."""

import math

import numpy as np

from srcgrad import trees
from srcgrad.checks import Tools, compare


def by_hand(jacobian, names=("x",), wrong=1.0, forward_wrong=1.0, second=None):
    """Make stand-ins from a function that returns the Jacobian: a row an output, columns = leaves.

    `wrong` scales the last leaf's derivative in reverse mode, `forward_wrong` in forward mode.
    """

    def bare(wrt):
        return isinstance(wrt, str | int) or (wrt is None and len(names) == 1)

    def split(like, flat):
        parts, start = [], 0
        for value in like:
            stop = start + len(trees.leaves(value))
            parts.append(trees.rebuild(value, flat[start:stop]) if stop > start else None)
            start = stop
        return tuple(parts)

    def vjp(f, wrt=None):
        def call(*args):
            matrix = np.atleast_2d(np.array(jacobian(*args), float))
            floats = [trees.rebuild(a, [float(v) for v in trees.leaves(a)]) for a in args]
            value = f(*args)

            def pullback(w):
                flat = np.array(trees.leaves(w)) @ matrix
                flat[-1] *= wrong
                gradients = split(floats, flat.tolist())
                return gradients[0] if bare(wrt) else gradients

            return value, pullback

        return call

    def jvp(f, wrt=None):
        def call(args, tangents):
            matrix = np.atleast_2d(np.array(jacobian(*args), float))
            matrix[:, -1] *= forward_wrong
            value = f(*args)
            flat = matrix @ np.array([leaf for t in tangents for leaf in trees.leaves(t)], float)
            return value, trees.rebuild(value, flat.tolist())

        return call

    def grad(f, wrt=None):
        def call(*args):
            value, pullback = vjp(f, wrt)(*args)
            return pullback(1.0)

        return call

    return Tools(grad, vjp, jvp)


def check(f, args, tools, **options):
    return compare(f, args, options.pop("kwargs", {}), tools, **options)


def product(x, y):
    return x * math.sin(y)


def product_jacobian(x, y):
    return [math.sin(y), x * math.cos(y)]
