"""Random array expressions and statements: NumPy, one and two axes."""

from __future__ import annotations

from collections.abc import Callable

from .expressions import Bounded, Expressions
from .scope import ARRAY, BOUND, DRIFT, Var

Shape = tuple[int, ...]


class Arrays(Expressions):
    """Writes what arrays take part in."""

    # -- floats made of arrays ----------------------------------------------------------------

    def array_options(self, depth: int) -> list[tuple[float, Callable[[], Bounded]]]:
        options: list[tuple[float, Callable[[], Bounded]]] = []
        if self.arrays(1) or self.arrays(2):
            options.append((2.5, lambda: self.total(depth)))
        if self.arrays(1):
            options.append((1, lambda: self.inner(depth)))
        return options

    def total(self, depth: int) -> Bounded:
        var = self.rng.choice(self.arrays(1) + self.arrays(2))
        shape = var.shape if self.chance(0.7) else self.part(var.shape)
        size = 1
        for n in shape:
            size *= n
        text, bound = self.array(shape, depth - 1)
        bound *= size / 2
        match self.rng.randrange(6):
            case 0 | 1:
                return f"np.sum({text})", bound
            case 2:
                return f"np.mean({text})", bound / size
            case 3 if shape == var.shape:
                return f"{var.name}.sum()", size * self.typical(BOUND)
            case 4 if len(shape) == 2:
                inner = f"np.sum({text}, axis={self.rng.choice((0, 1, -1))})"
                return f"np.sum(np.tanh({inner}))", size
        return f"({text}).sum()", bound

    def inner(self, depth: int) -> Bounded:
        n = self.rng.choice(self.arrays(1)).shape[0]
        left, a = self.array((n,), depth - 1)
        right, b = self.array((n,), depth - 1)
        if self.chance(0.5):
            return f"np.dot({left}, {right})", n * a * b / 2
        return f"(({left}) @ ({right}))", n * a * b / 2

    def part(self, shape: Shape) -> Shape:
        """Return the shape of a slice."""
        if len(shape) == 2:
            return shape if self.chance(0.4) else (shape[self.rng.randrange(2)],)
        return (max(1, shape[0] - self.rng.randint(1, 2)),)

    # -- arrays -------------------------------------------------------------------------------

    def array(self, shape: Shape, depth: int) -> Bounded:
        """Return an array expression of a shape, and the bound of its elements."""
        sources = self.sources(shape)
        if depth <= 0 or self.chance(0.15):
            if sources:
                return self.rng.choice(sources), self.typical(BOUND)
            return self.made(shape)
        options: list[tuple[float, Callable[[], Bounded]]] = [
            (3, lambda: self.elementwise(shape, depth)),
            (2, lambda: self.scaled(shape, depth)),
            (2, lambda: self.mapped(shape, depth)),
            (0.5, lambda: self.made(shape)),
        ]
        if self.has("matrices"):
            if len(shape) == 2:
                options.append((1.5, lambda: self.broadcast(shape, depth)))
            elif self.arrays(2):
                options.append((1.5, lambda: self.contracted(shape, depth)))
        if self.callable(ARRAY, shape):
            helpers = self.callable(ARRAY, shape)
            options.append((1, lambda: (self.call(self.rng.choice(helpers)), DRIFT)))
        weights = [weight for weight, _ in options]
        return self.rng.choices([option for _, option in options], weights)[0]()

    def bounded_array(self, shape: Shape, limit: float = BOUND, depth: int = 2) -> str:
        """Return an array expression whose elements stay within a limit."""
        text, bound = self.array(shape, depth)
        if bound <= limit:
            return text
        if limit / bound > 0.05 and self.chance(0.4):
            return f"{int(limit / bound * 100) / 100} * ({text})"
        scale = "" if limit >= 1 else f"{limit:.2g} * "
        return f"{scale}np.{self.rng.choice(('tanh', 'sin', 'cos'))}({text})"

    def sources(self, shape: Shape) -> list[str]:
        """Return arrays, slices, rows and columns of a shape, as they stand."""
        found = []
        for var in self.of_kind(ARRAY):
            name = var.name
            if var.shape == shape:
                found += [name, name]
            elif len(var.shape) == 1 and len(shape) == 1 and var.shape[0] > shape[0]:
                found.append(f"{name}[{self.slice(var.shape[0], shape[0])}]")
            elif len(var.shape) == 2 and len(shape) == 1:
                m, n = var.shape
                if n == shape[0]:
                    row = self.index(m)
                    found += [f"{name}[{row}]", f"{name}[{row}, :]"]
                elif n > shape[0]:
                    found.append(f"{name}[{self.index(m)}, {self.slice(n, shape[0])}]")
                if m == shape[0]:
                    found.append(f"{name}[:, {self.index(n)}]")
            elif len(var.shape) == 2 and var.shape == shape[::-1]:
                found.append(f"{name}.T")
        return found

    def slice(self, length: int, wanted: int) -> str:
        """Return a slice of a length that has `wanted` elements."""
        start = self.rng.randint(0, length - wanted)
        stop = start + wanted
        if 2 * wanted == length + length % 2 and self.chance(0.4):
            return "::2"
        if wanted == length and self.chance(0.3):
            return "::-1"
        first = "" if start == 0 and self.chance(0.8) else str(start)
        last = "" if stop == length else str(stop - length if self.chance(0.7) else stop)
        return f"{first}:{last}"

    def made(self, shape: Shape) -> Bounded:
        dims = str(shape[0]) if len(shape) == 1 else str(shape)
        like = [v.name for v in self.of_kind(ARRAY) if v.shape == shape]
        roll = self.rng.random()
        if like and roll < 0.4:
            return f"np.zeros_like({self.rng.choice(like)})", 0.0
        if like and roll < 0.6:
            return f"{self.rng.choice(like)}.copy()", self.typical(BOUND)
        if len(shape) == 1 and roll < 0.75:
            parts = [self.number(BOUND, 1) for _ in range(shape[0])]
            if self.chance(0.3):
                return f"np.array([{', '.join(parts)}], dtype=float)", BOUND
            parts[0] = f"1.0 * ({parts[0]})"  # or they may be integers all
            return f"np.array([{', '.join(parts)}])", BOUND
        if roll < 0.85:
            return f"np.ones({dims})", 1.0
        return f"np.zeros({dims})", 0.0

    def elementwise(self, shape: Shape, depth: int) -> Bounded:
        left, a = self.array(shape, depth - 1)
        right, b = self.array(shape, depth - 1)
        match self.rng.randrange(6):
            case 0 | 1:
                return f"({left} + {right})", a + b
            case 2:
                return f"({left} - {right})", a + b
            case 3:
                return f"({left} / (1.0 + ({right}) ** 2))", a
            case 4 if self.has("kinks") and self.chance(0.5):
                name = self.rng.choice(("maximum", "minimum"))
                return f"np.{name}({left}, {right})", max(a, b)
        return f"({left} * {right})", a * b

    def scaled(self, shape: Shape, depth: int) -> Bounded:
        text, a = self.array(shape, depth - 1)
        factor, b = self.raw(1)
        match self.rng.randrange(4):
            case 0 | 1:
                return f"({factor} * {text})", a * b
            case 2:
                return f"({text} + {factor})", a + b
        return f"({factor} - {text})", a + b

    def mapped(self, shape: Shape, depth: int) -> Bounded:
        name = self.rng.choice("sin cos tanh exp square sqrt log abs where negative".split())
        if name == "exp":
            return f"np.exp({self.bounded_array(shape, 1.5, depth - 1)})", 4.5
        text, a = self.array(shape, depth - 1)
        if name in ("sqrt", "log"):
            return f"np.{name}(1.0 + ({self.bounded_array(shape, BOUND, depth - 1)}) ** 2)", 3.2
        if name == "square":
            return f"({text}) ** 2", a * a
        if name == "negative":
            return f"(-{text})", a
        if name in ("abs", "where"):
            if not self.has("kinks"):
                return f"np.tanh({text})", 1.0
            if name == "abs":
                return f"np.abs({text})", a
            other, b = self.array(shape, 0)
            test = f"{self.array(shape, 0)[0]} > {self.rng.choice(('0.0', '0.5'))}"
            return f"np.where({test}, {text}, {other})", max(a, b)
        return f"np.{name}({text})", 1.0

    def broadcast(self, shape: Shape, depth: int) -> Bounded:
        m, n = shape
        if self.chance(0.2):
            left, a = self.array((m,), depth - 1)
            right, b = self.array((n,), depth - 1)
            return f"np.outer({left}, {right})", a * b
        if self.chance(0.25):
            k = self.rng.choice((2, 3))
            left, a = self.array((m, k), depth - 1)
            right, b = self.array((k, n), depth - 1)
            return f"(({left}) @ ({right}))", k * a * b / 2
        matrix, a = self.array(shape, depth - 1)
        row, b = self.array((n,), depth - 1)
        if self.chance(0.6):
            return f"({row} * {matrix})", a * b
        return f"({matrix} + {row})", a + b

    def contracted(self, shape: Shape, depth: int) -> Bounded:
        """Return an array with one axis, made of a matrix."""
        (n,) = shape
        matrix = self.rng.choice(self.arrays(2))
        m, k = matrix.shape
        if m == n:
            if self.chance(0.4):
                text, a = self.array(matrix.shape, depth - 1)
                return f"np.sum({text}, axis=1)", k * a
            vector, a = self.array((k,), depth - 1)
            return f"({matrix.name} @ ({vector}))", k * a
        if k == n:
            if self.chance(0.4):
                return f"{matrix.name}.sum(axis=0)", m * 1.0
            vector, a = self.array((m,), depth - 1)
            return f"(({vector}) @ {matrix.name})", m * a
        return self.made(shape)

    # -- statements ---------------------------------------------------------------------------

    def array_statements(self) -> list[tuple[float, Callable[[], None]]]:
        """Return the statements that arrays allow here, with their weights."""
        if not self.has("arrays") or not self.of_kind(ARRAY):
            return []
        options: list[tuple[float, Callable[[], None]]] = [(2.5, self.assign_array)]
        if self.has("array_stores"):
            options += [(2, self.store_slice), (1.5, self.store_item)]
            options += [(1, self.update_array)]
            if self.has("views"):
                options.append((1.5, self.write_through_view))
        if self.has("aliases"):
            options += [(0.7, self.alias_array), (0.5, self.swap_arrays)]
        return options

    def some_shape(self) -> Shape:
        return self.rng.choice(self.of_kind(ARRAY)).shape

    def assign_array(self) -> None:
        """`v = a * u`: a new array, or an old name for another."""
        shape = self.some_shape()
        text = self.bounded_array(shape)
        same = [v for v in self.of_kind(ARRAY) if v.shape == shape]
        name = self.rng.choice(same).name if self.chance(0.35) else self.fresh("u v w g z")
        self.emit(f"{name} = {text}")
        self.declare(Var(name, ARRAY, shape=shape))

    def store_item(self) -> None:
        var = self.rng.choice(self.of_kind(ARRAY))
        indices = ", ".join(self.index(n) for n in var.shape)
        if len(var.shape) == 2 and self.chance(0.3):
            # a whole row
            text = self.bounded_array(var.shape[1:])
            self.emit(f"{var.name}[{self.index(var.shape[0])}] = {text}")
        elif self.chance(0.4):
            self.emit(f"{var.name}[{indices}] {self.increment()}")
        else:
            self.emit(f"{var.name}[{indices}] = {self.number()}")

    def increment(self) -> str:
        """Return the end of an augmented assignment that does not grow much in a loop."""
        match self.rng.randrange(5):
            case 0:
                return f"*= {self.number(1.0)}"
            case 1:
                return f"-= {self.number(0.2)}"
            case 2:
                return f"/= {self.positive(1)[0]}" if self.trips == 1 else "*= 0.5"
        return f"+= {self.number(0.2)}"

    def store_slice(self) -> None:
        """`u[1:] = u[:-1] * a`, `u[1:-1] += ...`."""
        vectors = [v for v in self.arrays(1) if v.shape[0] > 1]
        if not vectors:
            return self.store_item()
        var = self.rng.choice(vectors)
        n = var.shape[0]
        size = self.rng.randint(1, n)
        target = f"{var.name}[{self.slice(n, size)}]"
        if self.chance(0.15):
            self.emit(f"{target} = {self.number()}")
        elif self.chance(0.45):
            limit = 0.2 if self.trips > 1 else BOUND
            sign = self.rng.choice(("+=", "-=", "+="))
            self.emit(f"{target} {sign} {self.bounded_array((size,), limit)}")
        elif self.chance(0.4) and size < n:
            self.emit(f"{target} = {var.name}[{self.slice(n, size)}] * {self.number(0.5)}")
        else:
            self.emit(f"{target} = {self.bounded_array((size,))}")
        return None

    def update_array(self) -> None:
        """`u *= a`: in place, as all who hold the array will see."""
        var = self.rng.choice(self.of_kind(ARRAY))
        match self.rng.randrange(4):
            case 0:
                self.emit(f"{var.name} *= {self.number(1.0)}")
            case 1:
                self.emit(f"{var.name} -= {self.bounded_array(var.shape, 0.2)}")
            case 2 if self.trips == 1:
                self.emit(f"{var.name} /= {self.positive(1)[0]}")
            case _:
                self.emit(f"{var.name} += {self.bounded_array(var.shape, 0.2)}")

    def write_through_view(self) -> None:
        """`r = A[i]; r[0] = ...`."""
        whole = [v for v in self.of_kind(ARRAY) if v.shape[0] > 1]
        if not whole:
            return self.store_item()
        var = self.rng.choice(whole)
        name = self.fresh("r row view part")
        if len(var.shape) == 2 and self.chance(0.7):
            m, n = var.shape
            if self.chance(0.7):
                view, shape = f"{var.name}[{self.index(m)}]", (n,)
            else:
                view, shape = f"{var.name}[:, {self.index(n)}]", (m,)
        elif len(var.shape) == 2:
            view, shape = f"{var.name}.T", var.shape[::-1]
        else:
            size = self.rng.randint(1, var.shape[0])
            view, shape = f"{var.name}[{self.slice(var.shape[0], size)}]", (size,)
        self.emit(f"{name} = {view}")
        self.declare(Var(name, ARRAY, shape=shape))
        indices = ", ".join(self.index(n) for n in shape)
        if self.chance(0.6):
            self.emit(f"{name}[{indices}] = {self.number()}")
        elif self.chance(0.5):
            self.emit(f"{name} *= {self.number(1.0)}")
        return None

    def alias_array(self) -> None:
        """`v = u`, or one of two."""
        var = self.rng.choice(self.of_kind(ARRAY))
        same = [v for v in self.of_kind(ARRAY) if v.shape == var.shape and v is not var]
        text = var.name
        if same and self.has("branches") and self.chance(0.4):
            text = f"{var.name} if {self.condition()} else {self.rng.choice(same).name}"
        name = self.rng.choice(same).name if same and self.chance(0.3) else self.fresh("u v w")
        self.emit(f"{name} = {text}")
        self.declare(Var(name, ARRAY, shape=var.shape))

    def swap_arrays(self) -> None:
        """`u, v = v, u`: as one does with the old and the new state."""
        var = self.rng.choice(self.of_kind(ARRAY))
        same = [v for v in self.of_kind(ARRAY) if v.shape == var.shape and v is not var]
        if not same:
            return self.alias_array()
        other = self.rng.choice(same)
        self.emit(f"{var.name}, {other.name} = {other.name}, {var.name}")
        return None
