"""Structures of numbers: taken apart, put together, compared."""

from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

from srcgrad import trees


@dataclass(frozen=True)
class Layer:
    weight: np.ndarray
    bias: float
    name: str = "layer"


@dataclass
class Slotted:
    __slots__ = ("a", "b")
    a: float
    b: list


class Point(NamedTuple):
    x: float
    y: float


class Plain:
    def __init__(self):
        self.x = 1.0


VALUES = [
    1.5,
    2,
    np.float32(0.5),
    np.float64(0.5),
    np.array(0.5),
    np.zeros((2, 0)),
    np.arange(6.0).reshape(2, 3).T,
    np.arange(3, dtype=np.float32),
    [],
    [1.0, 2, "a", None, True],
    (1.0, [2.0, (3.0,)]),
    {"w": [1.0, 2.0], "b": {1: 0.5}},
    OrderedDict(b=1.0, a=2.0),
    Point(1.0, 2.0),
    [Point(1.0, 2.0), Point(3.0, 4.0)],
    Layer(np.ones((2, 2)), 0.5),
    Slotted(1.0, [2.0]),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_taken_apart_and_put_together(value):
    parts = trees.leaves(value)
    assert len(trees.paths(value)) == len(parts)
    copied = trees.rebuild(value, parts)
    assert type(copied) is type(value)
    assert trees.leaves(copied) == parts
    assert repr(copied) == repr(value)
    doubled = trees.rebuild(value, [2.0 * leaf for leaf in parts])
    assert trees.leaves(doubled) == [2.0 * leaf for leaf in parts]
    assert trees.leaves(value) == parts  # the original is left alone


@pytest.mark.parametrize("value", [True, "a", None, np.arange(3), np.bool_(True), Plain(), 1j, len])
def test_what_is_no_leaf(value):
    assert trees.leaves(value) == []
    assert trees.paths(value) == []
    assert trees.rebuild([value], [])[0] is value


def test_paths_are_python():
    value = {"w": [1.0, Layer(np.zeros((1, 2)), 2.0)], "p": Point(1.0, 2.0)}
    namespace = {"v": value}
    for path, leaf in zip(trees.paths(value), trees.leaves(value), strict=True):
        assert eval("v" + path, namespace) == leaf
    assert trees.paths(3.0) == [""]


def test_nothing_is_shared():
    value = [np.zeros(2), {"a": np.zeros(2)}]
    copied = trees.rebuild(value, trees.leaves(value))
    copied[0][:] = 1.0
    copied[1]["a"][:] = 1.0
    assert trees.leaves(value) == [0.0] * 4


def test_a_defaultdict_keeps_its_factory():
    value = defaultdict(float, a=1.0)
    assert trees.rebuild(value, [2.0])["missing"] == 0.0


@pytest.mark.parametrize("new", [[1.0], [1.0, 2.0, 3.0], [1.0, 2.0, None]])
def test_the_count_must_fit(new):
    with pytest.raises(ValueError, match="too (few|many) leaves"):
        trees.rebuild([0.0, 0.0], new)


def test_filled():
    assert trees.filled((1, [2.0, "a"]), 0.5) == (0.5, [0.5, "a"])


def test_widened():
    value = [np.zeros(2, np.float32), np.float16(1.0), 1, np.arange(2)]
    wide = trees.widened(value)
    assert wide[0].dtype == np.float64 and type(wide[1]) is np.float64
    assert type(wide[2]) is int and wide[3].dtype == value[3].dtype
    assert value[0].dtype == np.float32


def test_widening_copies_what_is_wide_already():
    value = np.zeros(2)
    assert trees.widened(value) is not value


@pytest.mark.parametrize(
    ("value", "gradient", "expected"),
    [
        (1.0, 0.5, [0.5]),
        (1, 0.5, [0.5]),
        (1.0, np.float64(0.5), [0.5]),
        (1.0, None, [None]),
        ([1.0, 2.0], None, [None, None]),
        ([1.0, "a"], [0.5, None], [0.5]),
        ([1.0, "a"], [0.5, "a"], [0.5]),
        ({"a": 1.0, "b": 2.0}, {"b": 0.2, "a": 0.1}, [0.1, 0.2]),
        (Point(1.0, 2.0), Point(0.1, 0.2), [0.1, 0.2]),
        (Layer(np.zeros(1), 1.0), Layer(np.ones(1), 0.5), [1.0, 0.5]),
        ("a", None, []),
        ([], [], []),
    ],
)
def test_aligned(value, gradient, expected):
    assert trees.aligned(value, gradient) == expected


@pytest.mark.parametrize(
    ("value", "gradient", "place"),
    [
        (1.0, 1, "float with a gradient of int"),  # a gradient is a float, also of an int
        (1, 1, "int with a gradient of int"),
        (1.0, True, "bool"),
        (1.0, np.ones(1), "float64 array"),
        (np.zeros(2), [0.0, 0.0], "list of length 2"),
        (np.zeros(2, np.float32), np.zeros(2), "float32 array"),
        (np.zeros((1, 2)), np.zeros(2), "shape"),
        ([1.0], [1.0, 2.0], "length 2"),
        ([], [1.0], "length 1"),
        ([1.0], (1.0,), "tuple"),
        ((1.0, 2.0), Point(1.0, 2.0), "Point|length"),
        ({"a": 1.0}, {"b": 1.0}, "dict"),
        ([[1.0], {"a": [1.0]}], [[1.0], {"a": [1]}], r"^\[1\]\['a'\]\[0\]: "),
        (Point(1.0, 2.0), Point(1.0, "x"), r"^\.y: "),
        ([Slotted(1.0, [])], [1.0], r"^\[0\]: "),
    ],
)
def test_differences_are_named(value, gradient, place):
    with pytest.raises(ValueError, match=place):
        trees.aligned(value, gradient)
