"""Argument values from the command line, docstrings, defaults and annotations."""

import dataclasses
import functools
import types
import typing
from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from srcgrad import values as v
from srcgrad.errors import ArgumentError


def loss(w, x, *, steps=1): ...


# --- what --at says


@pytest.mark.parametrize(
    "text, expected",
    [
        ("w=[2,-3,-3], x=[-1,-2]", {"w": [2, -3, -3], "x": [-1, -2]}),
        ("2.5, x=(1, 2.0)", {"w": 2.5, "x": (1, 2.0)}),
        ("w={'a': [1.0], 'b': -2}", {"w": {"a": [1.0], "b": -2}}),
        ("w=None, x=True, steps=3", {"w": None, "x": True, "steps": 3}),
        ("w='text'", {"w": "text"}),
        ("w=1+2j", {"w": 1 + 2j}),
        ("", {}),
    ],
)
def test_literals(text, expected):
    assert v.parse(text, loss) == expected


@pytest.mark.parametrize(
    "text, dtype, shape",
    [
        ("f64[64,100]", "float64", (64, 100)),
        ("f32[3]", "float32", (3,)),
        ("i64[2, 2, 2]", "int64", (2, 2, 2)),
        ("i32[5]", "int32", (5,)),
        ("bool[4]", "bool", (4,)),
        ("f64[()]", "float64", ()),
        ("f64[0]", "float64", (0,)),
    ],
)
def test_arrays(text, dtype, shape):
    array = v.parse(f"w={text}", loss)["w"]
    assert isinstance(array, np.ndarray)
    assert (array.dtype, array.shape) == (dtype, shape)


def test_arrays_have_no_zeros_both_signs_and_are_the_same_each_time():
    first, second = (v.parse("f64[1000], [f64[3], i64[1000]]", loss) for _ in range(2))
    np.testing.assert_array_equal(first["w"], second["w"])
    np.testing.assert_array_equal(first["x"][1], second["x"][1])
    assert np.abs(first["w"]).min() >= 0.25
    assert (first["w"] < 0).any() and (first["w"] > 0).any()
    assert (first["x"][1] > 0).all()
    assert not np.array_equal(first["w"][:3], first["x"][0])


@pytest.mark.parametrize(
    "text, message",
    [
        ("q=1", "unexpected keyword argument 'q'; the parameters are w, x, steps"),
        ("step=1", "did you mean `steps`?"),
        ("1, 2, 3", "too many positional arguments"),
        ("1, w=2", "multiple values for argument 'w'"),
        ("w=y", "`y` is neither a literal nor one of `f64[3, 4]`"),
        ("w=f64[n]", "`f64[n]` is no shape"),
        ("w=f64[-1]", "`f64[-1]` is no shape"),
        ("w=open('x')", "neither a literal"),
        ("w=[", "--at 'w=['"),
        ("1)+f(2", "this is not a list of arguments"),
        ("**{'w': 1}", "--at"),
    ],
)
def test_what_does_not_fit(text, message):
    with pytest.raises(ArgumentError) as caught:
        v.parse(text, loss)
    assert message in str(caught.value)


# --- docstrings


def with_doc(doc):
    def f(w, x, steps=1): ...

    f.__doc__ = doc
    return f


@pytest.mark.parametrize(
    "doc, expected",
    [
        (">>> f([2, -3], 1)\n0", {"w": [2, -3], "x": 1, "steps": 1}),
        (">>> f(1, 2)\n>>> f(3, 4)", {"w": 1, "x": 2, "steps": 1}),
        (">>> round(f(x=1.5, w=2), 2)", {"w": 2, "x": 1.5, "steps": 1}),
        (">>> a = [1.0]\n>>> print(f(a * 2, *[3], **{'steps': 4}))", {"w": [1.0, 1.0], "x": 3}),
        (">>> f(no_such_name, 1)\n>>> f(1, 2)", {"w": 1, "x": 2, "steps": 1}),
        (">>> f(1)  # too few\n>>> f(1, 2)", {"w": 1, "x": 2, "steps": 1}),
        (">>> module.f(1, 2)", {"w": 1, "x": 2, "steps": 1}),
        (">>> for i in range(3):\n...     f(i, 1)\n>>> f(5, 6)", {"w": 5, "x": 6, "steps": 1}),
        (">>> g(1, 2)", None),
        (">>> f(", None),
        ("no example", None),
        (None, None),
        (">>>f(1, 2)", None),
    ],
)
def test_examples(doc, expected):
    found = v.from_docstring(with_doc(doc))
    assert (found and {k: found[k] for k in expected}) == expected


def test_examples_see_the_functions_globals_but_leave_them_alone(capsys):
    f = with_doc(">>> np = np\n>>> global_that_is_new = print('hello')\n>>> f(np.ones(2), 1)")
    np.testing.assert_array_equal(v.from_docstring(f)["w"], np.ones(2))
    assert "global_that_is_new" not in globals()
    assert capsys.readouterr().out == ""


