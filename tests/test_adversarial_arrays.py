"""Programs over arrays that once had a wrong gradient or broke: each is right or refused for good."""

import numpy as np
import pytest

from srcgrad import SrcgradError, grad, jvp, value_and_grad, vjp
from srcgrad.checks import check_grads


def test_a_view_from_before_a_loop_is_read_in_it():
    def f(a):
        b = np.sin(a)
        row, other = b
        total = 0.0
        for _ in range(2):
            total += np.sum(row * row) + b[0, 1] * other[0]
        return total

    check_grads(f, (np.ones((2, 2)),))


def test_a_view_from_before_a_loop_is_put_on_a_list_in_it():
    def f(a):
        b = np.sin(a)
        row = b[0]
        rows = [row for _ in range(2)]
        return np.sum(rows.pop())

    check_grads(f, (np.ones((2, 2)),))


def test_a_number_stands_for_each_of_a_list_of_arrays():
    def f(v):
        total = 0.0
        for part in [v[:], v[1:]]:
            total += part.sum()
        return total

    check_grads(f, (np.ones(3),))


def test_a_shape_is_not_asked_of_what_is_not_there_yet():
    def f(a):
        return np.sum([a[0]].pop())

    def g(a):
        blocks = [np.full((3, 2), a[0, 0])]
        blocks.append(np.ones((3, 2)))
        v = np.concatenate(blocks)
        for w in (-np.full((2, 3), a[1, 1])).mean(0):
            s = w
        return np.sum(v + s)

    def h(v):
        for part in [np.full(3, v[0])]:
            acc = np.sin(part).mean()
        np.ones(3) @ v
        return acc

    check_grads(f, (np.ones((2, 3)),))
    check_grads(g, (np.ones((2, 2)),))
    check_grads(h, (np.ones(3),))


def test_a_product_with_zero_is_an_int_where_it_is_a_subscript():
    def f(a, x):
        for _ in a:
            a[:] = np.split(np.full((2, 6), x), 2, axis=-1)[0][:1, 2:]
        return a

    _, pullback = vjp(f)(np.zeros((1, 1)), 1.0)
    assert pullback(np.ones((1, 1))) == (np.zeros((1, 1)), 1.0)


def test_float32_stays_float32_whatever_it_is_added_to():
    def f(v):
        u = v[1:] * np.ones(2)
        out = np.sum(v) + np.sum(u)
        return out * out

    def g(v):
        return np.sum(v * v) + np.sum(1.0)

    v = np.ones(3, np.float32)
    assert grad(f)(v).dtype == np.float32
    np.testing.assert_allclose(grad(f)(v), [10.0, 20.0, 20.0])
    for cotangent in (1, 1.0, np.float64(1.0), np.float32(1.0), np.array(1.0)):
        gradient = vjp(g)(v)[1](cotangent)
        assert gradient.dtype == np.float32 and gradient.tolist() == [2.0, 2.0, 2.0]
    _, pullback = vjp(lambda v: v * v)(v)
    assert pullback(np.ones(3)).dtype == np.float32


def test_sums_over_an_axis_in_front_and_over_one_that_may_be_one():
    def f(c, w):
        return np.sum(c @ w[:, 1:] * c[2, 1:])

    for columns in (1, 2):
        check_grads(f, (np.ones((3, 2, 1)), np.ones((1, columns))))


def test_an_element_is_popped_once_though_the_pullback_is_called_twice():
    def f(a):
        u = [a for _ in range(2)].pop()
        u += 1.0
        return u

    _, pullback = vjp(f)(np.ones(2))
    for _ in range(2):
        assert pullback(np.ones(2)).tolist() == [1.0, 1.0]
    assert value_and_grad(lambda a: np.sum(f(a)))(np.ones(2))[0] == 4.0


def test_an_array_in_a_list_is_changed_in_place_for_all_who_hold_it():
    def f(x, y):
        ws = [np.sin(x), np.cos(y)]
        first = ws[0]
        for k in range(2):
            ws[k] *= ws[k]
        ws[1] -= 0.5
        return np.sum(first * ws[1])

    def g(x, y):
        ws = [np.sin(x), 2.0]
        first = ws[0]
        ws[0] *= y
        return np.sum(first * ws[1])

    x, y = np.ones(2), np.array([1.0, 3.0])
    for function in (f, g):
        assert value_and_grad(function)(x, y)[0] == function(x, y)
        check_grads(function, (x, y))


