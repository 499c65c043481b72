"""Derivatives of functions: objects that are called in the place of a function.

>>> def parabola(x):
...     return x * x
>>> gradient = Differentiated(parabola)
>>> gradient(3.0)
6.0
>>> print(gradient.source.splitlines()[-1].strip())
return 2 * x

The first call with arguments of new kinds compiles; later ones look the kinds up and go.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Sequence
from types import MethodType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from srcgrad.arguments import accepts, kind_of_argument
from srcgrad.dispatch import binder, dispatcher, holding
from srcgrad.display import documented, page
from srcgrad.errors import ArgumentError, did_you_mean
from srcgrad.guards import namespace
from srcgrad.kinds import described
from srcgrad.load import load
from srcgrad.pipeline import Unit, build
from srcgrad.specialise import Specialisation, specialise
from srcgrad.writing import loaded
from srcgrad.wrt import resolve_wrt

if TYPE_CHECKING:
    from srcgrad.draw import Circuit

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
S = TypeVar("S")
Wrt = str | int | Sequence[str | int] | None

LIMIT = 512  # raw keys remembered by one object; specialisations are bounded with them


class Differentiated(Generic[P, R]):
    """A function's derivative in one mode; calling it compiles on demand.

    Attributes: `primal` (also `__wrapped__`), the function; `source`, the text of the
    specialisation called last; `sources`, all texts; `compiled`, the bare Python function.
    """

    mode = "grad"
    primal: Callable[P, R]
    __wrapped__: Callable[P, R]
    __name__: str
    __qualname__: str
    _base: type | None = None  # of a class of one object's own: see `_shorten`

    def __init__(self, function: Callable[P, R], wrt: Wrt = None) -> None:
        if not callable(function):
            called = self.mode.replace("-", "_")
            raise ArgumentError(
                f"{called} takes a function, not {described(kind_of_argument(function, None))}: "
                f"write {called}(f)(x), not {called}(f(x))"
            )
        self.wrt = wrt
        self.primal = function
        functools.update_wrapper(self, plain(function))
        self._fast: Callable = self._slow
        self._bind: Callable | None = None
        self._known: list[Specialisation] = []
        self._last: Specialisation | None = None
        self._parts: dict = {}
        self._names, self._bare = resolve_wrt(_innermost(function), wrt)
        self.__doc__ = documented(self.mode, function, self._names, self._bare)
        self.__wrapped__ = function
        base = _innermost(function)
        # a bound method is its function with the object before the other arguments
        self._owner = (base.__self__,) if isinstance(base, MethodType) else ()

    # ------------------------------------------------------------ calling

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        return self._fast(*self._owner, *args, **kwargs)

    def _slow(self, *args, **kwargs):
        """The way of the first call; later ones go through the dispatch of a specialisation."""
        return self._anew(*self._bound(args, kwargs))

    def _anew(self, *bound):
        """The way of a call whose arguments are not of the kinds of the call before."""
        return self._serving(bound).run(*bound)

    def _bound(self, args, kwargs):
        if self._bind is None:
            self._bind = binder(getattr(self, "__name__", "function"), self._signature())
        try:
            return self._bind(*args, **kwargs)
        except TypeError as error:
            names = self._signature().parameters
            unknown = [name for name in kwargs if name not in names]
            near = did_you_mean(unknown[0], names) if unknown else ""
            raise TypeError(f"{error}{near}") from None

    def _serving(self, full) -> Specialisation:
        """The specialisation for all arguments in their order, compiled if there is none yet."""
        known = dict(zip(self._signature().parameters, full))
        for spec in self._known:
            if all(accepts(k, known[n]) for n, k in spec.kinds.items()) and spec.holds(full):
                break
        else:
            spec = self._compile(known)
            if len(self._known) >= LIMIT:
                self._known.pop(0)
            self._known.append(spec)
        self._last = spec
        if spec.dispatch is None:
            held = holding(spec.guards, spec.outside, spec.kinds)
            spec.dispatch = dispatcher(
                self.__name__, self._signature(), spec.kinds, spec.run, self._anew, held
            )
        self._fast = spec.dispatch
        self._shorten()
        return spec

    def _shorten(self):
        """Let calls reach the dispatch at once, as the `__call__` of a class of this object's own.

        Python looks there for it: through a method of ours a small gradient takes twice the time.
        """
        cls = self._class
        if self._owner or cls.__call__ is not Differentiated.__call__:
            return
        if type(self) is cls:
            own = {"_base": cls, "__module__": cls.__module__, "__doc__": cls.__doc__}
            self.__class__ = type(cls.__name__, (cls,), own)  # type: ignore[assignment]
        type(self).__call__ = staticmethod(self._fast)  # type: ignore[method-assign]

    @property
    def _class(self) -> type:
        return self._base or type(self)

    def _signature(self) -> inspect.Signature:
        return inspect.signature(plain(self.primal))

    def _compile(self, known) -> Specialisation:
        function = self.primal
        if isinstance(function, Differentiated):
            function = function._serving(tuple(known.values())).again
        return specialise(plain(function), known, self._names, self._bare, self.mode)

    # ------------------------------------------------------------ looking at it

    @property
    def source(self) -> str:
        """The text of the specialisation called last; compiled from use where none was called."""
        return self._shown().text

    @property
    def sources(self) -> list[str]:
        """The texts of all specialisations, in the order of their first call."""
        return [s.text for s in self._known]

    @property
    def compiled(self) -> Callable:
        """The generated Python function called last, without dispatch."""
        return self._shown().compiled

    def circuit(self, *args: Any, **kwargs: Any) -> Circuit:
        """The computational graph of a call, with the value on each wire and the gradient back along it.

        Takes the function's arguments, and does to them what the function does. The function is to
        return a number, whatever the mode.

        Returns
        -------
        srcgrad.draw.Circuit
            Notebooks show it; `.svg()`, `.dot()` and `.mermaid()` give it as text, `.nodes` and
            `.edges` the numbers.

        Examples
        --------
        >>> from srcgrad import grad
        >>> def area(a, b):
        ...     return a * b
        >>> [(edge.value, edge.gradient) for edge in grad(area).circuit(2.0, 3.0).edges]
        [(2.0, 3.0), (3.0, 2.0)]
        """
        from srcgrad.draw import circuit

        full = self._bound(self._owner + args, kwargs)
        function = self.primal
        if isinstance(function, Differentiated):
            function = function._serving(full).again
        base = plain(function)
        known = dict(zip(inspect.signature(base).parameters, full))
        return circuit(base, known, self._names if not self._bare else self._names[0])

    def _shown(self) -> Specialisation:
        if self._last is None:
            if not self._known:
                raise ArgumentError(
                    f"`{self.__name__}` was not called yet, so its arguments' kinds are not known: call it once, "
                    "or use `srcgrad show`"
                )
            return self._known[-1]
        return self._last

    # ------------------------------------------------------------ as Python's functions do

    @overload
    def __get__(self, instance: None, owner: Any = None) -> Differentiated[P, R]: ...
    @overload
    def __get__(
        self: Differentiated[Concatenate[S, Q], R], instance: S, owner: Any = None
    ) -> Callable[Q, Any]: ...
    def __get__(self, instance, owner=None):
        return self if instance is None else MethodType(self, instance)

    def __repr__(self):
        what = getattr(self, "__qualname__", self.primal)
        return f"<{self.mode} of {what} by {', '.join(self._names)}>"

    def _repr_pretty_(self, printer, cycle):
        """In IPython: what it is, and the generated code once there is some."""
        printer.text("\n\n".join([repr(self), *self._newest_first()[:1]]).rstrip("\n"))

    def _repr_html_(self) -> str:
        """In a notebook: the function beside the generated code."""
        return page(repr(self), self.primal, self._newest_first())

    def _newest_first(self) -> list[str]:
        return [s.text for s in sorted(self._known, key=lambda spec: spec is not self._last)]

    def __reduce__(self):
        inner = self.primal
        if isinstance(inner, (Differentiated, MethodType)):  # which know how they are pickled
            return self._class, (inner, self.wrt)
        module, qualname = getattr(inner, "__module__", None), getattr(inner, "__qualname__", "")
        found = _by_name(module, qualname)
        if (
            found is self
            or found is inner
            or isinstance(found, Differentiated)
            and found.primal is inner
        ):
            return _rebuild_by_name, (self._class, module, qualname, self.wrt)
        texts = [(s.kinds, s.text, s.compiled.__name__) for s in self._known]
        parameters = list(inspect.signature(plain(inner)).parameters)
        return _rebuild_from_texts, (
            self._class,
            qualname,
            self.wrt,
            self._names,
            self._bare,
            parameters,
            texts,
        )

    @classmethod
    def _for_compiler(cls, value, kinds, kw):
        """The generated function for arguments of these kinds: how a call inside a function is resolved."""
        from srcgrad.passes.stage.binding import Refused

        if kw:
            raise Refused(
                None, f"{value!r} takes positional arguments inside a differentiated function", ""
            )
        base = plain(value.primal)
        names = list(inspect.signature(base).parameters)[: len(kinds)]
        if isinstance(value.primal, Differentiated):
            base = cls._for_compiler(value.primal, kinds, {})
        unit = Unit(
            base, dict(zip(names, kinds)), value._names, value._bare, value.mode, taped=False
        )
        return loaded(build(unit))


def _innermost(function):
    while isinstance(function, Differentiated):
        function = function.primal
    return function


def plain(function):
    """The Python function at the bottom: of a gradient its primal, of a method its function."""
    function = _innermost(function)
    return function.__func__ if isinstance(function, MethodType) else function


def _by_name(module, qualname):
    try:
        out = importlib.import_module(module)
        for part in qualname.split("."):
            out = getattr(out, part)
        return out
    except (ImportError, AttributeError, TypeError, ValueError):
        return None


def _rebuild_by_name(cls, module, qualname, wrt):
    found = _by_name(module, qualname)
    return cls(plain(found), wrt)


def _rebuild_from_texts(cls, qualname, wrt, names, bare, parameters, texts):
    out = cls.__new__(cls)

    def stand_in(*args, **kwargs):
        raise ArgumentError(
            f"`{qualname}` was not pickled with its gradient, which serves the kinds it was called with only"
        )

    stand_in.__name__ = stand_in.__qualname__ = qualname
    stand_in.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in parameters]
    )
    out.primal, out.wrt, out._names, out._bare = stand_in, wrt, names, bare
    out.__name__ = out.__qualname__ = qualname
    out._owner, out._known, out._last, out._parts = (), [], None, {}
    out._fast, out._bind = out._slow, None
    for kinds, text, name in texts:
        compiled = load(text, name, namespace({}), name)
        out._known.append(Specialisation(kinds, text, compiled, compiled))
    return out
