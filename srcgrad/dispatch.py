"""The code that asks whether a specialisation serves the arguments of a call.

    def neuron(w, x):
        if type(w) is list and len(w) == 3 and type(w[0]) is float and …:
            return run(w, x)
        return slow(w, x)

Written for each specialisation, because a general test costs several times what a small gradient
does; with the signature of the function, so that Python itself binds keywords and defaults. What is
not plain to ask is left to `arguments.accepts`.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
import types
from collections.abc import Callable

import numpy as np

from srcgrad.arguments import accepts
from srcgrad.guards import Same, holds
from srcgrad.kinds import FLOAT, INT, Array, Kind, List, Literal, Record, Scalar, is_namedtuple

_TYPES = {"float": "float", "int": "int", "f8": "float64", "f4": "float32", "i8": "int64"}
_TYPES |= {"complex": "complex", "c16": "complex128", "c8": "complex64"}
_DTYPES = {code: np.dtype(code) for code in ("f8", "f4", "i8", "c16", "c8")}
_DTYPES["b1"] = np.dtype("bool")
_ENV = {
    "accepts": accepts,
    "ndarray": np.ndarray,
    "float64": np.float64,
    "float32": np.float32,
    "int64": np.int64,
    "complex128": np.complex128,
    "complex64": np.complex64,
    "numbers": frozenset((float, int)),
    "floats": frozenset((float,)),
    "ints": frozenset((int,)),
    **{f"dtype_{code}": dtype for code, dtype in _DTYPES.items()},
}


def dispatcher(
    name: str,
    signature: inspect.Signature,
    kinds: dict[str, Kind],
    run: Callable,
    slow: Callable,
    held: Callable | None = None,
) -> Callable:
    """A function that calls `run` with arguments of these kinds and `slow` with any other.

    It has this name and signature, and hands all arguments on by position, in their order. `held`,
    of the arguments, is whether what the text takes from outside is as it was: see `holding`.

    Examples
    --------
    >>> def twice(x): ...
    >>> called = inspect.signature(twice)
    >>> double = dispatcher("twice", called, {"x": FLOAT}, lambda x: 2 * x, lambda x: "no float")
    >>> double(1.5), double(x=2.5), double("a")
    (3.0, 5.0, 'no float')
    """
    env = dict(_ENV, run=run, slow=slow, held=held)
    names = {f"a{k}": n for k, n in enumerate(signature.parameters)}
    args = ", ".join(names)
    tests = [_test(a, kind, env) for a, kind in zip(names, kinds.values())]
    tests += [f"held({args})"] if held is not None else []
    body = f"if {' and '.join(tests) or 'True'}:\n    return run({args})\nreturn slow({args})"
    return _function(name, signature, body, names, env)


def binder(name: str, signature: inspect.Signature) -> Callable:
    """A function of this name and signature that returns its arguments, in their order.

    Python binds in a hundredth of the time that `inspect` takes, and says what is wrong with a call.

    Examples
    --------
    >>> def f(a, b=2, *, c=3): ...
    >>> binder("f", inspect.signature(f))(1, c=4)
    (1, 2, 4)
    """
    names = {f"a{k}": n for k, n in enumerate(signature.parameters)}
    return _function(name, signature, f"return ({''.join(f'{a}, ' for a in names)})", names, {})


def _function(name, signature, body: str, names: dict[str, str], env: dict) -> Callable:
    """A function of this signature: in `body`, its parameters have the names that `names` gives.

    All other names are changed, so that no parameter hides one.
    """
    prefix = "srcgrad_"
    while any(n.startswith(prefix) for n in signature.parameters):
        prefix += "_"
    tree = ast.parse(body)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, prefix + node.id)
    used = {n.id.removeprefix(prefix) for n in ast.walk(tree) if isinstance(n, ast.Name)}
    found = {
        prefix + n: env[n] if n in env else vars(builtins)[n] for n in used - {*names.values()}
    }
    parameters = []
    for k, p in enumerate(signature.parameters.values()):
        if p.default is not p.empty:
            found[f"{prefix}default_{k}"] = p.default
            p = p.replace(default=_Named(f"{prefix}default_{k}"))
        parameters.append(p.replace(annotation=p.empty))
    bare = signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty)
    text = f"def {prefix}{bare}:\n{textwrap.indent(ast.unparse(tree), '    ')}"
    exec(compile(text, "<srcgrad dispatch>", "exec"), found)  # noqa: S102  (written here)
    out = found[prefix]
    out.__name__ = out.__qualname__ = name
    return out


def holding(guards, outside: dict, kinds: dict[str, Kind]) -> Callable | None:
    """A function of the arguments that says whether all guards hold; None where there are none.

    Parameters: `outside`, what the guards' paths start at; `kinds`, those of the arguments.
    """
    if not guards:
        return None
    env = {**_ENV, "holds": holds, "outside": outside, "kinds": kinds}
    env |= {f"outside_{root}": value for root, value in outside.items()}
    args = ", ".join(f"a{k}" for k in range(len(kinds)))
    tests = [_guard(guard, list(kinds), env, args) for guard in guards]
    text = f"def held({args}):\n    try:\n        return {' and '.join(tests)}\n"
    text += "    except Exception:\n        return False\n"
    exec(text, env)  # noqa: S102  (paths that the compiler wrote)
    return env["held"]  # type: ignore[return-value]


def _guard(guard, names: list[str], env: dict, args: str) -> str:
    """An expression that is true where a guard holds."""
    path, root, what = guard
    starts = {n: f"a{k}" for k, n in enumerate(names)}
    if root is not None:
        starts = {root[0]: f"outside_{root[0]}"}
    path = _started(path, starts)
    held = f"guard_{len(env)}"
    if isinstance(what, types.CodeType):
        env[held], env[f"{held}_code"] = guard, what
        return f"(getattr({path}, '__code__', None) is {held}_code or holds({held}, outside, kinds, ({args},)))"
    if what is None or isinstance(what, bool):
        return f"{path} is {what}"
    if isinstance(what, (Scalar, Array, List, Record)):
        return _test(path, what, env)
    if isinstance(what, (str, int)):
        return f"type({path}) is {type(what).__name__} and {path} == {what!r}"
    if isinstance(what, Same):
        env[held] = what.value
        return f"{path} is {held}"
    env[held] = guard
    return f"holds({held}, outside, kinds, ({args},))"


def _started(path: str, starts: dict[str, str]) -> str:
    """The path from what it starts at, by the name that it has here."""
    tree = ast.parse(path, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = starts.get(node.id, node.id)
    return ast.unparse(tree)


class _Named(str):
    """A name that a signature prints as it is."""

    __repr__ = str.__str__


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
        case Literal(value=str(value) | int(value)):
            return f"type({a}) is {type(value).__name__} and {a} == {value!r}"
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
