"""Random statements on whole arrays: assignments, stores, views, loops, lists of arrays."""

from __future__ import annotations

from collections.abc import Callable

from .arrays import Shape
from .scope import ARRAY, BOUND, DRIFT, FLOAT, INT, Var
from .whole import Whole, size

Lines = list[tuple[float, Callable[[], None]]]

READ_ONLY = ("np.diag(", "np.broadcast_to(")  # what NumPy gives a view that is not to be written


class Updates(Whole):
    """Writes statements of programs over arrays, where the feature `numpy` is asked for."""

    def array_statements(self) -> Lines:
        options = super().array_statements()
        if not self.has("numpy") or not self.of_kind(ARRAY):
            return options
        options += [(6, self.assign_array), (1, self.unpack_split), (0.8, self.take_shape)]
        options += [(1, self.gather_list), (1, self.reduce_list)]
        if self.has("array_stores"):
            options += [(2, self.store_part), (2, self.update_part), (1, self.store_masked)]
            options.append((0.7, self.add_at))
        return options

    def own_array(self, shape: Shape) -> str:
        """Return an array expression that may be written to once it has a name."""
        text = self.bounded_array(shape)
        return f"1.0 * {text}" if text.startswith(READ_ONLY) else text

    def some_shape(self) -> Shape:
        return self.any_shape() if self.has("numpy") else super().some_shape()

    def assign_array(self) -> None:
        if not self.has("numpy"):
            return super().assign_array()
        shape = self.some_shape()
        text = self.own_array(shape)
        same = [v for v in self.of_kind(ARRAY) if v.shape == shape]
        name = self.rng.choice(same).name if same and self.chance(0.35) else self.fresh("u v w g z")
        self.emit(f"{name} = {text}")
        self.declare(Var(name, ARRAY, shape=shape))
        return None

    def part(self, shape: Shape) -> Shape:
        if not self.has("numpy"):
            return super().part(shape)
        lengths = [self.rng.randint(1, n) if self.chance(0.5) and n else n for n in shape]
        if len(lengths) > 1 and self.chance(0.3):
            del lengths[self.rng.randrange(len(lengths))]
        return tuple(lengths)

    def target_part(self, advanced: bool = False) -> tuple[Var, str, Shape] | None:
        """Return a part of a variable: what it is a part of, how it is written, its shape."""
        var = self.rng.choice(self.of_kind(ARRAY))
        shape = self.part(var.shape)
        subscript = self.subscript(var.shape, shape, advanced)
        return (var, f"{var.name}[{subscript}]", shape) if subscript else None

    def store_part(self) -> None:
        """`a[1:, ::2] = ...`, the value broadcast now and then."""
        found = self.target_part()
        if not found:
            return self.update_array()
        _, target, shape = found
        if self.chance(0.2):
            self.emit(f"{target} = {self.number()}")
        else:
            self.emit(f"{target} = {self.bounded_array(self.part_of(shape) or shape)}")
        return None

    def update_part(self) -> None:
        """`a[1:] += b`, `a[[0, 2]] *= 0.5`."""
        found = self.target_part(advanced=True)
        if not found:
            return self.update_array()
        _, target, shape = found
        value = self.bounded_array(self.part_of(shape) or shape, 0.2)
        match self.rng.randrange(5):
            case 0:
                self.emit(f"{target} *= {self.bounded_array(shape, 1.0)}")
            case 1:
                self.emit(f"{target} -= {value}")
            case 2 if self.trips == 1:
                self.emit(f"{target} /= 1.5 + np.sin({value})")
            case _:
                self.emit(f"{target} += {value}")
        return None

    def store_masked(self) -> None:
        """`a[a > 0.3] = 0.5`, `a[mask] *= b[mask]`."""
        var = self.rng.choice(self.of_kind(ARRAY))
        test = self.mask(var.shape, ">")
        if self.chance(0.5):
            name = self.fresh("mask m hit")
            self.emit(f"{name} = {test}")
            self.vars.pop(name, None)
            test = name
        match self.rng.randrange(4):
            case 0:
                self.emit(f"{var.name}[{test}] = {self.number(BOUND)}")
            case 1:
                self.emit(f"{var.name}[{test}] *= {self.number(1.0)}")
            case 2:
                value = self.bounded_array(var.shape)
                self.emit(f"{var.name}[{test}] = ({value})[{test}]")
            case _:
                value = self.bounded_array(var.shape, 0.2)
                self.emit(f"{var.name}[{test}] += ({value})[{test}]")

    def add_at(self) -> None:
        """`np.add.at(a, [0, 0, 1], b)`."""
        var = self.rng.choice(self.of_kind(ARRAY))
        count = self.rng.choice((1, 2, 3))
        value = self.bounded_array((count, *var.shape[1:]), 0.2)
        self.emit(f"np.add.at({var.name}, {self.places(var.shape[0], count)}, {value})")

    def write_through_view(self) -> None:
        if not self.has("numpy"):
            return super().write_through_view()
        found = self.target_part()
        if not found:
            return self.update_array()
        var, view, shape = found
        if self.chance(0.3):
            view, shape = self.rng.choice(
                (
                    (f"{var.name}.T", var.shape[::-1]),
                    (f"{var.name}.reshape(-1)", (size(var.shape),)),
                    (f"{var.name}.ravel()", (size(var.shape),)),
                    (f"{var.name}[..., None]", (*var.shape, 1)),
                )
            )
        name = self.fresh("r row view part")
        self.emit(f"{name} = {view}")
        self.declare(Var(name, ARRAY, shape=shape))
        match self.rng.randrange(3):
            case 0:
                self.emit(f"{name}[...] = {self.bounded_array(shape)}")
            case 1:
                self.emit(f"{name} *= {self.number(1.0)}")
            case _:
                self.emit(f"{name}[{self.index(shape[0])}] = {self.number()}")
        return None

    # -- several arrays -----------------------------------------------------------------------

    def unpack_split(self) -> None:
        """`u, v = np.split(a, 2)`, `u, v = a` for an array of two rows."""
        shape = self.any_shape()
        whole = (2 * shape[0], *shape[1:])
        text = f"np.split({self.bounded_array(whole)}, 2)"
        if self.chance(0.4):
            text = self.bounded_array((2, *shape))
        names = [self.fresh("u v w g z"), self.fresh("p q lo hi")]
        if names[0] == names[1]:
            return
        self.emit(f"{names[0]}, {names[1]} = {text}")
        for name in names:
            self.declare(Var(name, ARRAY, shape=shape))

    def take_shape(self) -> None:
        """`n = len(a)`, `m = a.shape[1]`: for ranges and means."""
        var = self.rng.choice(self.of_kind(ARRAY))
        axis = self.rng.randrange(len(var.shape))
        n = var.shape[axis]
        text = f"{var.name}.shape[{axis}]" if axis or self.chance(0.5) else f"len({var.name})"
        name = self.fresh("n m k size")
        self.emit(f"{name} = {text}")
        self.declare(Var(name, INT, lo=n, hi=n, locked=True))

    def gather_list(self) -> None:
        """A list of arrays, built in a loop, made one array."""
        shape = self.any_shape()[-2:]
        count = self.rng.choice((1, 2, 3))
        name, i = self.fresh("parts rows blocks"), self.fresh("i j k")
        result = self.fresh("u v w g z")
        if len({name, i, result}) < 3:
            return
        texts = [self.own_array(shape) for _ in range(self.rng.choice((0, 1, 1, 2)))]
        if self.chance(0.3):
            before = dict(self.vars)
            self.declare(Var(i, INT, lo=0, hi=count - 1))
            item = self.bounded_array(shape)
            self.vars = before
            self.emit(f"{name} = [{item} for {i} in range({count})]")
        else:
            self.emit(f"{name} = [{', '.join(texts)}]")
            self.emit(f"for {i} in range({count}):")
            with self.loop(count):
                self.declare(Var(i, INT, lo=0, hi=count - 1))
                self.emit(f"{name}.append({self.bounded_array(shape)})")
            count += len(texts)
        way, made = self.rng.choice(
            (
                (f"np.stack({name})", (count, *shape)),
                (f"np.array({name})", (count, *shape)),
                (f"np.concatenate({name})", (count * shape[0], *shape[1:])),
                (f"sum({name})", shape),
                (f"{name}[{self.rng.randrange(-1, count)}]", shape),
                (f"{name}.pop()", shape),
            )
        )
        self.emit(f"{result} = {way}")
        self.declare(Var(result, ARRAY, DRIFT, shape=made))

    def reduce_list(self) -> None:
        """A list of arrays of several shapes, gone over."""
        shapes = [self.any_shape() for _ in range(self.rng.choice((1, 2, 3)))]
        name, item, total = self.fresh("parts ws layers"), self.fresh("a p w"), self.fresh("acc s")
        if len({name, item, total}) < 3:
            return
        texts = [self.own_array(shape) for shape in shapes]
        self.emit(f"{name} = [{', '.join(texts)}]")
        if self.chance(0.5) and self.has("array_stores"):
            k = self.rng.randrange(len(shapes))
            change = self.rng.choice((f"{name}[{k}] *= 0.5", f"{name}[{k}] = {name}[{k}] * 1.5"))
            self.emit(change)
        self.emit(f"{total} = 0.0")
        self.emit(f"for {item} in {name}:")
        term = self.rng.choice(("np.sum({0} * {0})", "np.sin({0}).mean()", "{0}.sum()"))
        with self.block():
            self.emit(f"{total} += 0.2 * {term.format(item)}")
        self.declare(Var(total, FLOAT, DRIFT))
