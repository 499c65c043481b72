"""Exceptions, contexts, `match` and the like, in odd combinations: right, or refused."""

import contextlib
import copy
import io
import math
import warnings

import numpy as np
import pytest

from srcgrad import check_grads, grad, jvp, value_and_grad, vjp
from srcgrad.errors import CannotDifferentiate

PROGRAMS: list = []


def at(*points, order=2, modes=("rev", "fwd")):
    """A program, with arguments for it: where one is no tuple, there is one parameter."""

    def mark(function):
        for k, point in enumerate(points):
            args = point if isinstance(point, tuple) else (point,)
            name = f"{function.__name__}-{k}"
            PROGRAMS.append(pytest.param(function, args, order, modes, id=name))
        return function

    return mark


# ------------------------------------------------------------ try


@at(([2.0, 0.5, -1.0, 0.0],), ([-1.0, 2.0],))
def several_handlers_in_a_loop(xs):
    total = 1.0
    for x in xs:
        try:
            total = total * math.sqrt(x) + 1.0 / x
        except ValueError:
            total = total * x * x
        except ZeroDivisionError as error:
            total = math.sin(total)
            print(error)
    return total


def checked(x, y):
    if x < 0:
        raise ValueError("negative")
    if x > 10:
        raise RuntimeError("large")
    return x * y


@at((1.0, 2.0), (-1.0, 2.0), (11.0, 2.0), (-11.0, 2.0))
def try_inside_try(x, y):
    try:
        try:
            z = checked(x, y)
        except ValueError:
            z = checked(-x, y) * 3
    except RuntimeError:
        z = math.cos(y) * x
    return z * z


@at(([1.0, 2.0, 3.0], 1), ([1.0, 2.0, 3.0], 7))
def no_such_element(xs, i):
    try:
        return xs[i] * xs[0]
    except IndexError:
        return xs[-1] ** 2


@at((np.array([4.0, 9.0]), np.array([1.0, 2.0])), (np.array([4.0, 9.0]), np.array([1.0, 2.0, 3.0])))
def shapes_that_do_not_fit(u, v):
    try:
        w = u * v
    except ValueError:
        w = u * v[0]
    return np.sum(w * w)


@at({"a": 2.0, "b": 3.0})
def no_such_key(d):
    try:
        v = d["c"]
    except KeyError:
        v = d["a"] * d["b"]
    return v * v


@at(([1.0, 2.0, 3.0],), ([1.0, -2.0, 3.0],))
def continue_in_handler(xs):
    total = 0.0
    for x in xs:
        try:
            y = math.log(x)
        except ValueError:
            continue
        total += y * x
    return total


@at((2.0, 1.0), (2.0, -1.0), (0.0, 1.0))
def every_exit(x, y):
    for k in range(5):
        try:
            x = x * math.sqrt(y) + 1.0 / x
            if k > 2:
                return x * y
        except ValueError:
            y = -y * 2
            continue
        except ZeroDivisionError:
            break
        x = x * 0.9
    else:
        x = x * 100
    return x + y


@at((2.0, 3.0), (-2.0, 3.0), modes=("rev",))
def finally_changes_what_is_left(x, y):
    for _ in range(3):
        try:
            if x > 3.5:
                return x * y
            x = x + math.sqrt(x)
        except ValueError:
            break
        finally:
            y = y * 1.5
    return x * y


@at((1.5, 2.0), (-1.5, 2.0))
def until_it_works(x, y):
    while True:
        try:
            z = math.log(x)
            break
        except ValueError:
            x = x + y
    return z * y


@at((1.5, 2.0), (-1.5, 2.0))
def none_where_it_fails(x, y):
    try:
        z = math.log(x)
    except ValueError:
        z = None
    return x * y if z is None else z * y


@at((2.0, 3.0), (2.0, -3.0))
def what_cannot_fail_is_known(x, y):
    scale = 0.0
    try:
        scale = x * 2
        scale = scale + math.log(y)
    except ValueError:
        pass
    return scale * scale


@at(([1.0, 2.0, 3.0],), ([1.0, -2.0, 3.0],), order=1, modes=("rev",))
def half_a_list_that_nobody_reads(xs):
    logs = []
    try:
        for x in xs:
            logs.append(math.log(x))
    except ValueError:
        return xs[0] * 2.0
    return sum(logs)


