"""What users call: `grad`, `value_and_grad`, `vjp`, `jvp`.

>>> from srcgrad import grad
>>> def parabola(x):
...     return x * x
>>> grad(parabola)
<grad of parabola by x>
>>> grad(parabola)(3.0)
6.0

Each takes a function and gives an object that is called in its place.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from srcgrad import structure
from srcgrad.differentiated import Differentiated, Wrt, plain
from srcgrad.errors import ArgumentError

P = ParamSpec("P")
R = TypeVar("R")


class Gradient(Differentiated[P, R]):
    """The gradient function of a function."""

    mode = "grad"


class ValueAndGradient(Differentiated[P, R]):
    """A function's value together with its gradient."""

    mode = "value-and-grad"
    if TYPE_CHECKING:

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> tuple[R, Any]: ...


class VJP(Differentiated[P, R]):
    """A function's value together with its pullback."""

    mode = "vjp"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> tuple[R, Callable[[Any], Any]]:
        value, pullback = super().__call__(*args, **kwargs)
        layout, what = structure.of(value), f"the cotangent of `{self.__name__}`"

        @functools.wraps(pullback)
        def checked(cotangent):
            structure.check(cotangent, layout, what)
            return pullback(structure.fitted(cotangent, layout))

        return value, checked


class JVP(Differentiated[P, R]):
    """A function's value together with its directional derivative."""

    mode = "jvp"

    def __call__(  # type: ignore[override]
        self, args: Sequence[Any], tangents: Sequence[Any]
    ) -> tuple[R, Any]:
        if not isinstance(args, (tuple, list)) or not isinstance(tangents, (tuple, list)):
            raise ArgumentError(
                f"jvp({self.__name__}) takes a tuple of arguments and a tuple of tangents, "
                "as in ((x,), (x_dot,))"
            )
        args, tangents = self._owner + tuple(args), tuple(tangents)
        if len(tangents) != len(self._names):
            raise ArgumentError(
                f"{len(tangents)} tangents for {len(self._names)} arguments: {', '.join(self._names)}"
            )
        if any(t is None for t in tangents):
            return self._moving(tangents)(
                args[len(self._owner) :], [t for t in tangents if t is not None]
            )
        bound = self._bound(args, {})
        known = dict(zip(inspect.signature(plain(self.primal)).parameters, bound))
        for name, tangent in zip(self._names, tangents):
            structure.check(tangent, structure.of(known[name]), f"the tangent of `{name}`")
        return self._serving(bound).run(*bound, *tangents)

    def _signature(self):
        """All by position, in the tuple of arguments."""
        both = inspect.Parameter.POSITIONAL_OR_KEYWORD
        only = inspect.Parameter.KEYWORD_ONLY
        found = super()._signature()
        parameters = found.parameters.values()
        return found.replace(
            parameters=[p.replace(kind=both) if p.kind is only else p for p in parameters]
        )

    def _moving(self, tangents):
        """The same for the arguments that have a tangent: None is that of one that only counts."""
        names = tuple(n for n, t in zip(self._names, tangents) if t is not None)
        if names not in self._parts:
            self._parts[names] = JVP(self.primal, names)
        return self._parts[names]


# ---------------------------------------------------------------- the four functions


def _make(cls, function, wrt):
    if function is None:
        return lambda f: cls(f, wrt)
    return cls(function, wrt)


@overload
def grad(function: Callable[P, R], *, wrt: Wrt = None) -> Gradient[P, R]: ...
@overload
def grad(*, wrt: Wrt = None) -> Callable[[Callable[P, R]], Gradient[P, R]]: ...
def grad(function=None, *, wrt=None):
    """The gradient function of a scalar function.

    Parameters
    ----------
    function
        A Python function of numbers, arrays, and containers of them, that returns a number.
    wrt
        What to differentiate by: a parameter's name or position for a bare gradient, a tuple of
        them for a tuple in that order. By default every parameter without a default: a tuple in
        their order, bare where there is exactly one.

    Returns
    -------
    Gradient
        Called like the function, it returns gradients with the structure of the arguments: a
        float for a number, a list for a list, an array of the same shape and dtype for an array.

    Raises
    ------
    CannotDifferentiate
        When called, with every reason and its place.
    ArgumentError
        If `wrt` names no parameter.

    Examples
    --------
    >>> def area(a, b):
    ...     return a * b
    >>> grad(area)(2.0, 3.0)
    (3.0, 2.0)
    """
    return _make(Gradient, function, wrt)


@overload
def value_and_grad(function: Callable[P, R], *, wrt: Wrt = None) -> ValueAndGradient[P, R]: ...
@overload
def value_and_grad(*, wrt: Wrt = None) -> Callable[[Callable[P, R]], ValueAndGradient[P, R]]: ...
def value_and_grad(function=None, *, wrt=None):
    """A scalar function's value together with its gradient.

    Takes what `grad` takes and returns `(value, gradient)` when called.

    Examples
    --------
    >>> def area(a, b):
    ...     return a * b
    >>> value_and_grad(area)(2.0, 3.0)
    (6.0, (3.0, 2.0))
    """
    return _make(ValueAndGradient, function, wrt)


@overload
def vjp(function: Callable[P, R], *, wrt: Wrt = None) -> VJP[P, R]: ...
@overload
def vjp(*, wrt: Wrt = None) -> Callable[[Callable[P, R]], VJP[P, R]]: ...
def vjp(function=None, *, wrt=None):
    """A function's value together with its pullback.

    Called with arguments it returns `(value, pullback)`. The pullback takes a cotangent of the
    value's structure and returns the gradients as `grad` does; it may be called many times.

    Examples
    --------
    >>> def area(a, b):
    ...     return a * b
    >>> value, pullback = vjp(area)(2.0, 3.0)
    >>> value, pullback(1.0), pullback(10.0)
    (6.0, (3.0, 2.0), (30.0, 20.0))
    """
    return _make(VJP, function, wrt)


@overload
def jvp(function: Callable[P, R], *, wrt: Wrt = None) -> JVP[P, R]: ...
@overload
def jvp(*, wrt: Wrt = None) -> Callable[[Callable[P, R]], JVP[P, R]]: ...
def jvp(function=None, *, wrt=None):
    """A function's value together with its derivative in a direction.

    Called with a tuple of arguments and a tuple of tangents, one for each of `wrt`, of their
    structures; returns `(value, tangent)`.

    Examples
    --------
    >>> def area(a, b):
    ...     return a * b
    >>> jvp(area)((2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    return _make(JVP, function, wrt)


__all__ = ["grad", "jvp", "value_and_grad", "vjp"]


for _function in (
    grad,
    value_and_grad,
    vjp,
    jvp,
):  # so that the compiler knows them where it meets them
    _function._makes_derivatives = True  # type: ignore[attr-defined]
