"""Random expressions: floats, ints, conditions, lists."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from .scope import BOUND, DRIFT, FLOAT, FUNCTION, INT, LIST, LONGEST, Helper, Scope, Var

NAMES = "a b c p q r s t u v w x y z total value out scale".split()

# Names that a compiler might itself have chosen, in a generated function.
ODD_NAMES = (
    "dx dy df da dw du dout dvalue x_tape y_tape a_tape tape x_dot d dd saved i_ exp_x x_2 _ "
    "pullback primal f_backward f_forward t0 dx_2 result reverse dt dtotal"
).split()

Bounded = tuple[str, float]  # an expression's text, and the largest magnitude that it can have


class Expressions(Scope):
    """Writes expressions over the variables of a scope."""

    def __init__(
        self, rng: random.Random, features: frozenset[str], helpers: Iterable[Helper], taken: set
    ) -> None:
        super().__init__()
        self.rng = rng
        self.features = features
        self.helpers = list(helpers)
        self.taken = taken  # names that mean something at module level
        self.constants: dict[str, float] = {}
        self.flags: set[str] = set()  # which of the parameters `flag` and `mode` there are

    def has(self, feature: str) -> bool:
        """Return whether a feature of the language may be used."""
        return feature in self.features

    def chance(self, probability: float) -> bool:
        """Return True with a probability."""
        return self.rng.random() < probability

    def pick(self, options: list[tuple[float, Callable[[], str | None]]]) -> str | None:
        """Call one of several functions, chosen by weight, and return what it returns."""
        weights = [weight for weight, _ in options]
        return self.rng.choices([option for _, option in options], weights)[0]()

    def fresh(self, pool: str | None = None) -> str:
        """Return a name that is not in use."""
        while True:
            odd = self.has("odd_names") and self.chance(0.35)
            names = pool.split() if pool and not odd else ODD_NAMES if odd else NAMES
            name = self.rng.choice(names)
            if self.chance(0.2) or name in self.vars or name in self.taken:
                name += str(self.rng.randrange(1, 30))
            if name not in self.vars and name not in self.taken:
                return name

    # -- floats -------------------------------------------------------------------------------

    def number(self, limit: float = BOUND, depth: int | None = None) -> str:
        """Return a float expression whose magnitude stays within a limit."""
        depth = self.rng.choice((1, 1, 2, 2, 3)) if depth is None else depth
        return self.guarded(self.raw(depth), limit)

    def guarded(self, expression: Bounded, limit: float) -> str:
        """Return an expression, with something around it if it may be too large."""
        text, bound = expression
        if bound <= limit:
            return text
        factor = limit / bound
        if factor > 0.05 and self.chance(0.5):
            return f"{int(factor * 100) / 100} * ({text})"
        if bound > 30:
            text = f"{self.rng.choice((0.05, 0.1, 0.2))} * ({text})"
        scale = "" if limit >= 1 else f"{limit:.2g} * "
        return f"{scale}math.{self.rng.choice(('tanh', 'sin', 'cos', 'tanh', 'atan'))}({text})"

    def raw(self, depth: int) -> Bounded:
        """Return a float expression and its bound."""
        if depth <= 0 or self.chance(0.08):
            return self.atom()
        options: list[tuple[float, Callable[[], Bounded]]] = [
            (6, lambda: self.binary(depth)),
            (2.5, lambda: self.function(depth)),
            (1, lambda: self.quotient(depth)),
            (1, lambda: self.power(depth)),
            (0.5, lambda: self.negated(depth)),
        ]
        if self.has("kinks"):
            options.append((0.8, lambda: self.kinked(depth)))
        if self.has("branches"):
            options.append((0.5, lambda: self.ternary(depth)))
        if self.callable(FLOAT):
            options.append((4 if self.of_kind(FUNCTION) else 1.5, lambda: self.called(depth)))
        if self.of_kind(LIST):
            options.append((1.2, lambda: self.reduced(depth)))
        options += self.array_options(depth)
        weights = [weight for weight, _ in options]
        return self.rng.choices([option for _, option in options], weights)[0]()

    def array_options(self, depth: int) -> list[tuple[float, Callable[[], Bounded]]]:
        """Return the ways to make a float of arrays."""
        return []

    def atom(self) -> Bounded:
        """Return a variable, an element or a constant."""
        floats = self.of_kind(FLOAT)
        if floats and self.chance(0.65):
            # The latest ones most, so that what is computed is also used.
            var = floats[-1 - min(int(self.rng.expovariate(0.5)), len(floats) - 1)]
            return var.name, self.typical(var.bound)
        lists = [v for v in self.of_kind(LIST) if v.memory and v.memory.least > 0]
        if lists and self.chance(0.6):
            return self.element(self.rng.choice(lists)), self.typical(BOUND)
        arrays = self.arrays(1) + self.arrays(2)
        if arrays and self.chance(0.5):
            var = self.rng.choice(arrays)
            indices = ", ".join(self.index(n) for n in var.shape)
            if len(var.shape) == 2 and self.chance(0.2):
                row, column = self.index(var.shape[0]), self.index(var.shape[1])
                return f"{var.name}[{row}][{column}]", self.typical(BOUND)
            return f"{var.name}[{indices}]", self.typical(BOUND)
        ints = self.of_kind(INT)
        if ints and self.chance(0.3):
            var = self.rng.choice(ints)
            return var.name, max(abs(var.lo), abs(var.hi))
        if self.constants and self.chance(0.3):
            name = self.rng.choice(list(self.constants))
            return name, abs(self.constants[name])
        value = self.rng.choice((0.5, 1.0, 2.0, 0.1, 1.5, 0.25, 3.0, 1, 2, 0.7))
        return str(value), float(value)

    def typical(self, bound: float) -> float:
        """Return how large a value is taken for: rarely is it as large as it may become.

        In loops it is the one before that the next is made of, so that more care is needed.
        """
        return bound * (0.7 if self.loops else 0.45)

    def element(self, var: Var) -> str:
        """Return an element of a list."""
        assert var.memory is not None
        return f"{var.name}[{self.index(var.memory.least, var)}]"

    def index(self, length: int, var: Var | None = None) -> str:
        """Return a subscript that is valid for a length."""
        ints = self.of_kind(INT)
        if var is not None and self.chance(0.8):
            exact = [v for v in ints if v.below is var.memory]
            if exact:
                return self.rng.choice(exact).name
        fitting = [v for v in ints if -length <= v.lo and v.hi < length]
        if fitting and self.chance(0.6):
            return self.rng.choice(fitting).name
        before = [v for v in ints if 0 < v.lo and v.hi <= length]
        if before and self.chance(0.4):
            return f"{self.rng.choice(before).name} - 1"
        after = [v for v in ints if -1 <= v.lo and v.hi + 1 < length]
        if after and self.chance(0.3):
            return f"{self.rng.choice(after).name} + 1"
        if ints and self.chance(0.2):
            return f"{self.rng.choice(ints).name} % {length}"
        if var is not None and self.chance(0.1):
            return f"len({var.name}) - {self.rng.randint(1, length)}"
        return str(self.rng.randrange(-length if self.chance(0.25) else 0, length))

    def binary(self, depth: int) -> Bounded:
        left, a = self.raw(depth - 1)
        right, b = self.raw(depth - 1)
        operator = self.rng.choice("+-**")
        if a * b > 1e4:
            operator = "+"
        bound = a * b if operator == "*" else a + b
        return f"({left} {operator} {right})", bound

    def negated(self, depth: int) -> Bounded:
        text, bound = self.raw(depth - 1)
        return f"(-{text})", bound

    def positive(self, depth: int) -> tuple[str, float, float]:
        """Return an expression that stays away from zero, its least value and its largest."""
        text = self.number(BOUND, depth - 1)
        match self.rng.randrange(4):
            case 0:
                return f"(1 + ({text}) ** 2)", 1.0, 1 + BOUND**2
            case 1:
                return f"(2.0 + math.sin({text}))", 1.0, 3.0
            case 2:
                return f"(0.5 + ({text}) * ({text}))", 0.5, 0.5 + BOUND**2
        if self.has("kinks"):
            return f"(1 + abs({text}))", 1.0, 1 + BOUND
        return f"(1.5 + math.tanh({text}))", 0.5, 2.5

    def quotient(self, depth: int) -> Bounded:
        above, bound = self.raw(depth - 1)
        if self.chance(0.3):
            divisor = self.rng.choice((2, 3.0, 4, 1.5))
            return f"({above} / {divisor})", bound / divisor
        below, least, _ = self.positive(depth)
        return f"({above} / {below})", bound / least

    def power(self, depth: int) -> Bounded:
        ints = [v for v in self.of_kind(INT) if 0 <= v.lo and v.hi <= 3]
        if ints and self.chance(0.2):
            return f"({self.number(BOUND, depth - 1)}) ** {self.rng.choice(ints).name}", BOUND**2
        if self.chance(0.5):
            n = self.rng.choice((2, 2, 3))
            return f"({self.number(BOUND, depth - 1)}) ** {n}", BOUND**n
        base, _, largest = self.positive(depth)
        if self.chance(0.5):
            return f"{base} ** {self.rng.choice((0.5, 1.5, -1))}", max(largest**1.5, 2.0)
        exponent = self.number(2.0, depth - 1)
        return f"{base} ** ({exponent})", max(largest**2, 4.0)

    def function(self, depth: int) -> Bounded:
        """Return a function of `math`, where it is defined and smooth."""
        name = self.rng.choice("sin cos tanh exp log sqrt atan2 hypot sin exp atan".split())
        if name in ("sin", "cos", "tanh", "atan"):
            return f"math.{name}({self.number(20.0, depth - 1)})", 1.0
        if name == "exp":
            if self.chance(0.3):
                text = self.number(BOUND, depth - 1)
                return f"math.exp(-({text}) ** 2)", 1.0
            return f"math.exp({self.number(1.5, depth - 1)})", 4.5
        if name in ("log", "sqrt"):
            text, _, largest = self.positive(depth)
            return f"math.{name}{text}", BOUND if largest < 10 else 3.3
        text, _, largest = self.positive(depth)
        other = self.number(BOUND, depth - 1)
        return f"math.{name}({other}, {text})", 3.2 if name == "atan2" else BOUND + largest

    def kinked(self, depth: int) -> Bounded:
        text, a = self.raw(depth - 1)
        if self.chance(0.4):
            return f"{self.rng.choice(('abs', 'math.fabs'))}({text})", a
        parts = [text, self.number(a, depth - 1)]
        if self.chance(0.2):
            parts.append(self.number(a, 0))
        return f"{self.rng.choice(('min', 'max'))}({', '.join(parts)})", a

    def ternary(self, depth: int) -> Bounded:
        yes, a = self.raw(depth - 1)
        no, b = self.raw(depth - 1)
        return f"({yes} if {self.condition()} else {no})", max(a, b)

    # -- calls --------------------------------------------------------------------------------

    def callable(self, returns: str, shape: tuple[int, ...] = ()) -> list[Helper]:
        """Return the helpers that can be called here: cheap enough, and with arguments at hand."""
        return [
            helper
            for helper in self.helpers
            if helper.returns == returns
            and (returns != "array" or helper.shape == shape)
            and helper.cost * self.trips <= 300
            and all(self.can_pass(p, helper.grows) for p in helper.params)
        ]

    def can_pass(self, param: Var, grows: bool) -> bool:
        """Return whether there is an argument for a parameter."""
        if param.kind == LIST:
            return bool(self.passable(param, grows))
        return param.kind in (FLOAT, INT) or any(
            v.shape == param.shape for v in self.arrays(len(param.shape))
        )

    def passable(self, param: Var, grows: bool) -> list[Var]:
        """Return the lists that can be passed."""
        assert param.memory is not None
        return [
            v
            for v in self.of_kind(LIST)
            if v.memory is not None
            and v.memory.least >= param.memory.least
            and (not grows or self.may_append(v.memory))
        ]

    def call(self, helper: Helper, depth: int = 1) -> str:
        """Return a call of a helper."""
        arguments = []
        unused = {id(v.memory) for v in self.of_kind(LIST)}
        for param in helper.params:
            if param.kind == FLOAT:
                arguments.append(self.number(BOUND, depth))
            elif param.kind == INT:
                fitting = [v for v in self.of_kind(INT) if param.lo <= v.lo and v.hi <= param.hi]
                if fitting and self.chance(0.5):
                    arguments.append(self.rng.choice(fitting).name)
                else:
                    arguments.append(str(self.rng.randint(param.lo, param.hi)))
            elif param.kind == LIST:
                lists = self.passable(param, helper.grows)
                if helper.grows:  # it may go over one of them while the other grows
                    lists = [v for v in lists if id(v.memory) in unused] or lists[:1]
                var = self.rng.choice(lists)
                unused.discard(id(var.memory))
                arguments.append(var.name)
            else:
                fitting = [v for v in self.arrays(len(param.shape)) if v.shape == param.shape]
                arguments.append(self.rng.choice(fitting).name)
        self.cost += self.trips * helper.cost
        return f"{helper.name}({', '.join(arguments)})"

    def called(self, depth: int) -> Bounded:
        return self.call(self.rng.choice(self.callable(FLOAT)), min(depth - 1, 1)), BOUND

    # -- lists --------------------------------------------------------------------------------

    def reduced(self, depth: int) -> Bounded:
        """Return a number made of a list."""
        var = self.rng.choice(self.of_kind(LIST))
        if self.chance(0.15):
            return f"len({var.name})", 5.0
        if self.has("comprehensions") and self.chance(0.6):
            return f"sum({self.comprehended(depth)[0]})", 6.0
        return f"sum({var.name})", 6.0

    def comprehended(self, depth: int = 1) -> tuple[str, int]:
        """Return the inside of a comprehension, and the least number of elements."""
        before = dict(self.vars)
        lists = self.of_kind(LIST)
        gone_over = []
        name = self.comprehension_name()
        if lists and self.chance(0.65):
            var = self.rng.choice(lists)
            assert var.memory is not None
            least = var.memory.least
            gone_over.append(var.memory)
            if len(lists) > 1 and self.chance(0.25):
                other = self.rng.choice(lists)
                second = self.comprehension_name(name)
                source, target = f"zip({var.name}, {other.name})", f"{name}, {second}"
                assert other.memory is not None
                least = min(least, other.memory.least)
                gone_over.append(other.memory)
                self.declare(Var(second, FLOAT, DRIFT))
            elif self.chance(0.2):
                second = self.comprehension_name(name)
                source, target = f"enumerate({var.name})", f"{second}, {name}"
                self.declare(Var(second, INT, lo=0, hi=LONGEST))
            else:
                source, target = var.name, name
            self.declare(Var(name, FLOAT, DRIFT))
        else:
            least = self.rng.randint(1, 4)
            source, target = f"range({least})", name
            self.declare(Var(name, INT, lo=0, hi=least - 1))
        outer, self.trips = self.trips, self.trips * 4
        for memory in gone_over:
            memory.iterating += 1
        text = self.number(BOUND, min(depth, 2))
        condition = ""
        if self.has("branches") and self.chance(0.12):
            condition, least = f" if {self.condition()}", 0
        for memory in gone_over:
            memory.iterating -= 1
        self.trips = outer
        self.vars = before
        return f"{text} for {target} in {source}{condition}", least

    def comprehension_name(self, other: str = "") -> str:
        """Return a name for a comprehension's variable: often that of a variable around it."""
        # Not a list's or array's name: it may be what the comprehension goes over.
        names = [v.name for v in self.of_kind(FLOAT) + self.of_kind(INT) if v.name != other]
        if names and self.chance(0.35):
            return self.rng.choice(names)
        while (name := self.fresh("x y v t e")) == other:
            pass
        return name

    # -- conditions ---------------------------------------------------------------------------

    def condition(self, depth: int = 1) -> str:
        """Return a test."""
        ints = self.of_kind(INT)
        roll = self.rng.random()
        if ints and roll < 0.3:
            var = self.rng.choice(ints)
            middle = self.rng.randint(var.lo, max(var.hi, var.lo))
            return self.rng.choice(
                (f"{var.name} % 2 == 0", f"{var.name} > {middle}", f"{var.name} == {middle}")
            )
        if "flag" in self.flags and roll < 0.4:
            return self.rng.choice(("flag", "not flag"))
        if "mode" in self.flags and roll < 0.45:
            return self.rng.choice(('mode == "fast"', 'mode != "fast"'))
        if depth and roll < 0.55:
            joined = f" {self.rng.choice(('and', 'or'))} ".join(
                self.condition(depth - 1) for _ in range(2)
            )
            return f"({joined})"
        if roll < 0.6:
            return f"not {self.number(BOUND, 1)} > {self.number(BOUND, 0)}"
        if roll < 0.68:
            return f"-1.0 < {self.number(BOUND, 1)} < {self.rng.choice((0.3, 1.0, 2))}"
        operator = self.rng.choice(("<", ">", "<=", ">="))
        other = self.rng.choice(("0.0", "0", "0.5", "1", self.number(BOUND, 0)))
        return f"{self.number(BOUND, 1)} {operator} {other}"
