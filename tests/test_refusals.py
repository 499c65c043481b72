"""What cannot be differentiated is refused: where, what, and what to do about it."""

import inspect
import pickle
import re
import types

import numpy as np
import pytest
import refused

from srcgrad import SrcgradError, grad, jvp, value_and_grad, vjp
from srcgrad.errors import ArgumentError, CannotDifferentiate, NonScalarOutput, SourceNotFound

REFUSED = [
    f
    for name, f in vars(refused).items()
    if isinstance(f, types.FunctionType)
    and f.__module__ == refused.__name__
    and not name.startswith(("_", "helper"))
]

UNNAMED = "a missing rule whose result is returned is not named"
BUGS: dict[str, str] = {}  # function -> what is wrong with its refusal


def functions():
    for f in REFUSED:
        marks = [pytest.mark.xfail(reason=BUGS[f.__name__])] if f.__name__ in BUGS else []
        yield pytest.param(f, id=f.__name__, marks=marks)


def refusal(function):
    with pytest.raises(CannotDifferentiate) as caught:
        grad(function)(*getattr(function, "args", (0.7,)))
    return caught.value


def marks_of(function):
    """The lines that a function's comments mark, with the words that must be said there."""
    helper = refused.helper_without_rule if function is refused.in_a_helper else function
    lines, first = inspect.getsourcelines(helper)
    for number, line in enumerate(lines, first):
        text, _, words = line.partition("  #: ")
        if words:
            yield number, words.strip()


def test_there_are_many():
    assert len(REFUSED) >= 40


@pytest.mark.parametrize("function", list(functions()))
def test_refused(function):
    """At each marked place and nowhere else, with the line, a caret, and a remedy."""
    problems = refusal(function).problems
    expected = list(marks_of(function))
    assert [p.location.line for p in problems] == [line for line, _ in expected]
    for problem, (_, words) in zip(problems, expected, strict=True):
        assert words in problem.message
        head, quoted, caret, *remedy = str(problem).split("\n")
        assert re.fullmatch(r".*refused\.py:\d+:\d+: \S.*", head)
        assert quoted.strip() == problem.location.text.strip()
        assert re.fullmatch(r" *\^+", caret)
        assert problem.location.text[problem.location.col - 1 :].startswith(
            quoted[caret.index("^") :][:1]
        )
        assert remedy and all(line.startswith("  ") and line.strip() for line in remedy)


def calls_a_helper_in_a_loop(x):
    total = 0.0
    for axis in range(np.ndim(x)):
        total += np.sum(refused.helper_of_an_axis(x, len(x) - axis))
    return total


def test_in_a_helper_of_another_file_that_a_loop_calls():
    with pytest.raises(CannotDifferentiate) as caught:
        grad(calls_a_helper_in_a_loop)(np.ones((2, 2)))
    (problem,) = caught.value.problems
    assert problem.location.file.endswith("refused.py")
    assert problem.location.text.strip() == "return np.swapaxes(y, 0, axis)"


@pytest.mark.parametrize("mode", [value_and_grad, vjp])
@pytest.mark.parametrize("function", [refused.local_class, refused.truth_of_array])
def test_in_every_mode(function, mode):
    with pytest.raises(CannotDifferentiate) as caught:
        mode(function)(*getattr(function, "args", (0.7,)))
    assert str(caught.value) == str(refusal(function))
    with pytest.raises(CannotDifferentiate) as caught:
        jvp(function)(getattr(function, "args", (0.7,)), getattr(function, "args", (0.7,)))
    assert str(caught.value) == str(refusal(function))


def test_every_problem_at_once():
    error = refusal(refused.everything_at_once)
    assert len(error.problems) == 3
    assert str(error).count("^\n") == 3
    assert str(error).startswith(str(error.problems[0]))


def test_errors_can_be_pickled():
    error = refusal(refused.everything_at_once)
    again = pickle.loads(pickle.dumps(error))
    assert again.problems == error.problems
    assert str(again) == str(error)


def test_a_refused_call_is_refused_again():
    function = grad(refused.bool_index)
    for _ in range(2):
        with pytest.raises(CannotDifferentiate):
            function(refused.X)


