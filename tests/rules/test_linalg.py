"""Linear algebra: several results of one call, hard points, float32, and what is refused."""

import warnings

import numpy as np
import pytest

from srcgrad import check_grads, grad, jvp, value_and_grad, vjp
from srcgrad.errors import CannotDifferentiate

draw = np.random.default_rng(3)
A = draw.normal(size=(3, 3))
SYMMETRIC = A + A.T
TALL = draw.normal(size=(4, 2))


# ------------------------------------------------------------ several results are computed once


def unpacked(a):
    w, v = np.linalg.eigh(a)
    return np.sum(w * w) + v[0, 1]


def by_attributes(a):
    found = np.linalg.eigh(a)
    return np.sum(found.eigenvalues**2) + found.eigenvectors[0, 1]


def by_places(a):
    found = np.linalg.eigh(a)
    return np.sum(found[0] ** 2) + found[-1][0, 1]


def values_only(a):
    return np.sum(np.linalg.eigh(a).eigenvalues ** 2)


def in_a_loop(a):
    total = 0.0
    for k in range(3):
        w, v = np.linalg.eigh(a * (1.0 + k))
        total += np.sum(np.exp(w * 0.1)) * v[0, 0]
        a = a + v * 0.1
    return total


def in_a_branch(a, flag):
    if flag > 0:
        w, v = np.linalg.eigh(a)
        return np.sum(w**3) + v[0, 0]
    return np.sum(a * a)


def changed(a):
    w, v = np.linalg.eigh(a)
    w[0] = w[1] * v[0, 0]
    return np.sum(w * w) * np.sum(v)


def again(a):
    a, v = np.linalg.eigh(a)
    return np.sum(a**3) + v[0, 0]


def returned(a):
    return np.linalg.eigh(a)


@pytest.mark.parametrize("function", [unpacked, by_attributes, by_places, values_only, again])
def test_the_whole_is_computed_once(function):
    gradient = grad(function)
    gradient(SYMMETRIC)
    assert gradient.source.count("np.linalg.eigh") == 1
    assert check_grads(function, (SYMMETRIC,), order=2).ok


@pytest.mark.parametrize(
    "function, args",
    [(in_a_loop, (SYMMETRIC,)), (in_a_branch, (SYMMETRIC, 1.0)), (changed, (SYMMETRIC,))],
)
def test_wherever_it_stands(function, args):
    assert check_grads(function, args, order=2).ok
    gradient = grad(function)
    gradient(*args)
    assert gradient.source.count("np.linalg.eigh") == 1


def test_results_are_what_numpy_returns():
    value, pullback = vjp(returned)(SYMMETRIC)
    w, v = value
    assert type(value) is type(returned(SYMMETRIC))
    np.testing.assert_array_equal(w, np.linalg.eigh(SYMMETRIC)[0])
    np.testing.assert_allclose(
        pullback(type(value)(np.ones(3), np.zeros((3, 3)))), np.eye(3), atol=1e-14
    )
    value, tangent = jvp(returned)((SYMMETRIC,), (np.eye(3),))
    np.testing.assert_allclose(tangent[0], np.ones(3))
    np.testing.assert_allclose(tangent[1], np.zeros((3, 3)), atol=1e-13)


def test_unread_results_are_not_named():
    gradient = grad(lambda a: np.sum(np.linalg.svd(a, full_matrices=False).S))
    np.testing.assert_allclose(gradient(np.diag([2.0, 1.0])), np.eye(2))


# ------------------------------------------------------------ hard points


def determinant(a):
    return np.linalg.det(a)


def determinants(a):
    return np.sum(np.linalg.det(a))


def eigensum(a):
    return np.sum(np.linalg.eigvalsh(a) ** 2)


def nuclear(a):
    return np.linalg.norm(a, "nuc")


def spectral(a):
    return np.linalg.norm(a, 2)


def length(a):
    return np.linalg.norm(a)


def third(a):
    return np.linalg.norm(a, 3)


def largest(a):
    return np.linalg.norm(a, np.inf)


def frobenius(a):
    return np.sum(np.linalg.norm(a, axis=1))


SINGULAR = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 1.0, 1.0]])
COFACTORS = np.array([[-2.0, -2.0, 2.0], [1.0, 1.0, -1.0], [0.0, 0.0, 0.0]])


@pytest.mark.parametrize(
    "function, point, wanted",
    [
        (determinant, SINGULAR, COFACTORS),
        (determinants, np.stack([SINGULAR, np.eye(3)]), np.stack([COFACTORS, np.eye(3)])),
        (determinant, np.zeros((3, 3)), np.zeros((3, 3))),
        (determinant, np.zeros((1, 1)), np.ones((1, 1))),
        (eigensum, np.eye(3), 2 * np.eye(3)),
        (length, np.zeros(3), np.zeros(3)),
        (length, np.zeros((2, 2)), np.zeros((2, 2))),
        (third, np.zeros(3), np.zeros(3)),
        (frobenius, np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[0.0, 0.0], [0.6, 0.8]])),
        (largest, np.array([2.0, -2.0, 1.0]), np.array([0.5, -0.5, 0.0])),
        (nuclear, np.diag([2.0, 0.0]), np.diag([1.0, 0.0])),
        (nuclear, np.zeros((2, 2)), np.zeros((2, 2))),
        (spectral, np.eye(2), np.eye(2) / 2),
        (spectral, np.zeros((2, 2)), np.zeros((2, 2))),
    ],
)
def test_hard_points(function, point, wanted):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_allclose(grad(function)(point), wanted, atol=1e-12)


