"""Every rule of the table through one oracle, in both modes and to second order."""

import ast
import importlib.util
import math
import sys
from pathlib import Path

import numpy as np
import pytest

from srcgrad import check_grads, grad, vjp
from srcgrad.rules import lookup, with_libraries
from srcgrad.rules.operators import MAKERS, VARIADIC
from srcgrad.rules.record import TABLE

sys.path.insert(0, str(Path(__file__).parent))
import samples_arrays  # noqa: E402
import samples_complex  # noqa: E402
import samples_elementwise  # noqa: E402
import samples_extremes  # noqa: E402
import samples_indices  # noqa: E402
import samples_linalg  # noqa: E402
import samples_orders  # noqa: E402
import samples_products  # noqa: E402
import samples_reductions  # noqa: E402
import samples_scipy  # noqa: E402
import samples_scipy_linalg  # noqa: E402
import samples_shapes  # noqa: E402
import samples_spellings  # noqa: E402
from samples import PRELUDE, SAMPLES  # noqa: E402

with_libraries()
for _more in (
    samples_elementwise,
    samples_reductions,
    samples_arrays,
    samples_orders,
    samples_products,
    samples_extremes,
    samples_indices,
    samples_linalg,
    samples_shapes,
    samples_complex,
    samples_spellings,
):
    for _name, _samples in _more.SAMPLES.items():
        SAMPLES[_name] = [*SAMPLES.get(_name, ()), *_samples]
    PRELUDE += getattr(_more, "PRELUDE", "")
SCIPY = importlib.util.find_spec("scipy") is not None
if SCIPY:
    SAMPLES = {**SAMPLES, **samples_scipy.SAMPLES, **samples_scipy_linalg.SAMPLES}
    PRELUDE += samples_scipy.PRELUDE + samples_scipy_linalg.PRELUDE

HOMES = ("operator", "builtins", "math", "numpy", "idiom", "implicit", "scipy")
BUGS: dict[str, str] = {}  # sample -> what is wrong with it in the compiler as it is


def found(name):
    """The function of SciPy that a rule is for, or None where this version has none."""
    home, *path = name.partition(":")[0].partition("[")[0].removeprefix("scipy.").split(".")
    at = importlib.import_module(f"scipy.{home}")
    for part in path:
        at = getattr(at, part, None)
    return at


def available(name):
    """Whether this version of Python has the function."""
    module, _, last = name.partition(":")[0].partition("[")[0].rpartition(".")
    if module.startswith("scipy."):
        return SCIPY and found(name) is not None
    home = {"math": math, "numpy": np, "numpy.fft": np.fft}.get(module)
    return home is None or hasattr(home, last)