def test_inactive_code_is_not_refused():
    """The same constructs, where the result does not depend on them."""

    def f(x, v):
        ordered = sorted(v)
        print(ordered, np.linalg.norm(v))
        return x * x

    assert grad(f, wrt="x")(3.0, [2.0, 1.0]) == 6.0


# ------------------------------------------------------------ results that have no gradient


def twice(x):
    return [x, 2 * x]


def whole(v):
    return v * 2.0


def nothing(x):
    x * x


@pytest.mark.parametrize(
    "function, arg, remedy",
    [(twice, 1.0, "vjp"), (whole, refused.X, "vjp"), (nothing, 1.0, "return the number")],
)
@pytest.mark.parametrize("mode", [grad, value_and_grad])
def test_not_a_number(function, arg, remedy, mode):
    with pytest.raises(NonScalarOutput, match=remedy) as caught:
        mode(function)(arg)
    assert isinstance(caught.value, SrcgradError) and isinstance(caught.value, TypeError)
    assert function.__name__ in str(caught.value)
    assert re.search(r"test_refusals\.py:\d+:\d+: ", str(caught.value))


def two_structures(x):
    if x > 2.0:
        return x, x
    return x


def function_beside(x):
    return x, lambda y: x * y


@pytest.mark.parametrize(
    "function, what",
    [(two_structures, "different things on its paths"), (function_beside, "returns a function")],
)
def test_results_without_derivative(function, what):
    """Not even where the result may be of any structure."""
    for call in (lambda: vjp(function)(1.0), lambda: jvp(function)((1.0,), (1.0,))):
        with pytest.raises(CannotDifferentiate, match=what):
            call()


def test_a_variable_of_a_function_around_is_not_assigned():
    calls = 0

    def f(x):
        def inner():
            nonlocal calls
            calls += 1

        inner()
        return x * x

    with pytest.raises(CannotDifferentiate, match="a variable of an enclosing function"):
        grad(f)(1.0)
    assert calls == 0


# ------------------------------------------------------------ arguments


def product(x, y, n=2):
    return x * y**n


@pytest.mark.parametrize("wrt", ["z", 7, -4, ("x", "x"), (0, "x"), True, ("x", "z")])
def test_wrong_wrt(wrt):
    with pytest.raises(ArgumentError):
        grad(product, wrt=wrt)


@pytest.mark.parametrize("call", [lambda: grad(product, wrt=1.5), lambda: grad(type(None))(1.0)])
def test_nonsense(call):
    with pytest.raises(SrcgradError):
        call()


def test_nothing_to_differentiate_by():
    with pytest.raises(ArgumentError, match="wrt="):
        grad(lambda x=1.0: x * x)


@pytest.mark.parametrize("what", [3, "f", len])
def test_not_a_function(what):
    with pytest.raises((ArgumentError, SourceNotFound)):
        grad(what)(1.0)


def test_wrong_calls():
    with pytest.raises(TypeError):
        grad(product)(1.0)
    with pytest.raises(TypeError):
        grad(product)(1.0, 2.0, 3, 4)
    with pytest.raises(TypeError):
        grad(product)(1.0, z=2.0)
    with pytest.raises(ArgumentError, match="tangents"):
        jvp(product)((1.0, 2.0), (1.0,))


@pytest.mark.parametrize("bad", [1j, object(), np.array(["a"]), np.array([1j])])
def test_an_argument_of_no_use(bad):
    with pytest.raises(SrcgradError):
        grad(product)(bad, 2.0)


def test_builtin_functions_have_no_source():
    with pytest.raises(SourceNotFound):
        grad(eval("lambda x: x * x"))(1.0)


def scales(a, b):
    a *= 2
    return np.sum(a * b)


def test_arguments_that_share_memory():
    v = np.array([1.0, 2.0, 3.0])
    for other in (v, v[:], v[::-1]):
        with pytest.raises(ArgumentError, match="pass a copy"):
            grad(scales)(v, other)
    assert v.tolist() == [1.0, 2.0, 3.0]
    assert grad(scales)(v.copy(), v)[0].tolist() == [2.0, 4.0, 6.0]
