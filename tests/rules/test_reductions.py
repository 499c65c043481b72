"""NumPy's reductions: values, hard points, masks, dtypes, and what is refused."""

import importlib.util
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from srcgrad import check_grads, grad, jvp, value_and_grad
from srcgrad.errors import CannotDifferentiate

sys.path.insert(0, str(Path(__file__).parent))
import samples_reductions  # noqa: E402

NAN, INF = np.nan, np.inf


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    """A function of x for each text: the compiler reads source."""
    made: dict = {}
    folder = tmp_path_factory.mktemp("reductions")

    def function(text, names="x"):
        if (text, names) not in made:
            name = f"reduction_{len(made)}"
            path = folder / f"{name}.py"
            head = "import numpy as np\n" + samples_reductions.PRELUDE
            path.write_text(f"{head}\n\ndef f({names}):\n    return {text}\n", encoding="utf-8")
            spec = importlib.util.spec_from_file_location(name, path)
            module = sys.modules[name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            made[text, names] = module.f
        return made[text, names]

    return function


ALL = [
    (text or f"np.{name.removeprefix('numpy.')}(x)", *args)
    for name, samples in samples_reductions.SAMPLES.items()
    if hasattr(np, name.removeprefix("numpy."))
    for text, *args in (s if isinstance(s, tuple) else (None, s) for s in samples)
]


@pytest.mark.parametrize("text, args", [(t, a) for t, *a in ALL], ids=lambda p: str(p)[:40])
def test_the_value_is_numpys(text, args, functions):
    names = ", ".join("xy"[: len(args)])
    f, s = functions(text, names), functions(f"np.sum({text})", names)
    assert value_and_grad(s)(*args)[0] == s(*args)
    value, tangent = jvp(f)(tuple(args), tuple(np.ones_like(a) for a in args))
    wanted = f(*args)
    np.testing.assert_array_equal(value, wanted)
    assert np.shape(tangent) == np.shape(wanted)
    assert np.asarray(value).dtype == np.asarray(wanted).dtype


SINGLE = """sum prod mean var std max min ptp median nansum nanprod nanmean nanvar nanstd nanmax nanmin
nanmedian average cumsum cumprod nancumsum nancumprod trapezoid""".split()


@pytest.mark.parametrize("name", [n for n in SINGLE if hasattr(np, n)])
def test_float32_stays(name, functions):
    x = samples_reductions.M
    f, s = (functions(t) for t in (f"np.{name}(x, axis=1)", f"np.sum(np.{name}(x, axis=1) ** 2)"))
    found = grad(s)(x.astype("f4"))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, grad(s)(x), rtol=1e-5, atol=1e-5)
    _, tangent = jvp(f)((x.astype("f4"),), (np.ones_like(x, "f4"),))
    assert tangent.dtype == np.float32


# ------------------------------------------------------------ hard points

X = np.array([[2.0, 0.0, 3.0], [0.0, 0.0, 5.0], [2.0, 3.0, 5.0]])