def test_the_sum_of_a_list_of_arrays():
    def f(x, y):
        parts = [np.sin(x)]
        for k in range(2):
            parts.append(x * y + k)
        return np.sum(sum(parts) ** 2) + np.sum(sum([x]))

    x, y = np.ones(2), np.array([1.0, 3.0])
    assert value_and_grad(f)(x, y)[0] == f(x, y)
    check_grads(f, (x, y))


def test_a_tangent_is_that_of_what_was_read_before_the_memory_changed():
    def f(x):
        y = x * 3.0
        x[:] *= 2.0
        y[:] += 1.0
        return np.sum(y)

    assert jvp(f)((np.ones(2),), (np.ones(2),)) == (8.0, 6.0)
    check_grads(f, (np.ones(2),))


def test_a_name_goes_from_array_to_array_of_other_lengths():
    def shrinking(x):
        a = np.zeros_like(x)
        for i in range(len(x), 1, -1):
            s = a[:i] + x[:i]
            a = np.zeros(i - 1)
            a[:] += s[1:] * s[:-1]
        return np.sum(a)

    def growing(x):
        a = np.zeros_like(x)
        for i in range(3):
            s = a * np.sin(x[0] + i)
            a = np.zeros(len(s) + 1)
            a[:-1] += s + x[i]
        return np.sum(a * a)

    x = np.array([0.5, 1.0, -0.3, 0.8])
    for f in (shrinking, growing):
        check_grads(f, (x,))
        check_grads(grad(f), (x,))


def test_a_gradient_is_of_floats_where_only_an_int_is_left_of_it():
    def f(x, k):
        return np.sum(x) * k

    def g(x, k):
        return np.sum(x) * k[0] + np.argmax(k)

    def h(xs, k):
        total = 0.0
        for x in xs:
            total += x * k
        return total

    x, k = np.array([0.5, 2.0]), np.array([3, 1])
    for function, factor in ((f, 3), (f, True), (g, k)):
        gradient = grad(function, wrt="x")(x, factor)
        assert gradient.dtype == np.float64
    assert all(type(d) is float for d in grad(h, wrt="xs")([0.5, 2.0], 3))


def test_an_array_of_no_dimensions_is_a_number():
    def f(x, y):
        return np.tensordot(x, y, 1)

    def g(x, y):
        total = np.zeros(())
        total += np.sum(x * y)
        return total

    x, y = np.array([1.0, 2.0]), np.array([0.5, -1.0])
    for function in (f, g):
        value, (dx, _) = value_and_grad(function)(x, y)
        assert value == function(x, y) and dx.tolist() == y.tolist()
        assert vjp(function)(x, y)[1](2.0)[1].tolist() == [2.0, 4.0]
        check_grads(function, (x, y))


def test_any_operator_changes_an_array_in_place():
    def f(x):
        y = x.copy()
        y %= 1.3
        y **= 3
        y[1:] **= 2
        y[0] **= 3
        y[x > 1] //= 0.1
        keep = x > 0
        keep &= x < 3
        keep[0] |= x[0] < 1
        k = np.zeros(3, dtype=int)
        k += 1
        k <<= 1
        k[0] %= 2
        return np.sum(y[keep]) + np.sum(x[k] ** 2)

    def g(x, y):
        x **= y
        return x

    x = np.array([0.4, 0.9, 1.1, 2.5])
    assert value_and_grad(f)(x)[0] == f(x)
    check_grads(f, (x,))
    for y in (2.0, np.ones(1), x):
        check_grads(g, (x.copy(), y))


def test_a_product_in_place_is_to_keep_its_shape():
    def f(x, y):
        x @= y
        return np.sum(x)

    with pytest.raises(SrcgradError, match="is of the shape of what it is stored in"):
        grad(f)(np.ones((2, 2)), np.ones((2, 2)))


def test_what_a_list_will_hold_is_subtracted_in_place():
    def gram_schmidt(vectors):
        found = []
        for v in vectors.T:
            w = v.copy()
            for q in found:
                w -= np.dot(q, v) * q
            found.append(w / np.linalg.norm(w))
        return np.array(found)

    check_grads(gram_schmidt, (np.array([[1.0, 0.5], [0.2, -1.0], [0.3, 0.7]]),))


