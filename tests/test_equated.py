"""Branches for equal floats: there is a warning, and none where the derivative is what was meant."""

import warnings

import pytest

from srcgrad import SrcgradWarning, grad


def warned(function, *args, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        grad(function, **options)(*args)
    return [w for w in caught if issubclass(w.category, SrcgradWarning)]


def special_case(wide, narrow, k):
    if wide != narrow:
        return (wide - narrow) * k
    return 0.0


def one_of_two_tests(d, d1, d2):
    c = d * d
    if d1 != d or d2 != d:
        c = c * d1 / d2
    return c


def by_an_expression(x, y):
    return x if x * x == y else y


def helper(x, y):
    return x if x == y else y * y


def in_a_helper(x, y):
    return 2 * helper(x, 3 * y)


def negated(x, y):
    if not x == y:
        return x * x
    return y


def guard(x):
    return 1.0 if x == 0 else x * x / x


def counts(xs, n):
    k = 0
    if len(xs) == n:
        k = 1
    return xs[0] * k


def constants(x, kind=1.0, wanted=2.0):
    if kind == wanted:
        return x
    return 2 * x


def stands_still(x, y):
    for _ in range(20):
        new = 0.5 * (x + y / x)
        if new == x:
            break
        x = new
    return x


def nothing_comes_of_it(x, y):
    flag = x == y
    if flag:
        print("equal")
    return x * y


WARNED = [
    (special_case, (2.0, 1.0, 3.0)),
    (one_of_two_tests, (1.0, 1.0, 1.0)),
    (by_an_expression, (2.0, 3.0)),
    (in_a_helper, (2.0, 3.0)),
    (negated, (2.0, 3.0)),
]
NOT_WARNED = [
    (guard, (2.0,)),
    (counts, ([2.0], 1)),
    (constants, (2.0,)),
    (stands_still, (2.0, 3.0)),
    (nothing_comes_of_it, (2.0, 3.0)),
]


@pytest.mark.parametrize("function, args", WARNED, ids=lambda x: getattr(x, "__name__", ""))
def test_equated(function, args):
    found = warned(function, *args)
    assert found and all("compares floats" in str(w.message) for w in found)
    assert found[0].filename.endswith("test_equated.py")


def test_the_place_and_the_remedy():
    (found,) = warned(special_case, 2.0, 1.0, 3.0)
    text = str(found.message)
    assert "tests/test_equated.py:18:8" in text and "wide != narrow" in text and "general" in text


@pytest.mark.parametrize("function, args", NOT_WARNED, ids=lambda x: getattr(x, "__name__", ""))
def test_not_equated(function, args):
    assert warned(function, *args) == []
