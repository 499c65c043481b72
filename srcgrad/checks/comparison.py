"""The derivatives of one function at one point, by `vjp`, by `jvp` and by differences."""

from __future__ import annotations

import contextlib
import copy
import inspect
import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcgrad import trees
from srcgrad.checks.differences import EPS, Slope, slope
from srcgrad.checks.report import Row
from srcgrad.errors import ArgumentError, did_you_mean
from srcgrad.load import load

# What is allowed for where numbers are of low precision, in units of their rounding: of a
# derivative itself, and of the largest one of the same argument.
OWN_ROUNDINGS, SHARED_ROUNDINGS = 2000, 50


@dataclass(frozen=True)
class Tools:
    """What is put to the test: `grad`, `vjp` and `jvp`, or what stands in for them."""

    grad: Callable
    vjp: Callable
    jvp: Callable


class Comparison:
    """One function at one point."""

    def __init__(
        self,
        f: Callable,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        wrt: str | int | Sequence[str | int] | None,
        tools: Tools,
        rtol: float,
        atol: float,
        rng: np.random.Generator,
    ) -> None:
        self.f, self.wrt, self.tools = f, wrt, tools
        signature = inspect.signature(f)
        self.bound = _bound(signature, name_of(f), args, kwargs)
        self.names = _chosen(signature, wrt)
        if not set(self.names) <= set(self.bound.arguments):
            self.bound.apply_defaults()
        self.points = {name: self.bound.arguments[name] for name in self.names}
        self.value, self.after = self.run(self.points)
        outputs = trees.leaves(self.value)
        if not outputs:
            raise ArgumentError(f"{name_of(f)} returns no real number")
        again, _ = self.run(self.points)
        if not np.array_equal(outputs, trees.leaves(again), equal_nan=True):
            raise ArgumentError(
                f"{name_of(f)} returns another value each time: pass in what is random"
            )
        scalar = trees.is_number(self.value)
        self.weights = [1.0] if scalar else rng.standard_normal(len(outputs)).tolist()
        self.rng = rng
        self.eps = eps = max(_precision(v) for v in (self.value, *self.points.values()))
        low = eps > EPS
        self.atol, self.rtol = atol, max(rtol, OWN_ROUNDINGS * eps) if low else rtol
        self.exact = SHARED_ROUNDINGS * eps if low else 1e-9  # between two sums of the same terms
        self.slack = self.exact if low else 0.0

    def arguments(self, points: Mapping[str, Any]) -> inspect.BoundArguments:
        """Return copies of the arguments, with other values for those that are differentiated."""
        arguments = {**self.bound.arguments, **points}
        return inspect.BoundArguments(self.bound.signature, copy.deepcopy(arguments))

    def run(self, points: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Return the value of f, and its arguments as it left them."""
        bound = self.arguments(points)
        with _quiet():
            value = self.f(*bound.args, **bound.kwargs)
        return value, bound.arguments

    def scalar(self) -> Callable:
        """Return f, or, where its result is not one number, the weighted sum of its results."""
        if trees.is_number(self.value):
            return self.f
        return _weighted(self.f, self.bound, self.value, self.weights)

    def rows(self, modes: Sequence[str]) -> Iterator[Row]:
        """Yield what `modes` say of each leaf, beside the difference."""
        slopes = {name: self.slopes(name) for name in self.names}
        backward = self.backward() if "rev" in modes else None
        forward = None
        if isinstance(backward, Row):
            yield backward
        elif backward is not None:
            yield from self.judged("rev", slopes, backward)
        if "fwd" in modes:
            forward = self.forward(slopes)
            if isinstance(forward, Row):
                yield forward
            else:
                yield from self.judged("fwd", slopes, forward)
        if isinstance(backward, dict) and isinstance(forward, dict):
            yield self.dot(slopes, backward)

    # -- the three ways to a derivative ------------------------------------------------------

    def slopes(self, name: str) -> list[Slope]:
        """Measure the slope of the weighted result along each leaf of an argument."""
        point = trees.widened(self.points[name])
        base = trees.leaves(point)

        def along(k: int) -> Callable[[float], float]:
            def phi(t: float) -> float:
                # An int stays one where it is not moved.
                moved = [leaf + t if j == k and t else leaf for j, leaf in enumerate(base)]
                value, _ = self.run({name: trees.rebuild(point, moved)})
                leaves = trees.leaves(value)
                if len(leaves) != len(self.weights):
                    return math.nan
                return math.fsum(w * leaf for w, leaf in zip(self.weights, leaves, strict=True))

            return phi

        return [slope(along(k), x, self.rtol, self.atol, self.eps) for k, x in enumerate(base)]

    def backward(self) -> dict[str, list[Any]] | Row:
        """Return the leaves of each gradient, or a row that says why there are none."""
        bound = self.arguments(self.points)
        with _quiet():
            value, pullback = self.tools.vjp(self.f, wrt=self.wrt)(*bound.args, **bound.kwargs)
        wrong = self.differs("rev", value, bound.arguments)
        if wrong:
            return wrong
        weights = trees.rebuild(self.value, self.weights)
        with _quiet():
            gradients = pullback(weights)
        bare = isinstance(self.wrt, str | int) or self.wrt is None and len(self.names) == 1
        gradients = (gradients,) if bare else gradients
        if not isinstance(gradients, tuple) or len(gradients) != len(self.names):
            note = f"{len(self.names)} gradients expected, not {type(gradients).__name__}"
            return Row("gradients", "", "rev", None, None, "wrong", note)
        result = {}
        for name, gradient in zip(self.names, gradients, strict=True):
            try:
                result[name] = trees.aligned(self.points[name], gradient)
            except ValueError as difference:
                return Row(name, name, "rev", None, None, "wrong", str(difference))
        return result

    def forward(self, slopes: Mapping[str, list[Slope]]) -> dict[str, list[Any]] | Row:
        """Return the derivative of the weighted result along each leaf, one jvp a leaf."""
        result: dict[str, list[Any]] = {}
        for name in self.names:
            size = len(slopes[name])
            result[name] = []
            for k in range(size):
                if slopes[name][k].discrete:
                    result[name].append(None)
                    continue
                tangent = [1.0 if j == k else 0.0 for j in range(size)]
                slope_along = self.along(slopes, {name: tangent})
                if isinstance(slope_along, Row):
                    return slope_along
                result[name].append(slope_along)
        return result

    def along(
        self, slopes: Mapping[str, list[Slope]], directions: Mapping[str, list[float]]
    ) -> float | Row:
        """Return the derivative of the weighted result along a direction, by jvp."""
        tangents: list[Any] = []
        for name in self.names:
            if all(s.discrete for s in slopes[name]):
                tangents.append(None)  # an index, a string: it has no tangent
            else:
                direction = directions.get(name, [0.0] * len(slopes[name]))
                tangents.append(trees.rebuild(self.points[name], direction))
        bound = self.arguments(self.points)
        with _quiet():
            transformed = self.tools.jvp(self.f, wrt=self.wrt)
            value, tangent = transformed(_in_a_row(bound), tuple(tangents))
        wrong = self.differs("fwd", value, bound.arguments)
        if wrong:
            return wrong
        try:
            leaves = trees.aligned(self.value, tangent)
        except ValueError as difference:
            return Row("tangent", "", "fwd", None, None, "wrong", str(difference))
        return math.fsum(w * (leaf or 0.0) for w, leaf in zip(self.weights, leaves, strict=True))

    # -- what is made of them ----------------------------------------------------------------

    def judged(
        self, mode: str, slopes: Mapping[str, list[Slope]], analytic: Mapping[str, list[Any]]
    ) -> Iterator[Row]:
        """Yield a row a leaf."""
        for name in self.names:
            paths = trees.paths(self.points[name])
            largest = max((abs(s.value) for s in slopes[name] if s.smooth), default=0.0)
            atol = self.atol + self.slack * largest
            for path, value, measured in zip(paths, analytic[name], slopes[name], strict=True):
                status = measured.status
                if measured.smooth:
                    allowed = atol + self.rtol * abs(measured.value) + 4 * measured.error
                    # No gradient is as good as a zero one; nan is never within what is allowed.
                    status = "ok" if abs((value or 0.0) - measured.value) <= allowed else "wrong"
                numeric = measured.value if measured.smooth else None
                yield Row(name + path, name, mode, value, numeric, status, measured.note)

    def dot(self, slopes: Mapping[str, list[Slope]], gradients: Mapping[str, list[Any]]) -> Row:
        """Return the row of the dot-product test, along one random direction."""
        directions = {
            name: [0.0 if s.discrete else float(self.rng.standard_normal()) for s in slopes[name]]
            for name in self.names
        }
        products = [
            v * (g or 0.0)
            for name in self.names
            for v, g in zip(directions[name], gradients[name], strict=True)
        ]
        forward = self.along(slopes, directions)
        if isinstance(forward, Row):
            return forward
        backward = math.fsum(products)
        allowed = self.atol + self.exact * math.fsum(map(abs, products))
        status = "ok" if abs(forward - backward) <= allowed else "wrong"
        note = "" if status == "ok" else "numeric is <J v, w> by jvp"
        return Row("<v, J^T w>", "", "dot", backward, forward, status, note)

    def differs(self, mode: str, value: Any, after: Mapping[str, Any]) -> Row | None:
        """Return a row if the value is not that of f, or the arguments were left otherwise."""
        pairs = [("value", self.value, value)]
        pairs += [(name, self.after[name], after[name]) for name in self.after]
        for name, expected, got in pairs:
            if len(trees.leaves(expected)) != len(trees.leaves(got)):
                note = "has another structure than f leaves"
                return Row(name, "", mode, None, None, "wrong", note)
            parts = trees.paths(expected), trees.leaves(expected), trees.leaves(got)
            for path, a, b in zip(*parts, strict=True):
                if not np.isclose(b, a, rtol=self.exact, atol=self.exact, equal_nan=True):
                    note = "a value, beside the value that f computes"
                    return Row(name + path, "", mode, float(b), float(a), "wrong", note)
        return None


def _bound(
    signature: inspect.Signature, name: str, args: Any, kwargs: Mapping[str, Any]
) -> inspect.BoundArguments:
    """Bind a call's arguments, with an error for those who forgot that they are a sequence."""
    if isinstance(args, str | bytes) or not isinstance(args, Sequence):
        kind = type(args).__name__
        raise ArgumentError(f"args are the arguments in a tuple, as in (x,), not a bare {kind}")
    try:
        return signature.bind(*args, **kwargs)
    except TypeError as error:
        hint = "" if isinstance(args, tuple) else "; args are the arguments in a tuple, as in (x,)"
        raise ArgumentError(f"{name} cannot be called with these args: {error}{hint}") from None


def _weighted(
    f: Callable, bound: inspect.BoundArguments, value: Any, weights: Sequence[float]
) -> Callable:
    """Return the function that adds up the results of f with weights, as source text would."""
    own = [_free(name, bound.arguments) for name in ("f", "np", "value", "weights")]
    function, numpy, result, factors = own
    namespace: dict[str, Any] = {function: f, numpy: np}
    terms: list[str] = []
    rest = iter(weights)

    def visit(part: Any, access: str) -> None:
        if trees.is_number(part):
            terms.append(f"{next(rest)!r} * {access}")
        elif trees.is_float_array(part):
            name = f"{factors}_{len(terms)}"
            namespace[name] = trees.rebuild(part, [next(rest) for _ in range(part.size)])
            terms.append(f"{numpy}.sum({name} * {access})")
        else:
            for step, child in trees.children(part):
                visit(child, access + step)

    visit(value, result)
    parameters = bound.signature.parameters
    kinds = {name: parameters[name].kind for name in bound.arguments}
    if any(kind.name.startswith("VAR_") for kind in kinds.values()):
        raise ArgumentError(f"{name_of(f)} takes *args or **kwargs: no second order")
    passed = [f"{n}={n}" if kinds[n].name == "KEYWORD_ONLY" else n for n in kinds]
    text = (
        f"def weighted({', '.join(kinds)}):\n"
        f"    {result} = {function}({', '.join(passed)})\n"
        f"    return {' + '.join(terms)}\n"
    )
    return load(text, "weighted", namespace, f"weighted {name_of(f)}")


def _free(name: str, taken: Iterable[str]) -> str:
    """Return a name that no parameter has."""
    while name in taken:
        name += "_"
    return name


def _chosen(signature: inspect.Signature, wrt: str | int | Sequence[str | int] | None) -> list[str]:
    """Return the names of the parameters that `wrt` stands for."""
    parameters = list(signature.parameters.values())
    if wrt is None:
        return [p.name for p in parameters if p.default is p.empty and "VAR_" not in p.kind.name]
    names = [p.name for p in parameters]
    chosen = [wrt] if isinstance(wrt, str | int) else list(wrt)
    for w in chosen:
        if (w not in names) if isinstance(w, str) else not -len(names) <= w < len(names):
            meant = did_you_mean(str(w), names)
            raise ArgumentError(f"wrt={w!r} is no parameter: they are {', '.join(names)}{meant}")
    return [w if isinstance(w, str) else names[w] for w in chosen]


def _precision(value: Any) -> float:
    """Return the rounding unit of the coarsest number in a structure."""
    if trees.is_float_array(value) or isinstance(value, np.floating):
        return float(max(np.finfo(value.dtype).eps, EPS))
    parts = [_precision(child) for _, child in trees.children(value)]
    return max(parts, default=EPS)


def _in_a_row(bound: inspect.BoundArguments) -> tuple[Any, ...]:
    """Return arguments as `jvp` takes them: all by position, those by keyword only last."""
    if bound.kwargs:
        bound.apply_defaults()
    return (*bound.args, *bound.kwargs.values())


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Drop what is printed: the function runs some hundred times."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


def name_of(f: Callable) -> str:
    """Return what a function is called, for a message."""
    return getattr(f, "__name__", None) or repr(f)
