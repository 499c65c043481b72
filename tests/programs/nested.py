"""Random functions inside functions: closures, `nonlocal`, recursion, lambdas, partials, `*args`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from .control import Control
from .scope import BOUND, FLOAT, FUNCTION, INT, LIST, Helper, Var

SUM = 100.0  # as in `statements`: what is added up in loops is not for others to assign


class Nested(Control):
    """Writes functions inside of the function, for the rest of the block to call."""

    def nested_lines(self) -> list[tuple[float, Callable[[], None]]]:
        options: list[tuple[float, Callable[[], None]]] = []
        if self.has("nested") and self.depth < 4:
            options.append((0.9, self.nested_function))
        if self.has("nonlocals") and self.depth < 4:
            options.append((0.7, self.assigning_function))
        if self.has("star_arguments") and self.depth < 4:
            options.append((0.5, self.star_function))
        if self.has("partials"):
            options.append((0.4, self.lambda_))
            options.append((0.5, self.partial))
        return options

    @contextlib.contextmanager
    def block(self) -> Iterator[dict[str, Var]]:
        """A block; the functions that are made in it are gone after it."""
        before = list(self.helpers)
        with super().block() as news:
            yield news
        self.helpers = before

    @contextlib.contextmanager
    def body_of(self, name: str, params: list[Var], signature: str) -> Iterator[None]:
        """The body of a nested function: it sees all that there is around it."""
        self.emit(f"def {name}({signature}):")
        before, trips, loops = dict(self.vars), self.trips, self.loops
        helpers = list(self.helpers)
        for var in params:
            self.declare(var)
        self.depth += 1
        yield
        self.depth -= 1
        self.vars, self.trips, self.loops, self.helpers = before, trips, loops, helpers

    def now_there(self, name: str, params: list[Var], cost: int = 2, form: str = "") -> None:
        """A function is there from here on."""
        self.declare(Var(name, FUNCTION))
        self.helpers.append(Helper(name, tuple(params), FLOAT, cost=cost, form=form))

    def own_parameters(self, count: int) -> list[Var]:
        params: list[Var] = []
        while len(params) < count:
            var = Var(self.fresh("a b t x y z"), FLOAT)
            if var.name not in [p.name for p in params]:
                params.append(var)
        return params

    # -- def ----------------------------------------------------------------------------------

    def nested_function(self) -> None:
        """A closure, perhaps one that calls itself, with a default of what is there now."""
        name = self.fresh("inner go f1 f2 bend")
        params = self.own_parameters(self.rng.choice((1, 1, 2)))
        if name in [p.name for p in params]:
            return
        signature = ", ".join(p.name for p in params)
        floats = [v for v in self.of_kind(FLOAT) if v.bound <= BOUND]
        extra = []
        if floats and self.chance(0.25):
            extra = [Var(self.fresh("scale by c"), FLOAT)]
            if extra[0].name not in (name, *(p.name for p in params)):
                signature += f", {extra[0].name}={self.rng.choice(floats).name}"
            else:
                extra = []
        if self.has("recursion") and self.chance(0.35):
            return self.recursive_function(name, params, extra, signature)
        with self.body_of(name, params + extra, signature):
            self.few_lines()
            self.emit(f"return {self.number(BOUND, 2)}")
        self.now_there(name, params)
        return None

    def few_lines(self) -> None:
        """A few lines: variables of its own, an early return, a store to what is around it."""
        if self.chance(0.4):
            own = Var(self.fresh(), FLOAT)
            self.emit(f"{own.name} = {self.number(BOUND, 2)}")
            self.declare(own)
        if self.chance(0.3):
            self.emit(f"if {self.condition()}:")
            self.depth += 1
            self.emit(f"return {self.number(BOUND, 1)}")
            self.depth -= 1
        lists = [v for v in self.of_kind(LIST) if v.memory and v.memory.least]
        if lists and self.has("list_stores") and self.chance(0.25):
            self.emit(f"{self.element(self.rng.choice(lists))} = {self.number(BOUND, 1)}")

    def recursive_function(self, name, params, extra, signature) -> None:
        """End when an int has come down to zero; else call itself with one less."""
        depth = Var(self.fresh("k n m"), INT, lo=0, hi=3, locked=True)
        if depth.name in (name, *(p.name for p in params + extra)):
            return
        with self.body_of(name, [depth, *params, *extra], f"{depth.name}, {signature}"):
            self.emit(f"if {depth.name} <= 0:")
            self.depth += 1
            self.emit(f"return {self.number(BOUND, 1)}")
            self.depth -= 1
            again = ", ".join(self.number(BOUND, 1) for _ in params)
            text = f"{self.number(1.0, 1)} * {name}({depth.name} - 1, {again})"
            self.emit(f"return math.tanh({text} + {self.number(BOUND, 1)})")
        self.now_there(name, [Var("k", INT, lo=0, hi=3), *params], cost=8)

    def assigning_function(self) -> None:
        """A function that assigns a variable around it."""
        around = [v for v in self.of_kind(FLOAT) if not v.locked and v.bound < SUM]
        if not around:
            return
        var, name = self.rng.choice(around), self.fresh("advance bump put")
        params = self.own_parameters(1)
        if name == params[0].name:
            return
        with self.body_of(name, params, params[0].name):
            self.emit(f"nonlocal {var.name}")
            self.emit(f"{var.name} = {self.number(var.bound, 2)}")
            if self.chance(0.3):
                self.emit(f"if {self.condition()}:")
                self.depth += 1
                self.emit(f"{var.name} = {self.number(var.bound, 1)}")
                self.depth -= 1
            self.emit(f"return {self.number(BOUND, 1)}")
        self.now_there(name, params)

    def star_function(self) -> None:
        """A function of any number of arguments."""
        name, floats = self.fresh("gather mix weigh"), self.own_parameters(2)
        first, value = (v.name for v in floats)
        if len({name, first, value, "rest", "named", "by", "total"}) < 7:
            return
        with self.body_of(name, [], f"{first}, *rest, by=1.0, **named"):
            self.emit(f"total = {first} * by")
            self.emit(f"for {value} in rest:")
            self.depth += 1
            self.emit(f"total += {value} * {first}")
            self.depth -= 1
            if self.chance(0.5):
                self.emit('if "offset" in named:')
                self.depth += 1
                self.emit('total += named["offset"]')
                self.depth -= 1
            self.emit("return math.tanh(total)")
        self.now_there(name, floats[:1], cost=6, form="star")

    # -- lambda, partial ----------------------------------------------------------------------

    def lambda_(self) -> None:
        name, (param,) = self.fresh("line curve"), self.own_parameters(1)
        if name == param.name:
            return
        outer = dict(self.vars)
        self.declare(param)
        text = self.number(BOUND, 2)
        self.vars = outer
        self.emit(f"{name} = lambda {param.name}: {text}")
        self.now_there(name, [param])

    def partial(self) -> None:
        """A function with its first argument filled in."""
        options = [h for h in self.callable(FLOAT) if len(h.params) > 1 and not h.form]
        options = [h for h in options if h.params[0].kind in (FLOAT, INT)]
        if not options:
            return
        helper, name = self.rng.choice(options), self.fresh("part filled")
        first = helper.params[0]
        value = str(self.rng.randint(first.lo, first.hi))
        value = self.number(BOUND, 1) if first.kind == FLOAT else value
        self.emit(f"{name} = functools.partial({helper.name}, {value})")
        self.declare(Var(name, FUNCTION))
        self.helpers.append(
            Helper(name, helper.params[1:], FLOAT, grows=helper.grows, cost=helper.cost)
        )

    def delete(self) -> None:
        """No variable that a function may read."""
        if not self.of_kind(FUNCTION):
            super().delete()

    # -- calls --------------------------------------------------------------------------------

    def call(self, helper: Helper, depth: int = 1) -> str:
        if helper.form == "star":
            self.cost += self.trips * helper.cost
            return self.star_call(helper)
        text = super().call(helper, depth)
        if self.has("partials") and self.chance(0.15):
            name, _, rest = text.partition("(")
            return f"apply({name}, {rest}"
        return text

    def star_call(self, helper: Helper) -> str:
        arguments = [self.number(BOUND, 1) for _ in range(self.rng.choice((1, 2, 3)))]
        if self.chance(0.3):
            arguments = [f"*({', '.join(arguments)},)"]
        if self.chance(0.4):
            arguments.append(f"by={self.number(BOUND, 1)}")
        roll = self.rng.random()
        if roll < 0.2:
            arguments.append(f"offset={self.number(BOUND, 1)}")
        elif roll < 0.4:
            arguments.append(f'**{{"offset": {self.number(BOUND, 1)}}}')
        return f"{helper.name}({', '.join(arguments)})"