@at(([1.0, 2.0, 3.0],), ([1.0, -2.0, 3.0],), order=1)
def a_comprehension_that_fails(xs):
    try:
        roots = [math.sqrt(x) for x in xs]
    except ValueError:
        roots = [x * x for x in xs]
    return sum(roots) * roots[0]


@at(([1.0, 2.0, -1.0, 0.5], 3), ([-1.0, 2.0], 2), order=1)
def tapes_of_an_attempt_that_failed(xs, n):
    total = 0.5
    for x in xs:
        try:
            y = x
            for k in range(n):
                y = math.sqrt(y + k * total - 0.9) * math.sin(y)
            total = y * total
        except ValueError:
            total = total * x * x
    return total


@at((2.0, 3.0), (-2.0, 3.0))
def a_helper_that_always_raises(x, y):
    def fail():
        raise ValueError("no")

    try:
        if x < 0:
            fail()
        y = x * y
    except ValueError:
        y = x**3
    return y


class Count:
    def __init__(self, total):
        self.total, self.bad = total, 0.0

    def add(self, x):
        try:
            self.total = self.total + math.log(x)
        except ValueError:
            self.bad = self.bad + x


@at([2.0, 3.0, -1.0])
def attributes(xs):
    count = Count(0.0)
    for x in xs:
        count.add(x)
    return count.total * count.bad


# ------------------------------------------------------------ with, match and the rest


@at(np.array([2.0, 3.0]), np.array([2.0, -3.0]))
def errors_as_numpy_raises_them(u):
    try:
        with np.errstate(all="raise"):
            v = np.sqrt(u)
    except FloatingPointError:
        v = u * u
    return np.sum(v)


@at((2.0, 3.0), (-2.0, 3.0))
def suppressed(x, y):
    with contextlib.suppress(ValueError), warnings.catch_warnings():
        return math.sqrt(x) * y
    return x * y


@at((2.0, 0.5, "square"), (2.0, 3.0, "square"), (2.0, 3.0, "both"), (2.0, 3.0, "neither"))
def cases(x, y, what):
    match what:
        case "square":
            z = x * x
        case "both" | "all":
            z = x * y
        case _:
            z = y
    match (x, z):
        case (a, b) if a > b:
            return a * b * y
        case (a, _):
            return a * y


@at(([1.0, 2.0, 3.0],))
def assigned_in_a_test(xs):
    total, k = 0.0, 0
    while (x := xs[k]) < 2.5:
        total += x * x
        k += 1
    return total * x + sum([(y := v * v) * y for v in xs]) * y


@at(([1.0, 2.0, 3.0], 2.5), ([1.0, 2.0, 3.0], 25.0))
def searched(xs, limit):
    for x in xs:
        if x > limit:
            y = x * x
            break
    else:
        y = xs[0] * 5
    return y * xs[1]


@at(([1.0, 2.0, 3.0],), ([1.0, 2.0],))
def starred_targets(xs):
    ys = [x * x for x in xs]
    first, *middle, last = ys
    del ys
    return first * last + sum(middle) * first


@at(0.5, 2.0, -3.0)
def chained(x):
    if 0 < x < 1:
        return x * x
    return x**3 if 1 <= x <= 5 != x else x


@pytest.mark.parametrize("function, args, order, modes", PROGRAMS)
def test_against_differences(function, args, order, modes):
    with contextlib.redirect_stdout(io.StringIO()):
        check_grads(function, args, order=order, modes=modes)
        value, _ = value_and_grad(function)(*copy.deepcopy(args))
        assert value == pytest.approx(function(*copy.deepcopy(args)), rel=1e-12)


# ------------------------------------------------------------ what is not caught


def test_an_error_of_the_derivative_is_not_caught():
    """The slope of the root at 0 is no number: that is not what the handler is for."""

    def f(x):
        try:
            return math.sqrt(x)
        except ZeroDivisionError:
            return x * 5.0

    for call in (lambda: grad(f)(0.0), lambda: jvp(f)((0.0,), (1.0,))):
        with pytest.raises(ZeroDivisionError):
            call()


def test_what_no_handler_is_for_comes_through():
    def f(x, y):
        try:
            z = math.sqrt(x) / y
        except ZeroDivisionError:
            z = x * x
        return z * z

    for how in (grad, value_and_grad):
        assert how(f)(4.0, 0.0)
        with pytest.raises(ValueError, match="math domain error"):
            how(f)(-1.0, 2.0)


def test_a_failure_before_the_try_is_not_moved_into_it():
    def f(x, y):
        root = math.log(y)
        try:
            z = root * math.sqrt(x)
        except ValueError:
            z = x * y
        return z

    with pytest.raises(ValueError, match="math domain error"):
        grad(f)(2.0, -1.0)