@pytest.mark.parametrize(
    "text, x, wanted",
    [
        # products: no division
        ("np.sum(np.prod(x, axis=1))", X, [[0, 6, 0], [0, 0, 0], [15, 10, 6]]),
        ("np.prod(x)", [1e200, 1e200, 1e-300], [1e-100, 1e-100, INF]),
        ("np.prod(x, where=x > 0)", [2.0, 0.0, 3.0], [3, 0, 2]),
        ("np.cumprod(x)[2]", [2.0, 0.0, 3.0], [0, 6, 0]),
        ("np.cumprod(x)[1]", [1e200, 1e100, 0.0], [1e100, 1e200, 0]),
        ("np.cumprod(x)[2]", [1e-200, 1e-200, 1e300], [1e100, 1e100, 0]),
        # equal elements
        ("np.std(x)", [0.5, 0.5, 0.5], [0, 0, 0]),
        ("np.sum(np.std(x, axis=1))", [[1.5, 1.5], [1.0, 2.0]], [[0, 0], [-0.5, 0.5]]),
        ("np.std(x)", [0.3], [0]),
        ("np.nanstd(x)", [0.5, NAN, 0.5], [0, 0, 0]),
        ("np.var(x)", [0.7, 0.7], [0, 0]),
        # ties
        ("np.max(x)", [1.0, 2.0, 2.0], [0, 0.5, 0.5]),
        ("np.max(x, initial=2.0)", [1.0, 2.0, 2.0], [0, 1 / 3, 1 / 3]),
        ("np.ptp(x)", [1.0, 2.0, 1.0], [-0.5, 1, -0.5]),
        ("np.ptp(x)", [1.0, 1.0], [0, 0]),
        ("np.median(x)", [1.0, 2.0, 2.0], [0, 0.5, 0.5]),
        ("np.median(x)", [1.0, 1.0, 2.0, 3.0], [0.25, 0.25, 0.5, 0]),
        ("np.median(x)", [2.0, 2.0, 2.0, 2.0], [0.25, 0.25, 0.25, 0.25]),
        ("np.quantile(x, 0.75)", [4.0, 4.0, 1.0], [0.5, 0.5, 0]),
        ("np.quantile(x, 0.75, method='higher')", [4.0, 4.0, 1.0], [0.5, 0.5, 0]),
        # nan
        ("np.sum(np.max(x, axis=1))", [[1.0, NAN], [1.0, 2.0]], [[NAN, NAN], [0, 1]]),
        ("np.nanmax(x)", [1.0, NAN, 2.0], [0, 0, 1]),
        ("np.nanmin(x)", [1.0, NAN, 2.0], [1, 0, 0]),
        ("np.median(x)", [1.0, NAN, 2.0], [NAN, NAN, NAN]),
        ("np.nanmedian(x)", [1.0, NAN, 2.0], [0.5, 0, 0.5]),
        ("np.nansum(x)", [1.0, NAN, INF], [1, 0, 1]),
        ("np.nanprod(x)", [2.0, NAN, 0.0], [0, 0, 2]),
        # what is not taken stays where it is
        ("np.sum(np.log(x), where=x > 0)", [0.5, 0.0, -1.0], [2, 0, 0]),
        ("np.mean(1 / x, where=x != 0)", [0.5, 0.0], [-4, 0]),
        ("np.prod(np.sqrt(x), where=x > 0)", [4.0, 0.0, -1.0], [0.25, 0, 0]),
        ("np.max(np.sqrt(x), where=x > 0, initial=0)", [4.0, 0.0, -1.0], [0.25, 0, 0]),
        ("np.var(np.sqrt(x), where=x > 0)", [4.0, 16.0, 0.0], [-0.25, 0.125, 0]),
        ("np.std(np.log(x), where=x > 0)", [1.0, 1.0, -1.0], [0, 0, 0]),
        ("np.nansum(np.sqrt(x))", [4.0, -1.0], [0.25, 0]),
        ("np.nanmean(np.sqrt(x))", [4.0, -1.0], [0.25, 0]),
        ("np.nanmedian(np.sqrt(x))", [4.0, -1.0], [0.25, 0]),
        ("np.nancumsum(np.sqrt(x))[1]", [4.0, -1.0], [0.25, 0]),
        ("np.nanquantile(np.log(x), 0.25)", [1.0, 2.0, -1.0], [0.75, 0.125, 0]),
        # of nothing
        ("np.sum(x)", [], []),
        ("np.prod(x)", [], []),
        ("np.sum(np.cumsum(x))", [], []),
        ("np.sum(np.cumprod(x))", [], []),
        ("np.sum(np.prod(x, axis=0))", np.ones((0, 2)), np.ones((0, 2))),
        # truth values and whole numbers
        ("np.sum(x > 0.5) * np.sum(x)", [1.0, 0.0], [1, 1]),
        ("np.mean(np.array_equal(x, x)) * np.cumsum(x > 0)[1] * np.sum(x)", [1.0, 1.0], [2, 2]),
    ],
)
def test_hard_points(text, x, wanted, functions):
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = grad(functions(text))(np.array(x, dtype=float))
    np.testing.assert_allclose(found, np.array(wanted, dtype=float), rtol=1e-12)