def test_a_cotangent_that_two_have_is_not_the_buffer_of_one():
    def residual(x):
        agg = np.zeros_like(x)
        agg[1:] += x[1:]
        agg *= 3.0
        return np.sum(np.sin(x + agg))

    def messages(x, source, target, w):
        m = np.tanh(x[source] @ w)
        agg = np.zeros_like(x)
        np.add.at(agg, target, m)
        agg /= np.maximum(np.bincount(target, minlength=len(x)), 1)[:, None]
        return np.sum((x + agg) ** 2)

    x, w = np.linspace(-1.0, 1.0, 8).reshape(4, 2), np.array([[0.5, -1.0], [0.3, 0.8]])
    check_grads(residual, (x[:, 0].copy(),))
    check_grads(messages, (x, np.array([0, 1, 2, 2]), np.array([1, 1, 3, 0]), w), wrt=("x", "w"))


def test_layers_are_gone_through_in_any_way():
    def by_slice(params, x):
        for w, b in params[:-1]:
            x = np.maximum(x @ w + b, 0)
        w, b = params[-1]
        return np.sum(x @ w + b)

    def by_place(params, x):
        for k in reversed(range(len(params))):
            x = x + np.sum(params[k][1] ** 2)
            if np.any(x > 1e9):
                break
        for k, (w, b) in enumerate(params):
            x = x @ w + b
            if k < len(params) - 1:
                x = np.tanh(x)
        return np.sum(x)

    rng = np.random.default_rng(0)
    params = [(rng.normal(size=s), rng.normal(size=s[1])) for s in ((3, 4), (4, 2), (2, 2))]
    for f in (by_slice, by_place):
        check_grads(f, (params, rng.normal(size=(5, 3))), wrt="params")


def test_the_arrays_in_a_list_may_be_of_any_lengths():
    def activations(x, w, v):
        acts = [x]
        acts.append(np.tanh(acts[-1] @ w))
        acts.append(np.tanh(acts[-1] @ v))
        return np.sum(acts[-1]) + np.sum(acts[0] ** 2)

    def halves(x):
        parts = [x]
        while len(parts[-1]) > 1:
            last = parts[-1]
            parts.append(last[::2] * last[1::2])
        return sum([np.sum(part) for part in parts])

    def added(x, y):
        parts = [x] + [y]
        return np.sum(parts.pop() ** 2) * np.sum(parts.pop())

    rng = np.random.default_rng(0)
    x, w, v = (rng.normal(size=s) for s in ((2, 3), (3, 4), (4, 2)))
    check_grads(activations, (x, w, v))
    check_grads(halves, (rng.normal(size=8),))
    check_grads(added, (x[0].copy(), w[0].copy()))


def test_numbers_in_a_row_are_stored_in_an_array():
    def f(x):
        m = np.zeros((3, 3))
        for i in range(3):
            m[i, :2] = x[i], x[i] ** 2
            m[i] += 1
        m[-1] = [1, -2, 1]
        m[0, :] = [v * 2 for v in x]
        m[[0, 1], 0] = x[1], x[2]
        k = np.zeros(3, int)
        k[:] = 2, 1, 0
        return np.sum(m**2) + np.sum(x[k] * k)

    check_grads(f, (np.array([0.5, -1.0, 2.0]),))


def test_a_generator_is_unpacked():
    def f(z):
        i, o, g = (1 / (1 + np.exp(-v)) for v in np.split(z, 3))
        return np.sum(i * g + o)

    check_grads(f, (np.linspace(-1.0, 2.0, 6),))


def test_triangles_are_filled_and_read():
    def f(v, x):
        n = int((np.sqrt(8 * len(v) + 1) - 1) / 2)
        lower = np.zeros((n, n))
        lower[np.tril_indices(n)] = v
        lower[np.diag_indices(n)] += np.hanning(n) * x
        i, j = np.triu_indices(len(x), k=1)
        product = lower @ lower.T
        row, column = np.unravel_index(np.argmax(product), product.shape)
        return np.sum(product[i, j] ** 2) + np.sum((x[i] - x[j]) ** 2) + product[row, column]

    v, x = np.linspace(-1.0, 2.0, 6), np.array([0.3, -0.8, 1.7])
    check_grads(f, (v, x))