def test_the_function_itself_is_not_called():
    def f(x):
        """
        >>> f(1)
        """
        raise AssertionError

    assert v.from_docstring(f) == {"x": 1}


class Net:
    factor = 2.0

    def loss(self, x):
        """
        >>> Net().loss(1.5)
        3.0
        """
        return self.factor * x

    @classmethod
    def made(cls, x):
        """
        >>> Net.made(1.5)
        """


def test_examples_of_methods():
    found = v.from_docstring(Net.loss)
    assert isinstance(found["self"], Net) and found["x"] == 1.5
    assert v.from_docstring(Net().loss) == {"x": 1.5}
    assert v.from_docstring(Net.made) == {"x": 1.5}


def test_examples_of_decorated_functions():
    @functools.lru_cache
    def f(x):
        """
        >>> f(1)
        """

    assert v.from_docstring(f) == {"x": 1}


# --- annotations


@dataclasses.dataclass
class Point:
    x: float
    y: float = 0.0
    tag: "str" = "a"


class Pair(NamedTuple):
    a: float
    b: int


@pytest.mark.parametrize(
    "annotation, check",
    [
        (float, lambda x: type(x) is float and 0.5 <= x <= 1.5),
        (int, lambda x: type(x) is int),
        (bool, lambda x: x is True),
        (str, lambda x: type(x) is str),
        (complex, lambda x: type(x) is complex),
        (list[float], lambda x: len(x) == 3 and type(x[0]) is float),
        (list, lambda x: len(x) == 3),
        (Sequence[int], lambda x: type(x[0]) is int),
        (list[list[float]], lambda x: type(x[0][0]) is float),
        (tuple[float, int], lambda x: list(map(type, x)) == [float, int]),
        (tuple[float, ...], lambda x: type(x) is tuple and len(x) == 3),
        (typing.Optional[float], lambda x: type(x) is float),  # noqa: UP045
        (float | None, lambda x: type(x) is float),
        (None | int, lambda x: type(x) is int),
        (Literal["mean", "sum"], lambda x: x == "mean"),
        (Annotated[float, "metres"], lambda x: type(x) is float),
        (Point, lambda p: type(p) is Point and type(p.tag) is str),
        (Pair, lambda p: type(p) is Pair and type(p.b) is int),
        (np.ndarray, lambda a: a.dtype == float and a.ndim == 1),
        (npt.NDArray[np.float32], lambda a: a.dtype == np.float32 and a.ndim == 1),
        (npt.NDArray[np.int64], lambda a: a.dtype == np.int64),
        (np.ndarray[tuple[int, int], np.dtype[np.float64]], lambda a: a.ndim == 2),
        (np.float32, lambda x: type(x) is np.float32),
    ],
    ids=lambda p: None if isinstance(p, types.FunctionType) else str(p),
)
def test_annotations(annotation, check):
    def f(x): ...

    f.__annotations__ = {"x": annotation}
    assert check(v.from_annotations(f)["x"])


@pytest.mark.parametrize(
    "annotation", [object, dict[str, float], "NoSuchName", typing.Any, npt.ArrayLike], ids=str
)
def test_annotations_that_say_too_little(annotation):
    def f(x): ...

    f.__annotations__ = {"x": annotation}
    assert v.from_annotations(f) == {}


def test_a_list_is_as_long_as_its_subscripts_ask_for():
    def f(w: list[float], x: list[float]):
        return w[0] * x[1] + w[4] + w[-1]

    found = v.from_annotations(f)
    assert (len(found["w"]), len(found["x"])) == (5, 2)


# --- all of it


def test_the_order_of_precedence():
    def f(a: float, b: int, c: str = "default", d=4.5, e=None):
        """
        >>> f(1.0, 2, d=3.0)
        """

    assert v.values(f) == {"a": 1.0, "b": 2, "c": "default", "d": 3.0, "e": None}
    assert v.values(f, "b=7")["b"] == 7


def test_what_nothing_is_known_of_is_missing():
    def f(a, b: float, c=1): ...

    assert list(v.values(f)) == ["b", "c"]
    assert list(v.values(f, "a=1")) == ["a", "b", "c"]


# --- use


def test_guesses_go_by_use():
    def f(w, x, y, *rest, z=1, **more):
        return w[0] + w[3] + x * y

    found = v.guesses(f, known=["y"])
    assert list(found) == ["w", "x"]
    assert len(found["w"]) == 4 and all(type(number) is float for number in found["w"])
    assert type(found["x"]) is float


def test_no_object_is_guessed():
    with pytest.raises(ArgumentError, match="what object"):
        v.guesses(Net.loss)
