"""Programs that once had a wrong gradient, value or effect: each is right or refused for good."""

import copy
import heapq
import math

import numpy as np
import pytest

from srcgrad import SrcgradError, grad, jvp, value_and_grad, vjp
from srcgrad.checks import check_grads


def test_a_return_in_an_inner_loop_leaves_all_loops():
    def f(x):
        for _ in range(3):
            for _ in range(3):
                x = x * 1.1
                if x > 2:
                    return x * x
            x = x + 0.01
        return x

    assert value_and_grad(f)(1.5)[0] == f(1.5)
    check_grads(f, (1.5,))


def test_and_or_give_one_of_their_operands():
    def f(x, y):
        return (x or y) * (0 < x < 2 and x * x or 3 * y)

    for args in ((1.0, 2.0), (0.0, 2.0), (3.0, 0.5)):
        assert value_and_grad(f)(*args)[0] == f(*args)
        if args[0]:
            check_grads(f, args)


def test_a_lambda_sees_what_names_stand_for_when_it_is_called():
    def f(x):
        s = 0.0
        g = lambda y: y * x + s  # noqa: E731
        s = x * x
        return g(2.0)

    assert value_and_grad(f)(1.5) == (5.25, 5.0)


def test_where_keeps_the_infinity_of_the_other_branch():
    def f(x):
        return np.sum(np.where(x > 0, np.sqrt(x), x * x))

    with np.errstate(all="ignore"):
        got = grad(f)(np.array([0.0, -1.0, 4.0]))
    assert got.tolist() == [0.0, -2.0, 0.25]


def test_an_argument_within_itself():
    def f(m):
        for i in range(len(m)):
            m[i][0] = m[i][0] * m[0][0]
        return m[0][0] + m[1][0]

    row = [1.5, 2.0]
    with pytest.raises(SrcgradError, match="share memory"):
        grad(f)([row, row])
    check_grads(f, ([[1.5, 2.0], [0.5, 1.0]],))


def test_effects_inside_opaque_expressions_happen_once(capsys):
    def f(a, x):
        print(a.pop())
        assert a.pop() > 0
        return a[0] * a[1] * x

    a = [3.0, 1.0, 2.0, 4.0]
    assert grad(f)(a, 1.5) == ([1.5, 4.5, 0.0, 0.0], 3.0)
    assert a == [3.0, 1.0] and capsys.readouterr().out == "4.0\n"


LOG: list = []
STATE = np.ones(2)


def test_what_belongs_to_others_is_not_changed():
    def log(x):
        LOG.append(x)
        return x * x

    def store(x):
        STATE[0] = x
        return STATE[0] * x

    def shuffled(a, x):
        np.random.shuffle(a)
        return a[0] * x

    def push(a, x):
        heapq.heappush(a, x)
        return a[0] * x

    for f, args in (
        (log, (1.5,)),
        (store, (1.5,)),
        (shuffled, (np.ones(2), 1.5)),
        (push, ([1.0], 1.5)),
    ):
        with pytest.raises(SrcgradError, match=r":\d+:\d+: "):
            grad(f)(*args)


def long_view(a):
    z = a[0]
    for _ in range(3):
        z = z * a[0]
    x1 = z * z
    x2 = x1 * z
    x3 = x2 + x1
    x4 = x3 * z
    x5 = x4 * 0.1
    x6 = x5 * z
    x7 = x6 + x5
    x8 = x7 * z
    x9 = x8 * 0.1
    y = x9 * z
    y1 = y * y
    y2 = y1 + y
    y3 = y2 * 0.1
    y4 = y3 * y
    y5 = y4 + y3
    y6 = y5 * 0.1
    y7 = y6 * y5
    y8 = y7 * 0.1
    y9 = y8 * 2
    y9 = y9 + 1
    return a[1:]


def test_a_long_helper_that_returns_a_view():
    def f(a):
        b = long_view(a)
        b[0] = b[0] * a[0]
        return np.sum(a * a)

    check_grads(f, (np.array([0.9, 0.6, 0.3]),))


