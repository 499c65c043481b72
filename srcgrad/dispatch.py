"""The code that asks whether a specialisation serves the arguments of a call.

    def neuron(w=_none, x=_none):
        if type(w) is list and len(w) == 3 and type(w[0]) is float and …:
            return run(w, x)
        return slow(w, x)

Written for each specialisation, because a general test costs several times what a small gradient
does. What is not plain to ask is left to `arguments.accepts`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from srcgrad.arguments import accepts
from srcgrad.kinds import FLOAT, INT, Array, Kind, List, Literal, Record, Scalar, is_namedtuple

_none = object()
_TYPES = {"float": "float", "int": "int", "f8": "float64", "f4": "float32", "i8": "int64"}
_DTYPES = {code: np.dtype(code) for code in ("f8", "f4", "i8")}
_DTYPES["b1"] = np.dtype("bool")
_ENV = {
    "accepts": accepts,
    "ndarray": np.ndarray,
    "float64": np.float64,
    "float32": np.float32,
    "int64": np.int64,
    "numbers": frozenset((float, int)),
    "floats": frozenset((float,)),
    "ints": frozenset((int,)),
    "_none": _none,
    **{f"dtype_{code}": dtype for code, dtype in _DTYPES.items()},
}


def dispatcher(name: str, kinds: dict[str, Kind], run: Callable, slow: Callable) -> Callable:
    """A function that calls `run` with arguments of these kinds and `slow` with any other.

    Examples
    --------
    >>> double = dispatcher("double", {"x": FLOAT}, lambda x: 2 * x, lambda x: "not a float")
    >>> double(1.5), double("a")
    (3.0, 'not a float')
    """
    env = dict(_ENV, run=run, slow=slow)
    tests = [_test(f"a{k}", kind, env) for k, kind in enumerate(kinds.values())]
    names = [f"a{k}" for k in range(len(kinds))]
    params = ", ".join(f"{n}=_none" for n in names)
    args = ", ".join(names)
    condition = " and ".join(tests) or "True"
    text = f"def dispatch({params}):\n    if {condition}:\n        return run({args})\n"
    text += f"    return slow(*[a for a in ({args}{',' if names else ''}) if a is not _none])\n"
    exec(text, env)  # noqa: S102  (text that was written above, of names of our own)
    env["dispatch"].__name__ = env["dispatch"].__qualname__ = name
    return env["dispatch"]


def _test(a: str, kind: Kind, env: dict) -> str:
    """An expression that is true where `a` is of the kind."""
    match kind:
        case Scalar(name=name) if name in _TYPES:
            return f"type({a}) is {_TYPES[name]}"
        case Record(type=t, kinds=inside) if t in (list, tuple):
            head = f"type({a}) is {t.__name__} and len({a}) == {len(inside)}"
            if len(inside) > 3 and set(inside) in ({FLOAT}, {INT}):
                return f"{head} and {_all(a, inside[0])}"
            return " and ".join(
                [head, *(_test(f"{a}[{k}]", inner, env) for k, inner in enumerate(inside))]
            )
        case Record(type=t, keys=keys, kinds=inside) if t is dict:
            parts = [f"type({a}) is dict and tuple({a}) == {keys!r}"]
            return " and ".join(
                parts + [_test(f"{a}[{key!r}]", inner, env) for key, inner in zip(keys, inside)]
            )
        case Record(type=t, keys=keys, kinds=inside) if is_namedtuple(t):
            cls = _held(t, env)
            parts = [_test(f"{a}.{key}", inner, env) for key, inner in zip(keys, inside)]
            return " and ".join([f"type({a}) is {cls}", *parts])
        case List(elem=elem, type=t) if elem in (FLOAT, INT):
            return f"type({a}) is {t} and {_all(a, elem, among=True)}"
        case Array(dtype=dtype, extents=extents):
            shape = [
                f"{a}.shape[{k}] {'==' if e == 1 else '!='} 1"
                for k, e in enumerate(extents)
                if e == 1 or not e.may_be_one
            ]
            head = f"type({a}) is ndarray and {a}.dtype is dtype_{dtype} and {a}.ndim == {len(extents)}"
            return " and ".join([head, *shape])
        case Literal(value=value) if value is None or isinstance(value, bool):
            return f"{a} is {value}"
    return f"accepts({_held(kind, env)}, {a})"


def _held(what, env: dict) -> str:
    """A name for something in the environment of the tests."""
    name = f"held_{len(env)}"
    env[name] = what
    return name


def _all(a: str, elem: Kind, among: bool = False) -> str:
    """Whether all elements are of a type; `among` numbers, where ints may stand for floats."""
    types = "ints" if elem == INT else "numbers" if among else "floats"
    return f"{types}.issuperset(map(type, {a}))"
