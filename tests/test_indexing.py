"""Subscripts that are arrays, masks and lists: read, stored to and added to, in all their placements."""

import itertools
import random

import numpy as np
import pytest

from srcgrad import check_grads, grad, jvp, value_and_grad, vjp
from srcgrad.errors import CannotDifferentiate

X = np.array([0.3, -0.8, 1.7, 0.5])
M = np.arange(12.0).reshape(3, 4) / 7 + 0.1
ROWS, COLS = np.array([0, 2, 2]), np.array([1, 3, 3])
V = np.array([0.4, 0.6, -0.3])
MASK = np.array([True, False, True])


# ------------------------------------------------------------ reading


def masked_rows(m, rows):
    return np.sum(m[rows] ** 2) + np.sum(m[rows, 0] ** 3)


def mask_twice(x, w, chosen):
    return np.sum(x[chosen] * w[chosen])


def mask_of_all(m):
    return np.sum(m[m > 0.8] ** 3)


def mask_that_changes(x):
    chosen = x > 0
    before = x[chosen]
    chosen[0] = False
    return np.sum(before * before) + np.sum(x[chosen] ** 3)


def likelihood(m, labels):
    return -np.sum(np.log(m[np.arange(len(labels)), labels]))


def subscripts_that_change(x):
    i = np.arange(3)
    first = x[i]
    i[0] = 2
    return np.sum(first * first) + np.sum(x[i] ** 3)


def list_that_grows(x):
    ks, total = [], 0.0
    for k in range(3):
        ks.append(k)
        total += np.sum(x[ks] ** 2) * x[k]
    return total


def copy_that_changes(x, i):
    y = x[i]
    y[0] = 3.0
    y[1] *= 2
    return np.sum(y * y) + x[0]


def part_of_memory(x, i):
    u = x * 2
    u[0] = u[1]
    y = u[i]
    u[2] = 5.0
    return np.sum(y * y) + np.sum(u * u)


def grid(m):
    rows, cols = np.nonzero(m > 0.5)
    return np.sum(m[np.ix_([0, 2], [0, 0, 1])] ** 3) + np.sum(m[rows, cols] ** 2)


def embedding(w, tokens):
    h = np.zeros(4)
    for t in tokens:
        h = np.tanh(h + w[t])
    return np.sum(h * h) + np.sum(np.tanh(w[tokens].sum(axis=0)))


def of_itself(x, k):
    return np.sum(x[x.argsort()][k] ** 2)


# ------------------------------------------------------------ storing


def clipped(m):
    b = m * m
    b[b > 0.8] = 0.8
    return np.sum(b * b * m)


def stored_by_mask(x, chosen, v):
    y = np.zeros_like(x)
    y[chosen] = v
    y[~chosen] = x[~chosen]
    y[chosen] += x[chosen] * 2
    return np.sum(y * y)


def last_one_wins(x, i, v):
    y = x * x
    y[i] = v
    return np.sum(y * y * x)


def number_to_several(x, i, a):
    y = x * x
    y[i] = a * a
    return np.sum(y * y * x)


def added_once(x, i, v):
    y = x * x
    y[i] += v
    return np.sum(y * y * x)


def added_each_time(x, i, v):
    y = x * x
    np.add.at(y, i, v)
    np.subtract.at(y, i, v * x[0])
    return np.sum(y * y * x)


def scaled(x, i, v):
    y = x * x
    y[i] *= v
    return np.sum(y * y * x)


def rows_stored(m, i, v):
    b = m * m
    b[i] = v
    b[:, i] = v[0, :3]
    return np.sum(b * b * m)


def in_a_loop(x, places, v):
    y = x * x
    for t in range(3):
        y[places[t]] = y[places[t]] * v * x[t]
    return np.sum(y * y)


def exchanged(x):
    y = x.copy()
    y[[0, 1]] = y[[1, 0]]
    return np.sum(y * y * y * x)


PLACES = np.array([[0, 1], [2, 2], [0, 0]])
CASES = {
    masked_rows: (M, MASK),
    mask_twice: (X, 2 * X, X > 0),
    mask_of_all: (M,),
    mask_that_changes: (X,),
    likelihood: (M, COLS),
    subscripts_that_change: (X,),
    list_that_grows: (X,),
    copy_that_changes: (X, ROWS),
    part_of_memory: (X, ROWS),
    grid: (M,),
    embedding: (M, ROWS),
    of_itself: (X, PLACES),
    clipped: (M,),
    stored_by_mask: (X, X > 0.4, V[:2]),
    last_one_wins: (X, ROWS, V),
    number_to_several: (X, ROWS, 0.7),
    added_once: (X, ROWS, V),
    added_each_time: (X, ROWS, V),
    scaled: (X, ROWS, V),
    rows_stored: (M, ROWS, M * M),
    in_a_loop: (X, PLACES, 0.7),
    exchanged: (X,),
}


@pytest.mark.parametrize("function", CASES, ids=lambda f: f.__name__)
def test_case(function):
    args = CASES[function]
    names = function.__code__.co_varnames
    floats = tuple(n for n, a in zip(names, args) if np.asarray(a).dtype.kind == "f")
    check_grads(function, args, wrt=floats, order=2)
    given = [np.array(a) for a in args]
    value, _ = value_and_grad(function, wrt=floats)(*given)
    assert value == function(*args)
    assert all(np.array_equal(a, b) for a, b in zip(given, args))