def test_no_warning_at_the_kinks(functions):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for text in ("np.std(x)", "np.prod(x)", "np.sum(np.cumprod(x))", "np.median(x)"):
            grad(functions(text))(np.zeros(3))
            grad(functions(text))(np.zeros((2, 2)))


def test_products_are_exact_at_zeros_to_any_order(functions):
    product = functions("np.sum(np.prod(x, axis=0) + np.cumprod(x, axis=0)[2])")
    first = grad(functions("np.prod(x[:, 0]) + np.cumprod(x[:, 1])[2]"))
    x = np.array([[0.0, 0.0], [0.0, 2.0], [3.0, 0.0]])
    np.testing.assert_array_equal(first(x), [[0, 0], [0, 0], [0, 0]])
    check_grads(product, (x,), order=2)


# ------------------------------------------------------------ keywords


def stored(x):
    z = np.zeros(3)
    np.mean(x, axis=0, out=z, where=x > 0)
    np.cumprod(z * z, out=z)
    return np.sum(z * x)


def test_out_is_a_store():
    x = np.array([[0.3, 0.8, 1.7], [1.1, 0.4, -0.6]])
    assert check_grads(stored, (x,), order=2).ok
    assert value_and_grad(stored)(x)[0] == stored(x)


def test_dtypes(functions):
    x = np.array([1.5, 2.5], dtype="f4")
    for name in ("sum", "prod", "mean", "var", "std", "nansum"):
        value, found = value_and_grad(functions(f"np.{name}(x, dtype=np.float64)"))(x)
        assert value.dtype == np.float64 and found.dtype == np.float32
    value, found = value_and_grad(functions("np.sum(np.cumsum(x, dtype=float))"))(x)
    assert value.dtype == np.float64 and found.dtype == np.float32


@pytest.mark.parametrize(
    "text, shape",
    [
        ("np.prod(x, axis=1)", (2, 3, 2)),
        ("np.cumprod(x, axis=-1)", (2, 3, 2)),
        ("np.prod(x, axis=(0, 2))", (2, 3, 2)),
        ("np.percentile(x, [25, 75])", (5,)),
        ("np.nanquantile(x, (0.1, 0.5), axis=0)", (5, 2)),
    ],
)
def test_middle_axes_and_rows_of_levels(text, shape, functions):
    x = np.random.default_rng(0).normal(size=shape)
    assert check_grads(functions(text), (x,)).ok


@pytest.mark.parametrize(
    "text, what",
    [
        ("np.sum(x, axis=len(x) - 1)", "`axis=` of `np.sum` has to be written out"),
        ("np.sum(x, axis=2)", "axis 2 is out of bounds for an array of 2 dimensions"),
        ("np.sum(x, dtype=int)", "in float64 and float32 only"),
        ("np.sum(x, dtype=np.float16)", "not one that is differentiated"),
        ("np.std(x, mean=0.0)", "is not differentiated with `mean=`"),
        ("np.var(x, mean=0.5)", "is not differentiated with `mean=`"),
        ("np.max(x, where=1.0 * x, initial=0.0)", "`where=` takes an array of truth values"),
        ("np.average(x, weights=np.ones(3))", "a row for one axis"),
        ("np.quantile(x, 0.5, method='inverted_cdf')", "supported are hazen, higher"),
        ("np.quantile(x, 0.5, weights=np.ones(3))", "is not differentiated with `weights=`"),
        ("np.cumsum(x, axis=(0, 1))", "`np.cumsum` goes along one axis"),
        ("np.quantile(x, np.mean(x))", "has no derivative by `q`, which varies here"),
    ],
)
def test_refused(text, what, functions):
    with pytest.raises(CannotDifferentiate) as caught:
        grad(functions(f"np.sum({text})"))(np.array([[0.3, 0.8, 0.7]]))
    assert what in str(caught.value)
    assert "reduction_" in str(caught.value)  # with its place