def test_a_tangent_memory_is_not_that_of_what_was_copied():
    def f(a, x):
        b = a + 0
        b[0] = x
        a[1] = b[0] * a[0]
        return a[0] * a[1] * x

    check_grads(f, (np.array([3.0, 1.0]), 1.5))


def test_a_tangent_does_not_share_the_callers_memory():
    def f(x):
        return x + 0.0

    t = np.ones(2)
    assert not np.shares_memory(jvp(f)((np.ones(2),), (t,))[1], t)


def test_memory_that_does_not_vary_itself():
    def f(w, y):
        w[0] = y * y
        return np.sum(w)

    w = np.ones(2)
    assert jvp(f, wrt="y")((w, 3.0), (1.0,))[1] == 6.0
    assert grad(grad(f, wrt="y"), wrt="y")(np.ones(2), 3.0) == 2.0


def make(k):
    def f(x):
        return x * k

    return f


TWICE, FIVEFOLD = make(2.0), make(5.0)


def test_two_closures_of_one_function():
    def f(x):
        return TWICE(x) * x + FIVEFOLD(x)

    assert value_and_grad(f)(1.5) == (f(1.5), 11.0)


def helper(x):
    return x * 3


def test_a_helper_that_is_defined_anew():
    def f(x):
        return helper(x) * 2

    df = grad(f)
    assert df(2.0) == 6.0
    old = globals()["helper"]
    try:
        globals()["helper"] = make(4.0)
        assert df(2.0) == 8.0
    finally:
        globals()["helper"] = old
    assert df(2.0) == 6.0


def test_parts_of_an_argument_that_nobody_reads():
    def f(p):
        return p["a"] * p["a"]

    got = grad(f)({"a": 2.0, "x": np.ones(2)})
    assert got["a"] == 4.0 and got["x"].tolist() == [0.0, 0.0]


def test_mixed_precision():
    def f(x, y):
        return np.sum(x * y)

    x, y = np.array([0.3, 0.4], np.float32), np.array([0.5, 0.6])
    assert [d.dtype for d in grad(f)(x, y)] == [np.float32, np.float64]


def test_the_element_that_is_added_to_is_read_first():
    def change(ys):
        ys[0] = 2.0
        return 1.0

    def f(c):
        c[0] += change(c)
        return c[0] * c[0]

    for c in ([1.0], np.array([1.0])):
        d = copy.deepcopy(c)
        assert value_and_grad(f)(c)[0] == f(d) and c[0] == d[0]


def test_sums_of_numpys_bools():
    def f(ys, v):
        return max(ys[1], v[0], ys[1]) + math.fabs(v[0])

    assert grad(f)([1.0, 1.0], np.array([0.2]))[0] == [0.0, 1.0]


def test_a_variable_of_another_kind_before_a_loop_than_in_it():
    def pairs(xs):
        previous, s = None, 0.0
        for x in xs:
            if previous is not None:
                s += x * previous
            previous = x
        return s

    assert grad(pairs)([1.0, 2.0, 3.0]) == [2.0, 4.0, 2.0]

    def modes(x, n):
        mode = "double"
        for _ in range(n):
            x = x * 2 if mode == "double" else x * 3
            mode = "treble"
        return x

    with pytest.raises(SrcgradError, match="different things before and in the loop"):
        grad(modes)(1.0, 3)


def test_a_while_whose_test_changes_memory():
    def f(a):
        s = 0.0
        while a.pop() > 0:
            s += a[0]
        return s

    with pytest.raises(SrcgradError, match="test of a `while`"):
        grad(f)([1.0, 2.0, -3.0, 2.0])


def test_a_tuple_in_a_pullback_is_not_copied_as_a_list():
    def f(b, n):
        total = 0.0
        for k in range(n):
            total += b[k] * b[k]
        return total

    value, pullback = vjp(f)((1.5, 0.5), 2)
    assert pullback(1.0) == ((3.0, 1.0), None)


