"""Random expressions over whole arrays of any rank: NumPy as it is written in earnest.

Everything is written for a shape that is wanted, so that shapes always fit: a sum of `(3,)` along
an axis needs a matrix with three rows or columns, and so on, down to what variables there are.
"""

from __future__ import annotations

from collections.abc import Callable

from .arrays import Arrays, Shape
from .expressions import Bounded
from .scope import ARRAY, BOUND, DRIFT

INTS = "ints"  # the kind of an array of subscripts

Options = list[tuple[float, Callable[[], Bounded | None]]]

SMOOTH = {  # name: how to keep the argument where it is defined, and the bound of the result
    "sin": ("{}", 1.0),
    "cos": ("{}", 1.0),
    "tanh": ("{}", 1.0),
    "arctan": ("{}", 1.6),
    "arcsinh": ("{}", 3.0),
    "exp": ("np.tanh({})", 2.8),
    "expm1": ("np.sin({})", 1.8),
    "exp2": ("np.cos({})", 2.0),
    "sinh": ("np.tanh({})", 1.2),
    "cosh": ("np.sin({})", 1.6),
    "log": ("1.0 + ({}) ** 2", 3.2),
    "log1p": ("({}) ** 2", 3.2),
    "log2": ("2.0 + np.sin({})", 1.6),
    "sqrt": ("0.5 + ({}) * ({})", 3.2),
    "cbrt": ("1.5 + np.cos({})", 1.4),
    "reciprocal": ("1.5 + np.sin({})", 2.0),
    "arcsin": ("0.5 * np.tanh({})", 1.0),
    "square": ("np.tanh({})", 1.0),
    "sinc": ("{}", 1.0),
    "positive": ("np.sin({})", 1.0),
}


def size(shape: Shape) -> int:
    """Return how many elements an array has."""
    result = 1
    for n in shape:
        result *= n
    return result