def rebuilt(a):
    w, v = np.linalg.eigh(a)
    return np.sum(v * 0.0) + np.sum(w)


def vectors(a):
    return np.linalg.eigh(a)[1][0, 1]


def test_vectors_of_repeated_values():
    """No nan where the cotangent does not come by them; nothing finite where it does."""
    np.testing.assert_allclose(grad(rebuilt)(np.eye(3)), np.eye(3), atol=1e-14)
    with np.errstate(all="ignore"):
        assert not np.isfinite(grad(vectors)(np.eye(3))).all()


def test_one_triangle_is_read():
    spd = A @ A.T + np.eye(3)
    lower = grad(lambda a: np.sum(np.linalg.cholesky(a)))(spd)
    upper = grad(lambda a: np.sum(np.linalg.cholesky(a, upper=True)))(spd)
    assert (np.triu(lower, 1) == 0).all() and (np.tril(upper, -1) == 0).all()
    np.testing.assert_allclose(lower, upper.T)
    assert (np.triu(grad(eigensum)(SYMMETRIC), 1) == 0).all()


def test_wide_matrices_have_no_qr_derivative():
    with pytest.raises(np.linalg.LinAlgError, match="square"):
        grad(lambda a: np.sum(np.linalg.qr(a)[0]))(TALL.T)


def test_vectors_of_two_elements_have_no_cross_product():
    with pytest.raises(ValueError, match="3-dimensional"):
        grad(lambda a, b: np.sum(np.cross(a, b)))(np.ones((3, 2)), np.ones((3, 2)))


# ------------------------------------------------------------ dtypes


def everything(a):
    w, v = np.linalg.eigh(a)
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    q, r = np.linalg.qr(a)
    out = np.sum(w * v) + np.sum(u * s) + np.sum(vh) + np.sum(q * r) + np.linalg.det(a)
    out = out + np.linalg.slogdet(a)[1] + np.sum(np.linalg.inv(a)) + np.linalg.norm(a, 3, axis=0)[0]
    out = out + np.einsum("ii,j->", a, a[0]) + np.sum(np.kron(a, a)) + np.sum(np.linalg.pinv(a))
    out = out + np.sum(np.linalg.cholesky(a @ a.T)) + np.linalg.norm(a, "nuc")
    return out + np.sum(np.outer(a[0], a[1])) + np.sum(np.linalg.lstsq(a, a[0])[0])


def test_float32():
    single = grad(everything)(SYMMETRIC.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, grad(everything)(SYMMETRIC), rtol=2e-3, atol=2e-3)


def of_ints(x):
    return np.sum(np.linalg.inv(np.array([[2, 1], [1, 3]])) * x)


def test_value_is_that_of_the_function():
    assert value_and_grad(everything)(SYMMETRIC)[0] == everything(SYMMETRIC)


# ------------------------------------------------------------ matrix powers, products of no length


def powers(a):
    out = 0.0
    for n in range(-2, 6):
        out = out + np.sum(np.linalg.matrix_power(a, n))
    return out


def empty(a, b):
    return np.sum(a @ b) + np.sum(np.einsum("ij,jk->ik", a, b))


def test_powers_that_are_found_as_it_runs():
    assert check_grads(powers, (A,)).ok


def test_empty():
    found = grad(empty)(np.zeros((2, 0)), np.zeros((0, 3)))
    assert [d.shape for d in found] == [(2, 0), (0, 3)]


# ------------------------------------------------------------ what is refused


def full(a):
    return np.sum(np.linalg.svd(a)[0])


def complete(a):
    return np.sum(np.linalg.qr(a, mode="complete")[0])


def residuals(a):
    return np.sum(np.linalg.lstsq(a, np.ones(4))[1])


def sublists(a):
    return np.sum(np.einsum(a, [0, 1], [1, 0]))


def chosen(a, text):
    return np.sum(np.einsum(text, a))


def three_axes(a):
    return np.linalg.norm(a[None], 2)


def misfit(a):
    return np.sum(np.einsum("ijk->i", a))


def hermitian(a):
    return np.sum(np.linalg.svd(a, hermitian=True)[1])


@pytest.mark.parametrize(
    "function, args, what",
    [
        (full, (TALL,), "differentiated with `full_matrices=False`"),
        (complete, (TALL,), "`mode='reduced'` or `'r'` only"),
        (residuals, (TALL,), "no derivative by `a`"),
        (sublists, (TALL,), "with subscripts that are a literal string"),
        (three_axes, (TALL,), "takes `axis=`"),
        (misfit, (TALL,), "does not fit the ranks"),
        (hermitian, (A,), "use np.linalg.eigh"),
    ],
)
def test_refused(function, args, what):
    with pytest.raises(CannotDifferentiate, match=what) as refusal:
        grad(function)(*args)
    assert "test_linalg.py" in str(refusal.value)
