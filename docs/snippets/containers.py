"""Containers: what is looked up at run time, and what is not looked up."""


def tallied(x):
    """
    >>> tallied([1.0, 2.0, 3.0])
    8.0
    """
    sums = {}
    for i, v in enumerate(x):
        key = i % 2
        sums[key] = sums.get(key, 0.0) + v
    return sums[0] * sums[1]


def keyed(x):
    """
    >>> keyed([1.0, 2.0])
    2
    """
    seen = set()
    for v in x:
        seen.add(v * v)
    return len(seen)