def test_a_view_made_in_a_branch_is_kept_for_a_pullback_as_it_is_left():
    def f(u, q):
        if q <= 0:
            return 1.0
        r = u[:]
        r[0] = q
        return np.sum(r * r)

    value, pullback = vjp(f)(np.array([0.6, 0.5]), 2.0)
    du, dq = pullback(1.0)
    assert value == 4.25 and dq == 4.0 and du.tolist() == [0.0, 1.0]


def test_a_loop_that_surely_turns_hands_nothing_on_of_what_it_overwrites():
    def f(m, u):
        w = u**m
        for _ in range(2):
            w = 1.0
        return w * m

    assert grad(f)(1.5, -1.3) == (1.0, 0.0)  # the power is complex, and has no derivative


def test_rows_that_a_loop_may_never_have_read():
    def f(q, a, n):
        for _ in range(n):
            for row in a:  # noqa: B007
                pass
            q = row @ a[0]
        return q

    with pytest.raises(SrcgradError, match="`row` may have no value here"):
        grad(f)(1.0, np.array([[1.9]]), 0)


def test_an_array_that_a_loop_gives_another_length():
    def f(x, y, z):
        out = x
        for a in (y,):
            out = out @ a
        return np.mean(out * z)

    rng = np.random.default_rng(0)
    check_grads(f, (rng.normal(size=(2, 3)), rng.normal(size=(3, 4)), rng.normal(size=(2, 4))))

    def shorter(x, n):
        out = x
        for _ in range(n):
            out = out[1:]
        return np.mean(out * x[n:])

    check_grads(shorter, (rng.normal(size=5), 2))


def test_a_number_that_a_loop_makes_an_array():
    def rows(a):
        s = 0.0
        for row in a:
            s = s + row * row
        return np.sum(s * s)

    def counted(a):
        s = 0
        for k in range(3):
            s += a[k] * k
        return np.sum(s * s)

    a = np.random.default_rng(0).normal(size=(3, 2))
    check_grads(rows, (a,))
    check_grads(counted, (a,))
    with pytest.raises(ValueError, match="has no turn"):
        grad(rows)(a[:0])
    with pytest.raises(SrcgradError, match="different things"):
        grad(lambda a: np.sum(stopping(a)))(a)


def stopping(a):
    s = 0.0
    for row in a:
        if row[0] > 5:
            break
        s = s + row
    return s


def test_a_comprehension_that_binds_a_name_again():
    def f(xs):
        return sum([s * x for s in [1.0, 2.0] for x in xs for s in [s + x]])

    check_grads(f, ([1.0, 2.0, 3.0],))


def test_arrays_in_a_tuple_that_a_generator_makes():
    def f(x):
        a, b = tuple(y * 2 for y in (x, x * 3))
        return np.sum(a * b)

    check_grads(f, (np.array([1.0, -0.5]),))


def test_what_is_computed_again_is_computed_alike():
    """`0.4 * a - 0.3 * a` is not `0.1 * a` to the last bit, and ties of `min` are told by equality."""

    def f(x):
        for _ in range(3):
            a = math.tanh(x)
            p = min(1.0, 0.4 * a - 0.3 * a, 0.1)
        return p

    for x in (0.3, 1.1, 2.0, 2.7):
        slope = 0.1 / math.cosh(x) ** 2
        assert abs(value_and_grad(f)(x)[1] - slope) < 1e-12


def test_ints_in_a_list_that_takes_numpy_floats():
    def f(c, saved, s):
        if s > 0:
            return s * c[0]
        c.append(saved[0])
        return s * c[-1]

    def of_one_path(c, saved, s):
        if s:
            return s * c[0]
        c.append(saved[0])

    for g in (f, of_one_path):
        of_s = grad(g)([2], np.array([0.5]), 1)[2]
        assert of_s == 2 and type(of_s) is float
    assert grad(f)([2], np.array([0.5]), -1)[2] == 0.5