def test_places_of_a_mask_are_stored_and_of_repeated_subscripts_added():
    chosen, repeated = grad(mask_twice, wrt="x"), grad(last_one_wins, wrt="x")
    chosen(X, X, X > 0)
    repeated(X, ROWS, V)
    assert "dx[chosen] = w[chosen]" in chosen.source
    gathered = grad(of_itself, wrt="x")
    gathered(X, PLACES)
    assert "np.add.at(" in gathered.source


def test_cases_of_no_repetition_are_known():
    found = grad(likelihood, wrt="m")
    found(M, COLS)
    assert "np.add.at" not in found.source


def test_float32():
    single = X.astype(np.float32)
    gradient = grad(added_each_time, wrt="x")(single, ROWS, V.astype(np.float32))
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(
        gradient, grad(added_each_time, wrt="x")(X, ROWS, V), rtol=1e-5, atol=1e-6
    )


def test_pullbacks_keep_the_subscripts_as_they_were():
    def doubled(x, i):
        return 2 * x[i]

    i = ROWS.copy()
    _, pullback = vjp(doubled, wrt="x")(X, i)
    i[:] = 3
    for _ in range(2):
        assert np.array_equal(pullback(np.ones(3)), [2.0, 0.0, 4.0, 0.0])


@pytest.mark.parametrize("bad", [np.array([0, 7]), np.array([True, False])])
def test_what_fails_fails(bad):
    def total(x, i):
        return np.sum(x[i])

    with pytest.raises(IndexError):
        grad(total, wrt="x")(X, bad)


# ------------------------------------------------------------ where the axes go

PIECES = ["1", "-1", ":", "1:", "::-1", "None", "...", "i", "j", "[0, 1]", "k", "m", "mm"]
ARRAYS = """
i = np.array([0, 1, 1])
j = np.array([1, 0, 0])
k = np.array([[0, 1, 0], [1, 1, 0]])
m = np.array([True, False, True])
mm = np.array([[True, False, True], [False, False, True]])
"""
T = np.arange(24.0).reshape(2, 3, 4) / 9 - 0.7


def subscripts(seed):
    """Subscripts of a 2×3×4 array that NumPy takes."""
    rng = random.Random(seed)
    names: dict = {}
    exec("import numpy as np" + ARRAYS, names)
    while True:
        pieces = rng.choices(PIECES, k=rng.randint(1, 4))
        text = ", ".join(pieces)
        try:
            eval(f"x[{text}]", {**names, "x": T})
        except IndexError:
            continue
        if any(p in ("i", "j", "k", "m", "mm", "[0, 1]") for p in pieces):
            return text


TEXTS = sorted({subscripts(seed) for seed in range(60)})


@pytest.fixture(scope="module")
def readers(tmp_path_factory):
    lines = ["import numpy as np", ARRAYS]
    for n, text in enumerate(TEXTS):
        lines += [
            f"def read_{n}(x, w):\n    y = x[{text}]\n    return np.sum(y * y * w)\n",
            f"def store_{n}(x, v):\n    y = x * x\n    y[{text}] = v\n    return np.sum(y * y * x)\n",
            f"def add_{n}(x, v):\n    y = x * x\n    y[{text}] += v * v\n    return np.sum(y**3)\n",
        ]
    path = tmp_path_factory.mktemp("readers") / "readers.py"
    path.write_text("\n\n".join(lines), encoding="utf-8")
    names: dict = {}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    return names


@pytest.mark.parametrize("n", range(len(TEXTS)), ids=TEXTS)
def test_placement(n, readers):
    part = eval(f"x[{TEXTS[n]}]", {**readers, "x": T})
    w = np.cos(np.arange(part.size, dtype=float)).reshape(part.shape)
    for sort in ("read", "store", "add"):
        function = readers[f"{sort}_{n}"]
        dx, dw = grad(function)(T, w)
        assert (dx.shape, dw.shape) == (T.shape, w.shape)
        x_dot, w_dot = np.sin(T * 5), np.sin(w * 7 + 1)
        _, along = jvp(function)((T, w), (x_dot, w_dot))
        step = 1e-6
        ends = (function(T + s * x_dot, w + s * w_dot) for s in (step, -step))
        expected = np.subtract(*ends) / (2 * step)
        assert np.isclose(along, expected, rtol=1e-6, atol=1e-6)
        assert np.isclose(np.sum(dx * x_dot) + np.sum(dw * w_dot), along)


# ------------------------------------------------------------ what is refused


def by_floats(x, w):
    return np.sum(x[w])  #: arrays are indexed by ints


def by_a_truth(x, w):
    return np.sum(x[w[0] > 0])  #: arrays are indexed by ints


def multiplied_at(x, w):
    y = x * w
    np.multiply.at(y, [0, 0], 2.0)  #: `np.multiply.at` has no rule
    return np.sum(y)


def one_too_many(x, w):
    return np.sum(x[[0, 1], [0, 1]] * w)  #: 2 subscripts of `x`


REFUSED = [by_floats, by_a_truth, multiplied_at, one_too_many]


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_refused(function):
    with pytest.raises(CannotDifferentiate) as refusal:
        grad(function)(X, 2 * X)
    lines = open(__file__, encoding="utf-8").read().split("\n")
    start = function.__code__.co_firstlineno - 1
    line = next(itertools.islice((s for s in lines[start:] if "#: " in s), 1))
    assert line.partition("#: ")[2] in str(refusal.value)
    assert line.partition("  #:")[0].strip() in str(refusal.value)