def samples():
    for name in SAMPLES:
        if not available(name):
            continue
        for k, sample in enumerate(SAMPLES[name]):
            text, *args = sample if isinstance(sample, tuple) else (None, sample)
            key = f"{name}-{k}"
            marks = [pytest.mark.xfail(reason=BUGS[key])] if key in BUGS else []
            yield pytest.param(name, text, tuple(args), id=key, marks=marks)


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    """The sample calls as functions of a module of their own: the compiler reads source."""
    lines, count = [PRELUDE], 0
    names = {}
    for parameter in samples():
        name, text, args = parameter.values
        path = name.partition(":")[0].replace("numpy.", "np.").replace("builtins.", "")
        path = path.replace("scipy.", "")
        text = text or f"{path}(x)"
        variables = sorted(
            {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
            & {"x", "y", "z", "xs", "ys"}
        )
        names[parameter.id] = f"sample_{count}"
        head = f"({', '.join(variables)}):\n    return "
        lines.append(f"\n\ndef sample_{count}{head}{text}\n")
        total = " + ".join(f"np.sum({v})" for v in variables)
        lines.append(f"\n\ndef sample_{count}_beside{head}{total} + np.sum(1.0 * ({text}))\n")
        count += 1
    file = tmp_path_factory.mktemp("samples") / "rule_samples.py"
    file.write_text("".join(lines), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("rule_samples", file)
    module = sys.modules["rule_samples"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield {key: [vars(module)[name], vars(module)[f"{name}_beside"]] for key, name in names.items()}
    del sys.modules["rule_samples"]


def ours():
    """The rules that srcgrad comes with; tests and doctests register others."""
    variadic = tuple(f"{name}:" for name in (*VARIADIC, *MAKERS))  # made when first asked for
    return {
        name: rule
        for name, rule in TABLE.items()
        if name.partition(".")[0] in HOMES and (name in SAMPLES or not name.startswith(variadic))
    }


def test_samples_do_not_share_names():
    """A function or a constant of one table's samples must not be another's."""
    named = {}
    for s in ast.parse(PRELUDE).body:
        found = (
            [s.name]
            if hasattr(s, "name")
            else [t.id for t in getattr(s, "targets", ()) if hasattr(t, "id")]
        )
        for name in found:
            assert named.setdefault(name, ast.unparse(s)) == ast.unparse(s), name


def test_each_rule_has_a_sample():
    assert {name for name in ours() if available(name)} - set(SAMPLES) == set()


def test_each_sample_has_a_rule():
    for name, _, count in (name.partition(":") for name in SAMPLES if ":" in name):
        if count.isdecimal():
            lookup(name, int(count))
    assert {name for name in SAMPLES if available(name)} - set(TABLE) == set()


def is_zero(name):
    return (
        name in TABLE
        and TABLE[name].flavour == "zero"
        and not name.endswith(("zeros", "ones", "empty", "_like", ".eye", "identity", ".tri"))
    )


@pytest.mark.parametrize("name, text, args", [p for p in samples() if not is_zero(p.values[0])])
def test_derivative(name, text, args, functions, request):
    function, _ = functions[request.node.callspec.id]
    check_grads(function, args, order=2)
    value, _ = vjp(function)(*args)
    np.testing.assert_allclose(value, function(*args), rtol=1e-12, atol=1e-12)


def in_float32(args):
    return [a.astype("f4") if isinstance(a, np.ndarray) and a.dtype == float else a for a in args]


def has_float32(p):
    """Whether a sample has a meaning in float32: not at a jump, and not of a solver, which has its own."""
    name, _, args = p.values
    if name.startswith("implicit.") or p.id in (
        "numpy.fmod-1",
        "numpy.nan_to_num-2",
        "numpy.modf[0]-1",
        "numpy.ndarray.tolist-1",
        "numpy.linalg.pinv-4",
        "numpy.linalg.lstsq[0]-3",
    ):
        return False
    return any(getattr(a, "dtype", None) == np.float32 for a in in_float32(args))


@pytest.mark.parametrize("name, text, args", [p for p in samples() if has_float32(p)])
def test_float32_stays_float32(name, text, args, functions, request):
    _, beside = functions[request.node.callspec.id]
    small = in_float32(args)
    pairs = [grad(beside)(*given) for given in (small, args)]
    for arg, one, wide in zip(small, *(p if len(args) > 1 else (p,) for p in pairs)):
        if getattr(arg, "dtype", None) == np.float32:
            assert one.dtype == np.float32
            assert np.allclose(one, wide, rtol=2e-3, atol=1e-3)


@pytest.mark.parametrize("name, text, args", [p for p in samples() if is_zero(p.values[0])])
def test_locally_constant(name, text, args, functions, request):
    """A derivative that is declared zero is: the function does not change near the point."""
    function, beside = functions[request.node.callspec.id]
    value = np.asarray(function(*args))
    step = 1e-7
    for k in range(len(args)):
        for sign in (-step, step):
            moved = [a + sign if j == k else a for j, a in enumerate(args)]
            assert np.array_equal(value, np.asarray(function(*moved)))
    found = grad(beside)(*args)
    for one in found if len(args) > 1 else (found,):
        assert np.array_equal(one, np.ones_like(one))


def test_zero_rules_give_zero():
    def f(x):
        return math.floor(x) * x + round(x) * 2.0 + (x // 1) * x

    assert grad(f)(2.7) == 4.0
