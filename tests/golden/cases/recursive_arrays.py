"""Halves of arrays and lists: recursion over arrays of other lengths, and lists as results."""

import numpy as np

ARGS = (np.array([0.7, 0.2, 0.4, 0.9, 0.3]), [3.0, 1.0, 2.0])


def pairwise(v):
    if len(v) <= 2:
        return np.sum(v * v)
    half = len(v) // 2
    return pairwise(v[:half]) + pairwise(v[half:]) * v[0]


def in_order(xs):
    if len(xs) <= 1:
        return xs
    half = len(xs) // 2
    left, right = in_order(xs[:half]), in_order(xs[half:])
    merged, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if left[i] < right[j]:
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
    return merged + left[i:] + right[j:]


def recursive_arrays(v, xs):
    ys = in_order(xs)
    return pairwise(v) * ys[0] + ys[1] * ys[2] * ys[2]