class Whole(Arrays):
    """Writes expressions over whole arrays, where the feature `numpy` is asked for."""

    # -- numbers ------------------------------------------------------------------------------

    def array_options(self, depth: int) -> Options:  # type: ignore[override]
        options = super().array_options(depth)
        if not self.has("numpy") or not self.of_kind(ARRAY):
            return options  # type: ignore[return-value]
        options = [(6, lambda: self.reduced_array(depth)), (2, lambda: self.inner_product(depth))]
        return options  # type: ignore[return-value]

    def any_shape(self) -> Shape:
        """Return the shape of a variable, or another."""
        known = [v.shape for v in self.of_kind(ARRAY)]
        if known and self.chance(0.75):
            return self.rng.choice(known)
        rank = self.rng.choice((1, 1, 2, 2, 2, 3))
        return tuple(self.rng.choice((1, 2, 2, 3)) for _ in range(rank))

    def mask(self, shape: Shape, sign: str) -> str:
        """Return a comparison of an array of a shape with a number."""
        return f"{self.array(shape, 0)[0]} {sign} {self.rng.choice((0.1, -0.3, 0.55))}"

    def reduced_array(self, depth: int) -> Bounded:
        """Return an array reduced to a number."""
        shape = self.any_shape()
        text, bound = self.array(shape, depth - 1)
        count = max(size(shape), 1)
        match self.rng.randrange(16):
            case 0 | 1 | 2:
                return f"np.sum({text})", bound * count / 2
            case 3:
                return f"({text}).sum()", bound * count / 2
            case 4:
                return f"np.mean({text})", bound
            case 5:
                return f"np.var({text})", bound * bound
            case 6:
                mask = self.mask(shape, ">")
                return f"np.sum({text}, where={mask})", bound * count / 2
            case 7:
                mask = self.mask(shape, "<")
                return f"np.sum(({text})[{mask}])", bound * count / 2
            case 8:
                return f"np.linalg.norm(2.5 + np.sin({text}))", 3.5 * count
            case 9:
                return f"np.prod(1.0 + 0.3 * np.sin({text}))", 1.3**count
            case 10 if self.has("kinks"):
                return f"np.{self.rng.choice(('max', 'min', 'median'))}({text})", bound
            case 11:
                axes = self.rng.choice((0, -1))
                return f"np.tanh(np.sum({text}, axis={axes})).sum()", float(count)
            case 12 if len(shape) == 2:
                return f"np.trace({text})", bound * count / 2
            case 13:
                return f"np.std(np.sin({text}) + np.arange({size(shape)}.0).reshape({shape}))", 3.0
            case 14:
                lo = self.rng.randint(0, 2)
                return f"np.sum(({text})[{lo}:{lo}])", 0.0
            case 15:
                return f"float(np.sum({text}))", bound * count / 2
        return f"np.sum(({text}) ** 2)", bound * bound * count / 2

    def inner_product(self, depth: int) -> Bounded:
        n = self.rng.choice([v.shape[-1] for v in self.of_kind(ARRAY)])
        left, a = self.array((n,), depth - 1)
        right, b = self.array((n,), depth - 1)
        names = ("np.dot({}, {})", "({}) @ ({})", "np.inner({}, {})", "np.vdot({}, {})")
        names += ("np.einsum('i,i->', {}, {})", "({}).dot({})", "np.einsum('i,i', {}, {})")
        return f"({self.rng.choice(names).format(left, right)})", n * a * b

    # -- arrays -------------------------------------------------------------------------------

    def array(self, shape: Shape, depth: int) -> Bounded:
        if not self.has("numpy"):
            return super().array(shape, depth)
        if not shape:
            return self.atom() if depth <= 0 else self.raw(min(depth, 1))
        if depth <= 0 or self.chance(0.1):
            sources = self.sources(shape)
            if sources:
                return self.rng.choice(sources), self.typical(BOUND)
            return self.made(shape)
        options: Options = [
            (5, lambda: self.combined(shape, depth)),
            (3, lambda: self.mapped(shape, depth)),
            (2, lambda: self.reduced_along(shape, depth)),
            (2, lambda: self.product(shape, depth)),
            (2.5, lambda: self.moved(shape, depth)),
            (2, lambda: self.joined(shape, depth)),
            (2, lambda: self.running(shape, depth)),
            (2.5, lambda: self.picked(shape, depth)),
            (0.7, lambda: self.made(shape)),
        ]
        if self.has("kinks"):
            options.append((1.5, lambda: self.chosen(shape, depth)))
        helpers = self.callable(ARRAY, shape)
        if helpers:
            options.append((2, lambda: (self.call(self.rng.choice(helpers)), DRIFT)))
        weights = [weight for weight, _ in options]
        found = self.rng.choices([option for _, option in options], weights)[0]()
        return found or self.combined(shape, depth)

    def part_of(self, shape: Shape) -> Shape:
        """Return a shape that is broadcast to this one."""
        if self.chance(0.5):
            return shape
        short = shape[self.rng.randint(0, len(shape)) :]
        return tuple(1 if self.chance(0.3) else n for n in short)

    def combined(self, shape: Shape, depth: int) -> Bounded:
        """Two arrays, one of which may be broadcast."""
        left, a = self.array(shape, depth - 1)
        right, b = self.array(self.part_of(shape), depth - 1)
        if self.chance(0.4):
            left, a, right, b = right, b, left, a
        match self.rng.randrange(13):
            case 0 | 1:
                return f"({left} + {right})", a + b
            case 2:
                return f"({left} - {right})", a + b
            case 3 | 4 | 5:
                return f"({left} * {right})", a * b
            case 6:
                return f"({left} / (1.5 + np.sin({right})))", 2 * a
            case 7:
                return f"np.arctan2({left}, 2.0 + np.cos({right}))", 1.6
            case 8:
                return f"np.hypot({left}, 1.0 + ({right}) ** 2)", a + b * b
            case 9:
                return f"np.logaddexp({left}, {right})", max(a, b) + 0.7
            case 10:
                return f"(1.5 + np.sin({left})) ** ({right})", 2.5 ** min(b, 6)
            case 11:
                name = self.rng.choice(("add", "subtract", "multiply"))
                return f"np.{name}({left}, {right})", max(a + b, a * b)
        return f"({left} * {right} + {left})", a * b + a

    def mapped(self, shape: Shape, depth: int) -> Bounded:
        if not self.has("numpy"):
            return super().mapped(shape, depth)
        text, a = self.array(shape, depth - 1)
        match self.rng.randrange(10):
            case 0:
                return f"(-({text}))", a
            case 1:
                return f"({text}) ** {self.rng.choice((2, 3))}", a**3
            case 2:
                return f"({text}).copy()", a
            case 3:
                return f"({text}).astype(float)", a
            case 4:
                dims = tuple(n for n in shape)
                return f"(np.broadcast_to({text}, {dims}) + 0.5)", a + 0.5
        name = self.rng.choice(list(SMOOTH))
        inner, bound = SMOOTH[name]
        return f"np.{name}({inner.replace('{}', text)})", bound

    def chosen(self, shape: Shape, depth: int) -> Bounded:
        """What has kinks: `where`, `clip`, `maximum` ..."""
        left, a = self.array(shape, depth - 1)
        right, b = self.array(self.part_of(shape), depth - 1)
        test = self.mask(self.part_of(shape), ">")
        match self.rng.randrange(7):
            case 0 | 1:
                return f"np.where({test}, {left}, {right})", max(a, b)
            case 2:
                return f"np.clip({left}, {self.rng.choice((-0.5, -1.0, 0.05))}, 1.2)", min(a, 1.2)
            case 3:
                return f"np.abs({left})", a
            case 4:
                return f"(({test}) * {left})", a
            case 5:
                return f"np.sort({left}, axis={self.axis(shape)})", a
        name = self.rng.choice(("maximum", "minimum", "fmax"))
        return f"np.{name}({left}, {right})", max(a, b)

    def axis(self, shape: Shape) -> int:
        return self.rng.randrange(-len(shape), len(shape))

    # -- reductions, products -----------------------------------------------------------------

    def reduced_along(self, shape: Shape, depth: int) -> Bounded:
        """A larger array, reduced along an axis."""
        k, n = self.rng.randint(0, len(shape)), self.rng.choice((1, 2, 3))
        larger = (*shape[:k], n, *shape[k:])
        axis: object = k if self.chance(0.5) else k - len(larger)
        keep = ""
        ones = [i for i, d in enumerate(shape) if d == 1]
        if ones and self.chance(0.7):
            k = self.rng.choice(ones)
            larger, axis, keep = (*shape[:k], n, *shape[k + 1 :]), k, ", keepdims=True"
        elif self.chance(0.15) and len(shape) < 3:
            larger, axis = (n, *shape, 2), (0, -1)
            n *= 2
        if len(larger) > 4 or size(larger) > 40:
            return self.combined(shape, depth)
        text, a = self.array(larger, depth - 1)
        match self.rng.randrange(9):
            case 0 | 1 | 2:
                return f"np.sum({text}, axis={axis}{keep})", n * a / 1.5
            case 3:
                return f"({text}).sum(axis={axis}{keep})", n * a / 1.5
            case 4:
                return f"({text}).mean({axis}{keep})", a
            case 5:
                return f"np.prod(1.0 + 0.4 * np.sin({text}), axis={axis}{keep})", 2.0
            case 6:
                return f"np.var({text}, axis={axis}{keep})", a * a
            case 7 if self.has("kinks"):
                name = self.rng.choice(("max", "min", "amax"))
                return f"np.{name}({text}, axis={axis}{keep})", a
        mask = self.mask(larger, "<")
        return f"np.sum({text}, axis={axis}{keep}, where={mask})", n * a / 1.5

    def product(self, shape: Shape, depth: int) -> Bounded | None:
        """A matrix product, or one like it."""
        k = self.rng.choice((1, 2, 3))

        def two(first: Shape, second: Shape, *forms: str) -> Bounded:
            left, a = self.array(first, depth - 1)
            right, b = self.array(second, depth - 1)
            return self.rng.choice(forms).format(left, right), k * a * b / 1.5

        if len(shape) == 1:
            (n,) = shape
            if self.chance(0.5):
                forms = ("(({}) @ ({}))", "np.dot({}, {})", "np.einsum('ij,j->i', {}, {})")
                return two((n, k), (k,), *forms)
            forms = ("(({}) @ ({}))", "np.matmul({}, {})", "np.tensordot({}, {}, axes=1)")
            return two((k,), (k, n), *forms)
        if len(shape) == 2:
            m, n = shape
            match self.rng.randrange(6):
                case 0:
                    k = 1
                    forms = ("np.outer({}, {})", "np.multiply.outer({}, {})")
                    return two((m,), (n,), *forms, "np.einsum('i,j->ij', {}, {})")
                case 1:
                    forms = ("np.einsum('ki,kj->ij', {}, {})", "(({}).T @ ({}))")
                    return two((k, m), (k, n), *forms)
                case 2:
                    forms = ("np.tensordot({}, {}, axes=(1, 1))", "(({}) @ ({}).T)")
                    return two((m, k), (n, k), *forms, "np.inner({}, {})")
                case 3 if m == n:
                    text, a = self.array(shape, depth - 1)
                    inverse = f"np.linalg.inv(4.0 * np.eye({m}) + np.sin({text}))"
                    return inverse, 1.0
                case 4:
                    matrix, _ = self.array((m, m), depth - 1)
                    text, a = self.array(shape, depth - 1)
                    return f"np.linalg.solve(4.0 * np.eye({m}) + np.cos({matrix}), {text})", a
            forms = ("(({}) @ ({}))", "np.dot({}, {})", "np.einsum('ik,kj->ij', {}, {})")
            return two((m, k), (k, n), *forms)
        if len(shape) == 3:
            b, m, n = shape
            if self.chance(0.5):
                forms = ("(({}) @ ({}))", "np.matmul({}, {})")
                return two((b, m, k), (k, n) if self.chance(0.4) else (b, k, n), *forms)
            return two((b, m, k), (b, k, n), "np.einsum('bik,bkj->bij', {}, {})")
        return None

    # -- movement -----------------------------------------------------------------------------

    def moved(self, shape: Shape, depth: int) -> Bounded | None:
        """The same elements in other places, or some of them twice."""
        axis = self.axis(shape)
        match self.rng.randrange(11):
            case 0:
                text, a = self.array(shape[::-1], depth - 1)
                return f"({text}).T", a
            case 1 if size(shape):
                known = [v.shape for v in self.of_kind(ARRAY) if size(v.shape) == size(shape)]
                text, a = self.array(self.rng.choice([*known, (size(shape),)]), depth - 1)
                if len(shape) > 1 and self.chance(0.5):
                    return f"({text}).reshape({', '.join(map(str, shape[:-1]))}, -1)", a
                return f"np.reshape({text}, {shape})", a
            case 2 if len(shape) == 1:
                factors = [d for d in (1, 2, 3) if shape[0] % d == 0]
                d = self.rng.choice(factors)
                text, a = self.array((d, shape[0] // d), depth - 1)
                return self.rng.choice((f"({text}).ravel()", f"({text}).flatten()")), a
            case 3:
                text, a = self.array(shape, depth - 1)
                ways = (f"np.flip({text}, axis={axis})", f"np.flip({text})", f"({text})[::-1]")
                return self.rng.choice(ways), a
            case 4 | 5:
                text, a = self.array(shape, depth - 1)
                shift = self.rng.choice((1, -1, 2))
                return f"np.roll({text}, {shift}{self.rng.choice(('', f', axis={axis}'))})", a
            case 6 if len(shape) > 1:
                text, a = self.array((*shape[:-2], shape[-1], shape[-2]), depth - 1)
                return f"np.swapaxes({text}, -1, -2)", a
            case 7 if shape[axis] % 2 == 0:
                half = list(shape)
                half[axis] //= 2
                text, a = self.array(tuple(half), depth - 1)
                if axis in (-1, len(shape) - 1) and self.chance(0.5):
                    return f"np.tile({text}, 2)", a
                return f"np.repeat({text}, 2, axis={axis})", a
            case 8 if 1 in shape:
                k = shape.index(1)
                text, a = self.array(shape[:k] + shape[k + 1 :], depth - 1)
                return f"np.expand_dims({text}, {k})", a
            case 9 if len(shape) < 3:
                text, a = self.array((1, *shape), depth - 1)
                return self.rng.choice((f"np.squeeze({text}, axis=0)", f"({text})[0]")), a
            case 10 if len(shape) == 3:
                text, a = self.array((shape[2], shape[0], shape[1]), depth - 1)
                return f"np.moveaxis({text}, 0, -1)", a
        text, a = self.array(shape, depth - 1)
        return f"np.asarray({text})", a

    def joined(self, shape: Shape, depth: int) -> Bounded | None:
        """Several arrays made one, or one of the parts of an array."""
        axis = self.axis(shape)
        length = shape[axis]
        match self.rng.randrange(7):
            case 0 | 1 if length > 1:
                first = self.rng.randint(1, length - 1)
                parts = []
                bound = 0.0
                for n in (first, length - first):
                    text, a = self.array(self.with_length(shape, axis, n), depth - 1)
                    parts.append(text)
                    bound = max(bound, a)
                if len(shape) == 1 and self.chance(0.5):
                    return f"np.hstack([{parts[0]}, {parts[1]}])", bound
                return f"np.concatenate(({parts[0]}, {parts[1]}), axis={axis})", bound
            case 2 if length <= 3 and len(shape) > 1:
                k = axis % len(shape)
                rows = [self.array(shape[:k] + shape[k + 1 :], depth - 1) for _ in range(length)]
                texts = ", ".join(text for text, _ in rows)
                bound = max((a for _, a in rows), default=0.0)
                if k == 0 and self.chance(0.5):
                    return f"np.array([{texts}])", bound
                return f"np.stack([{texts}], axis={axis})", bound
            case 3:
                text, a = self.array(self.with_length(shape, axis, 2 * length), depth - 1)
                return f"np.split({text}, 2, axis={axis})[{self.rng.choice((0, 1, -1))}]", a
            case 4 if len(shape) == 1 and length > 1:
                text, a = self.array((length - 1,), depth - 1)
                return f"np.append({text}, {self.number(BOUND, 1)})", max(a, BOUND)
            case 5 if length > 2 and len(shape) == 1:
                text, a = self.array((length - 2,), depth - 1)
                return f"np.pad({text}, 1)", a
            case 6 if len(shape) == 2 and shape[0] > 1:
                top, a = self.array((1, shape[1]), depth - 1)
                below, b = self.array((shape[0] - 1, shape[1]), depth - 1)
                return f"np.vstack(({top}, {below}))", max(a, b)
        return None

    @staticmethod
    def with_length(shape: Shape, axis: int, length: int) -> Shape:
        """Return a shape with another length along an axis."""
        lengths = list(shape)
        lengths[axis] = length
        return tuple(lengths)

    def running(self, shape: Shape, depth: int) -> Bounded | None:
        """Sums and differences along an axis; triangles and diagonals."""
        axis = self.axis(shape)
        match self.rng.randrange(6):
            case 0:
                text, a = self.array(shape, depth - 1)
                return f"np.cumsum({text}, axis={axis})", a * shape[axis]
            case 1:
                text, a = self.array(self.with_length(shape, axis, shape[axis] + 1), depth - 1)
                return f"np.diff({text}, axis={axis})", 2 * a
            case 2:
                text, a = self.array(shape, depth - 1)
                return f"np.cumprod(1.0 + 0.3 * np.sin({text}), axis={axis})", 2.0
            case 3 if len(shape) == 1:
                text, a = self.array((shape[0], shape[0]), depth - 1)
                return f"np.diag({text})", a
            case 4 | 5 if len(shape) == 2:
                if shape[0] == shape[1] and self.chance(0.4):
                    text, a = self.array(shape[:1], depth - 1)
                    return f"np.diag({text})", a
                text, a = self.array(shape, depth - 1)
                k = self.rng.choice(("", ", 1", ", k=-1"))
                return f"np.{self.rng.choice(('tril', 'triu'))}({text}{k})", a
        return None

    # -- indexing -----------------------------------------------------------------------------

    def picked(self, shape: Shape, depth: int) -> Bounded | None:
        """A part of an array that is larger, or smaller where elements are picked twice."""
        source = list(shape)
        for k, n in enumerate(shape):
            if self.chance(0.5):
                source[k] = n + self.rng.choice((1, 2))
        if len(source) < 3 and self.chance(0.4):
            source.insert(self.rng.randint(0, len(source)), self.rng.choice((1, 2, 3)))
        text, a = self.array(tuple(source), depth - 1)
        subscript = self.subscript(tuple(source), shape, advanced=True)
        return (f"({text})[{subscript}]", a) if subscript else None

    def subscript(self, source: Shape, shape: Shape, advanced: bool = False) -> str:
        """Return a subscript that leaves a shape of another, or nothing."""
        spare = len(source) - len(shape)
        if spare < 0:
            if spare == -1 and 1 in shape:
                k = shape.index(1)
                inner = self.subscript(source, shape[:k] + shape[k + 1 :])
                parts = inner.split(", ") if inner else []
                if inner and "..." not in parts and len(parts) == len(source) and "[" not in inner:
                    if all(":" in p for p in parts):
                        return ", ".join([*parts[:k], "None", *parts[k:]])
            return ""
        gone = sorted(self.rng.sample(range(len(source)), spare))
        kept = [k for k in range(len(source)) if k not in gone]
        fancy = self.rng.choice(kept) if advanced and not gone and kept else -1
        parts = []
        for k, length in enumerate(source):
            if k in gone:
                if not length:
                    return ""
                parts.append(self.index(length))
                continue
            wanted = shape[kept.index(k)]
            if k == fancy and length and self.chance(0.4):
                parts.append(self.places(length, wanted))
            elif wanted == length and self.chance(0.85):
                parts.append(":")
            elif wanted <= length:
                parts.append(self.slice(length, wanted))
            else:
                return ""
        if len(parts) > 1 and parts[-1] == ":" and self.chance(0.4):
            parts[-1:] = ["..."] if self.chance(0.5) else []
        return ", ".join(parts)

    def places(self, length: int, count: int) -> str:
        """Return an array of subscripts, some of them twice."""
        known = [v for v in self.of_kind(INTS) if v.shape == (count,) and v.hi < length]
        if known and self.chance(0.6):
            return self.rng.choice(known).name
        found = [self.rng.randrange(-1 if self.chance(0.2) else 0, length) for _ in range(count)]
        return f"np.array({found}, dtype=int)" if self.chance(0.3) or not found else str(found)

    def sources(self, shape: Shape) -> list[str]:
        if not self.has("numpy"):
            return super().sources(shape)
        found = []
        for var in self.of_kind(ARRAY):
            if var.shape == shape:
                found += [var.name] * 4
                continue
            if var.shape[::-1] == shape:
                found.append(f"{var.name}.T")
            subscript = self.subscript(var.shape, shape)
            if subscript:
                found.append(f"{var.name}[{subscript}]")
        return found

    def made(self, shape: Shape) -> Bounded:
        if not self.has("numpy"):
            return super().made(shape)
        like = [v.name for v in self.of_kind(ARRAY) if v.shape == shape]
        if like and self.chance(0.3):
            name = self.rng.choice(like)
            return self.rng.choice((f"np.zeros_like({name})", f"np.ones_like({name})")), 1.0
        roll = self.rng.random()
        if len(shape) == 1 and roll < 0.5:
            parts = [self.number(BOUND, 1) for _ in range(shape[0])]
            return f"np.array([{', '.join(parts)}], dtype=float)", BOUND
        if len(shape) == 2 and roll < 0.5 and size(shape) <= 4:
            rows = [[self.number(BOUND, 0) for _ in range(shape[1])] for _ in range(shape[0])]
            lines = [f"[{', '.join(row)}]" for row in rows]
            return f"np.array([{', '.join(lines)}], dtype=float)", BOUND
        if len(shape) == 2 and shape[0] == shape[1] and roll < 0.6:
            return f"np.eye({shape[0]})", 1.0
        if roll < 0.75:
            return f"np.full({shape}, 1.0 * ({self.number(BOUND, 0)}))", BOUND
        if len(shape) == 1 and roll < 0.85:
            return f"np.linspace({self.number(BOUND, 0)}, 1.0, {shape[0]})", BOUND
        if roll < 0.9:
            return f"np.ones({shape})", 1.0
        if len(shape) == 1 and roll < 0.95:
            ints = [self.rng.randint(-1, 2) for _ in range(shape[0])]
            return f"(0.5 * np.array({ints}))", 1.0
        return f"np.linspace(-1.0, 1.5, {size(shape)}).reshape({shape})", 1.5