def test_arrays_that_are_values_though_they_are_changed():
    """Those that something else refers to are not; each is differentiated for what it is."""
    x = np.array([0.3, -0.7, 1.2])

    def view_before(x):
        p = np.exp(x)
        first = p[:2]
        p *= x
        return np.sum(first * x[1:]) + np.sum(p)

    def view_after(x):
        p = np.exp(x)
        p *= x
        first = p[:2]
        return np.sum(first * x[1:]) + np.sum(p)

    def view_after_changed(x):
        p = np.exp(x)
        p *= x
        first = p[:2]
        first += 1.0
        return np.sum(p * x)

    def kept_in_a_list(x):
        p = np.exp(x)
        kept = [p]
        p *= x
        return np.sum(kept[0] * x)

    def second_name(x):
        p = q = np.exp(x)
        p *= x
        return np.sum(q * x)

    def in_a_branch(x):
        p = np.exp(x)
        if x[0] > 0:
            p *= x
        p += 1.0
        return np.sum(p * p)

    def in_a_loop(x):
        p = np.exp(x)
        p += 1.0
        for _ in range(3):
            q = p * x
            q *= q
            p += q
        return np.sum(p)

    def of_the_loop_before(x):
        p = np.zeros(3)
        for k in range(3):
            q = p
            p = x * (k + 1)
            p += q
            p *= 0.5
        return np.sum(p * x)

    def stored_itself(x):
        p = np.exp(x)
        q = np.sin(x)
        p[...] = q
        q *= x
        p += q
        return np.sum(p * q)

    def parameter_stored(x):
        p = np.exp(x)
        p[:] = x
        p *= p
        return p @ x

    def returned(x):
        p = np.zeros_like(x)
        p[...] = x
        return p

    def broadcast(x):
        p = np.outer(x, x)
        p -= p.mean(axis=0)
        p /= np.sum(p * p, axis=1, keepdims=True) + 1.0
        return np.sum(p**3)

    def narrow(x):
        p = np.exp(x).astype(np.float32)
        p *= np.float64(0.5)
        p += x
        return np.sum(p.astype(float) * x)

    for f in (
        view_before,
        view_after,
        view_after_changed,
        kept_in_a_list,
        second_name,
        in_a_branch,
    ):
        check_grads(f, (x,), order=2)
        assert value_and_grad(f)(x)[0] == f(x)
    for f in (in_a_loop, of_the_loop_before, stored_itself, parameter_stored, broadcast):
        check_grads(f, (x,), order=2)
        assert value_and_grad(f)(x)[0] == f(x)
    assert value_and_grad(narrow)(x)[0] == narrow(x)
    value, pullback = vjp(returned)(x)
    assert not np.shares_memory(value, x)
    value[...] = 0.0
    assert pullback(np.ones(3)).tolist() == [1.0, 1.0, 1.0]

    def wider(x, y):
        p = x * 2.0
        p += y
        return np.sum(p)

    with pytest.raises(ValueError, match="broadcast"):
        wider(np.ones(1), np.ones(3))
    with pytest.raises(ValueError, match="broadcast"):
        grad(wider)(np.ones(1), np.ones(3))
    with pytest.raises(ValueError, match="fit"):
        grad(wider)(np.ones(2), np.ones(3))


def test_limits_of_a_dtype_are_numbers():
    def f(x):
        info = np.finfo(x.dtype)
        y = np.clip(x, info.eps, 1 - info.eps)
        return np.sum(np.log(y) + np.log(1 - y) / (np.abs(x) + np.finfo(float).tiny))

    check_grads(f, (np.array([0.2, 0.5]),))
    assert grad(f)(np.array([0.2, 0.5], np.float32)).dtype == np.float32


def test_an_array_that_an_array_of_subscripts_picks_and_that_takes_what_varies():
    def f(a):
        g = np.ones((4, 5))[:, [0, 2]]
        g[:] = a
        return np.sum(g * g)

    check_grads(f, (np.array([0.3, -0.7]),), order=2)


def test_what_a_pullback_keeps_of_what_is_only_measured():
    def f(a):
        sum(np.full(3, 2.0) + np.cos(a))
        return np.sin(a)

    a = np.array([0.3, -0.7, 1.2])
    pullback = vjp(f)(a)[1]
    expected = np.cos(a)
    a[:] = 7.0
    assert np.array_equal(pullback(np.ones(3)), expected)


def test_a_number_times_a_mask_does_not_widen_a_float32():
    def f(a):
        kept = (a > 0.5) * a
        return np.sum(kept * kept)

    a = np.array([0.3, 0.7, 1.2], dtype=np.float32)
    assert grad(f)(a).dtype == np.float32
    assert grad(f)(a).tolist() == [0.0, np.float32(1.4), np.float32(2.4)]


def test_an_array_of_no_dimensions_to_a_power():
    def f(x):
        return np.prod(np.asarray(x[0]) ** np.asarray(x[1])) + np.sum(x * np.array(x[0]))

    check_grads(f, (np.array([1.5, 0.7]),), order=2)