def test_a_list_that_one_path_makes_shorter_for_nothing():
    """How long it was is asked before: what changes it is folded into what it is read for."""

    def f(ys, x):
        if x > 0:
            p = 0.5 * ys.pop()  # noqa: F841
        return 2.0 * x

    def chosen(ys, x):
        y = ys.pop() if x > 0 else ys.pop(0)
        return x if y else 2 * x

    assert grad(f)([1.0, 2.0], 3.0) == ([0.0, 0.0], 2.0)
    assert grad(f)([1.0, 2.0], -3.0) == ([0.0, 0.0], 2.0)
    assert grad(chosen)([0.0, 1.0, 2.0], 3.0) == ([0.0, 0.0, 0.0], 1.0)
    assert grad(chosen)([0.0, 1.0, 2.0], -3.0) == ([0.0, 0.0, 0.0], 2.0)


def test_an_int_that_only_one_path_takes_for_a_number():
    def f(x, n):
        return x * n if n > 0 else x * x

    def counted(x, n):
        return x * x if n > 0 else 2 * x

    assert grad(f)(2.0, 3) == (3.0, 2.0)
    assert grad(f)(2.0, -3) == (4.0, 0.0)
    assert grad(counted)(2.0, 3) == (4.0, None)


def test_lists_of_ints_in_arrays_of_whole_numbers_are_refused():
    def made(L):
        return np.sum(np.array(L) * 1.5)

    def averaged(L):
        return np.mean(L)

    def stored(L):
        y = np.zeros(2)
        y[:] = L
        return np.sum(y)

    def picking(L, x):
        return np.sum(x[np.array(L)])

    for f in (made, averaged, stored):
        with pytest.raises(SrcgradError, match="array of whole numbers"):
            grad(f)([1, 2])
        assert grad(f)([1.0, 2]) == grad(f)([1.0, 2.0])
    assert grad(picking, wrt="x")([0, 0], np.ones(2)).tolist() == [2.0, 0.0]
    assert grad(picking)([0, 0], np.ones(2))[1].tolist() == [2.0, 0.0]


def test_put_begins_again_with_what_there_is_to_store():
    def put(x):
        y, z = np.ones(5), np.ones((3, 3)) * x[0]
        np.put(y, [0, 2, 3], x)
        y.put(4, x)
        y.put([1], 3.0)
        np.put(z, np.array([[0, -1], [4, 5]]), x)
        return np.sum(y * y) + np.sum(z**3)

    for n in (1, 2, 3, 4, 5):
        check_grads(put, (np.linspace(0.5, 2.0, n),), order=2)


@pytest.mark.parametrize("x", [np.zeros(0), np.zeros((2, 0)), -np.ones(3)])
def test_what_picks_no_elements_has_gradients_of_floats(x):
    def extracted(x):
        return np.sum(np.extract(x > 0, x))

    def running(x):
        return np.sum(np.maximum.accumulate(x, -1))

    def taken(x):
        return np.sum(np.take(x, np.arange(0), axis=-1))

    for f in (extracted, running, taken):
        for dtype in (np.float64, np.float32):
            gradient = grad(f)(x.astype(dtype))
            assert gradient.dtype == dtype and gradient.shape == x.shape


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_log_sum_exp_of_nothing():
    def reduced(x):
        return np.logaddexp.reduce(x)

    value, gradient = value_and_grad(reduced)(np.zeros(0))
    assert value == -np.inf and gradient.tolist() == []
    check_grads(reduced, (np.array([0.5, -1.0, 2.0]),), order=2)


def test_a_gradient_made_inside_whose_text_has_tapes():
    def powers(x):
        y = np.sin(x)
        for _ in range(2):
            y = y * x
        return np.sum(y)

    def penalty(x):
        g = grad(powers)(x)
        return np.sum(g**2)

    def of_parts(x):
        return sum([np.sum(grad(powers)(x[i:]) ** 2) for i in range(3)])

    def of_several_kinds(x):
        return np.sum(slope(x) * x) + np.sum(slope(x[:2]))

    slope = grad(powers)
    for f in (penalty, of_parts, of_several_kinds):
        check_grads(f, (np.array([1.0, 2.0, -0.5]),))