TABLE = {"a": 2.0}


def test_a_key_that_comes_later():
    def f(x, name):
        try:
            return TABLE[name] * x
        except KeyError:
            return x * x

    df = grad(f, wrt="x")
    assert df(3.0, "b") == 6.0
    TABLE["b"] = 7.0
    assert df(3.0, "b") == 7.0
    del TABLE["b"]
    assert df(3.0, "b") == 6.0


def test_once():
    def f(x):
        try:
            y = math.sqrt(x)
        except ValueError as error:
            print(error)
            y = x
        finally:
            print("done")
        return y * y

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert grad(f)(4.0) == 1.0
        assert grad(f)(-3.0) == -6.0
    assert printed.getvalue().split("\n") == ["done", "math domain error", "done", ""]


# ------------------------------------------------------------ what is refused


def reads_what_is_in_doubt(x):
    y = x
    try:
        y = math.sqrt(x)
        y = math.log(y)
    except ValueError:
        pass
    return y


def what_a_helper_changes_is_in_doubt(x):
    k = x

    def double():
        nonlocal k
        k = k * 2
        return math.sqrt(x)

    try:
        y = double()
    except ValueError:
        y = k
    return y * k


def an_attribute_is_in_doubt(x):
    count = Count(x)
    try:
        count.total = math.sqrt(x)
        count.bad = math.log(count.total)
    except ValueError:
        pass
    return count.total


def memory_is_in_doubt(x):
    xs = [x, x]
    try:
        xs[0] = x * x
        xs[1] = math.log(x)
    except ValueError:
        pass
    return xs[0] * xs[1]


def memory_is_in_doubt_in_the_next_turn(x):
    xs, y = [x, x], 0.0
    for k in range(2):
        y = y + xs[0]
        try:
            xs[0] = y
            y = math.log(x + k)
        except ValueError:
            pass
    return y


def memory_is_in_doubt_by_another_name(x):
    u = np.zeros(3) + x
    v = u[1:]
    try:
        v[0] = x * x
        y = math.log(x)
    except ValueError:
        y = x
    return y * u[1]


@pytest.mark.parametrize(
    "function, words",
    [
        (reads_what_is_in_doubt, "`y` may or may not be assigned here"),
        (what_a_helper_changes_is_in_doubt, "`k` may or may not be assigned here"),
        (an_attribute_is_in_doubt, "`total` may or may not be assigned here"),
        (memory_is_in_doubt, "changed in `try` before something that may fail"),
        (memory_is_in_doubt_in_the_next_turn, "changed in `try` before something that may fail"),
        (memory_is_in_doubt_by_another_name, "changed in `try` before something that may fail"),
    ],
)
def test_refused(function, words):
    with pytest.raises(CannotDifferentiate, match=words) as caught:
        grad(function)(0.7)
    assert all(p.location.line and p.remedy for p in caught.value.problems)


def made(p):
    out = [0.0] * 2
    out[0] = p * p
    out[1] = p
    return out


def handed_round(p, q):
    """A list that a try makes, and that the next turn of the loop reads."""
    kept = made(p)
    for _ in range(3):
        try:
            fresh = made(p)
        except Exception as error:
            raise error
        kept = fresh
        p = kept[0] * q + kept[1]
    return kept[0] * p


def test_a_list_made_in_a_try_goes_round_a_loop():
    check_grads(handed_round, (1.2, 0.3), order=2)


def half_of_the_paths(t, n):
    if n < 2:
        if n == 1 and n > 1:
            t = 1.0 - t
    else:
        d = t
        d -= 1.0
    return t


def test_memory_of_some_paths_is_not_kept_for_a_pullback():
    with pytest.raises(CannotDifferentiate, match="memory that only some paths make"):
        vjp(half_of_the_paths)(np.array([1.0]), 1)


def counted_twice(t, xs):
    for j in range(2, 0):  # noqa: B007
        pass
    if t:
        for j in range(1):  # noqa: B007
            pass
        xs[j] = 1.0
    return sum(xs)


def test_what_a_loop_without_turns_leaves_is_not_asked_for_by_one_that_has_some():
    assert grad(counted_twice, wrt="xs")(True, [2.0, 3.0]) == [0.0, 1.0]
    assert grad(counted_twice, wrt="xs")(False, [2.0, 3.0]) == [1.0, 1.0]
