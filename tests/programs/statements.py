"""Random statements on numbers, and blocks: branches, loops, returns."""

from __future__ import annotations

from collections.abc import Callable

from .expressions import Bounded
from .nested import Nested
from .scope import ARRAY, BOUND, DRIFT, FLOAT, INT, LIST, LONGEST, Memory, Var

# A variable that is only ever added to, in at most so many turns.
SUM = 100.0
MOST_TRIPS = 30


class Statements(Nested):
    """Writes statements of every kind."""

    def statements(self, count: int) -> None:
        """Write some statements, blocks among them."""
        for _ in range(count):
            if self.cost > 150:
                break
            self.statement()

    def statement(self) -> None:
        """Write one statement (or a few that belong together)."""
        options = self.small_statements()
        if self.depth < 4:
            if self.has("branches"):
                options.append((2.5, self.branch))
            if self.has("loops") and self.trips * 2 <= MOST_TRIPS:
                options.append((2.5, self.for_loop))
                if self.has("while"):
                    options.append((0.8, self.while_loop))
            if self.has("early_returns") and (not self.loops or self.has("loop_returns")):
                options.append((0.6, self.early_return))
            options += self.control_statements()
        self.pick(options)

    def small_statement(self) -> None:
        self.pick(self.small_statements())

    def small_statements(self) -> list[tuple[float, Callable[[], None]]]:
        options: list[tuple[float, Callable[[], None]]] = [
            (4, self.assign),
            (1.5, self.augment),
            (1, self.assign_several),
        ]
        if self.has("prints"):
            options.append((0.5, self.print_something))
        if self.callable("tuple"):
            options.append((1, self.unpack_call))
        if self.loops:
            options.append((1.5, self.accumulate))
            if self.has("break_continue"):
                options.append((0.6, self.leave))
        options += self.control_lines() + self.nested_lines()
        return options + self.list_statements() + self.array_statements()

    # -- numbers ------------------------------------------------------------------------------

    def target(self) -> tuple[str, float]:
        """Return a float variable to assign to, new or old, and what it may hold."""
        floats = [v for v in self.of_kind(FLOAT) if not v.locked and v.bound < SUM]
        if floats and self.chance(0.45):
            var = self.rng.choice(floats)
            return var.name, var.bound
        return self.fresh(), BOUND

    def bind(self, name: str, bound: float) -> None:
        if name not in self.vars:
            self.declare(Var(name, FLOAT, bound))

    def assign(self) -> None:
        name, bound = self.target()
        if name not in self.vars and self.chance(0.3):
            bound = 12.0
        self.emit(f"{name} = {self.number(bound)}")
        self.bind(name, bound)

    def augment(self) -> None:
        floats = [v for v in self.of_kind(FLOAT) if not v.locked and v.bound < SUM]
        if not floats:
            return self.assign()
        var = self.rng.choice(floats)
        if self.chance(0.25):
            self.emit(f"{var.name} {self.increment()}")
            if self.trips == 1:
                var.bound += BOUND
        elif self.chance(0.5):
            self.emit(f"{var.name} *= {self.number(1.0)}")
        else:
            self.emit(f"{var.name} *= 0.5")
            sign = self.rng.choice("+-")
            self.emit(f"{var.name} {sign}= {self.number(var.bound / 2)}")
        return None

    def assign_several(self) -> None:
        """A swap, a tuple, a chain."""
        floats = [v for v in self.of_kind(FLOAT) if not v.locked]
        roll = self.rng.random()
        if len(floats) > 1 and roll < 0.4:
            a, b = self.rng.sample(floats, 2)
            if a.bound == b.bound:
                self.emit(f"{a.name}, {b.name} = {b.name}, {a.name}")
                return
        (a_name, a_bound), (b_name, b_bound) = self.target(), self.target()
        if a_name == b_name:
            return self.assign()
        if roll < 0.8:
            values = self.number(a_bound), self.number(b_bound)
            if self.chance(0.2):
                self.emit(f"({a_name}, {b_name}) = [{values[0]}, {values[1]}]")
            else:
                self.emit(f"{a_name}, {b_name} = {values[0]}, {values[1]}")
        else:
            self.emit(f"{a_name} = {b_name} = {self.number(min(a_bound, b_bound))}")
        self.bind(a_name, a_bound)
        self.bind(b_name, b_bound)
        return None

    def accumulate(self) -> None:
        """`total += x * y` in a loop."""
        sums = [v for v in self.of_kind(FLOAT) if v.bound == SUM]
        if not sums:
            return self.augment()
        sign = self.rng.choice("++-")
        self.emit(f"{self.rng.choice(sums).name} {sign}= {self.number(9.0)}")
        return None

    def print_something(self) -> None:
        floats, lists = self.of_kind(FLOAT), self.of_kind(LIST)
        var = self.rng.choice(floats) if floats else None
        if lists and self.chance(0.2):
            self.emit(f"print(len({self.rng.choice(lists).name}))")
        elif var and self.chance(0.5):
            self.emit(f'print("{var.name}", {var.name})')
        elif var:
            self.emit(f'print(f"{{{var.name}:.4f}} after {len(self.lines)}")')

    def unpack_call(self) -> None:
        helper = self.rng.choice(self.callable("tuple"))
        (a, bound), (b, other) = self.target(), self.target()
        if a == b:
            return self.assign()
        if bound >= BOUND and other >= BOUND:
            self.emit(f"{a}, {b} = {self.call(helper)}")
            self.bind(a, bound)
            self.bind(b, other)
        return None

    # -- blocks -------------------------------------------------------------------------------

    def branch(self) -> None:
        self.emit(f"if {self.condition()}:")
        with self.block() as news:
            self.statements(self.rng.choice((1, 1, 2)))
        both = dict(news)
        while self.chance(0.25):
            self.emit(f"elif {self.condition()}:")
            with self.block() as news:
                self.repeat(both)
                self.statements(self.rng.choice((0, 1, 2)))
            both = {name: var for name, var in both.items() if name in news}
        if self.chance(0.55):
            self.emit("else:")
            with self.block() as news:
                self.repeat(both)
                self.statements(self.rng.choice((0, 1, 2)))
            for name, var in both.items():
                other = news.get(name)
                if other and other.kind == var.kind == FLOAT:
                    self.declare(Var(name, FLOAT, max(var.bound, other.bound)))

    def repeat(self, others: dict[str, Var]) -> None:
        """Assign to what another branch assigned to, often, so that it is there afterwards."""
        for name, var in others.items():
            if var.kind == FLOAT and name not in self.vars and self.chance(0.7):
                self.emit(f"{name} = {self.number(BOUND)}")
                self.declare(Var(name, FLOAT, BOUND))

    def early_return(self) -> None:
        self.emit(f"if {self.condition()}:")
        with self.block():
            if self.chance(0.4):
                self.statements(1)
            self.emit(f"return {self.result()}")
        if self.has("branches") and self.chance(0.3):
            self.emit("else:")
            with self.block():
                self.statements(self.rng.choice((1, 2)))

    def result(self) -> str:
        """Return what the function returns."""
        return self.number(BOUND, 2)

    def leave(self) -> None:
        self.emit(f"if {self.condition()}:")
        with self.block():
            if self.chance(0.3):
                self.small_statement()
            self.emit(self.rng.choice(("break", "continue")))

    def range_(self) -> tuple[str, int, int, int]:
        """Return a range: its text, how many turns, and the least and the largest value."""
        most = max(1, min(5, MOST_TRIPS // self.trips))
        bounds = [v for v in self.of_kind(INT) if v.lo == v.hi and 0 <= v.lo <= most]
        roll = self.rng.random()
        if bounds and roll < 0.35:
            var = self.rng.choice(bounds)
            return f"range({var.name})", var.lo, 0, max(var.lo - 1, 0)
        n = self.rng.randint(1, most)
        if roll < 0.7:
            return f"range({n})", n, 0, n - 1
        start = self.rng.randint(-2, 3)
        if roll < 0.8:
            return f"range({start}, {start + n})", n, start, start + n - 1
        step = self.rng.choice((2, 3, -1, -2))
        values = range(start, start + n * step, step)
        if roll < 0.92:
            return f"range({start}, {start + n * step}, {step})", n, min(values), max(values)
        if roll < 0.96:
            return f"reversed(range({n}))", n, 0, n - 1
        return self.rng.choice(("range(0)", "range(3, 3)", "range(2, 0)")), 0, 0, 0

    def for_loop(self) -> None:
        """A loop over a range, a list, several lists, an array."""
        if self.chance(0.6) and not any(
            v.bound == SUM for v in self.of_kind(FLOAT)
        ):  # something to add up in
            name = self.fresh("total acc s result")
            self.emit(f"{name} = {self.rng.choice(('0.0', '0.0', '0', self.number(BOUND, 0)))}")
            self.declare(Var(name, FLOAT, SUM, locked=True))
        lists = [(v, v.memory) for v in self.of_kind(LIST) if v.memory and v.memory.least <= 8]
        arrays = self.of_kind(ARRAY)
        roll = self.rng.random()
        if lists and roll < 0.2:
            self.loop_over_subscripts(*self.rng.choice(lists))
        elif lists and roll < 0.45:
            self.loop_over_lists(lists)
        elif arrays and roll < 0.6:
            self.loop_over_array(self.rng.choice(arrays))
        else:
            text, trips, lo, hi = self.range_()
            name = self.loop_variable(INT, "i j k n")
            self.emit(f"for {name} in {text}:")
            with self.loop(trips):
                self.declare(Var(name, INT, lo=lo, hi=hi))
                self.statements(self.rng.choice((1, 2, 3)))
            if trips:
                self.declare(Var(name, INT, lo=lo, hi=hi))

    def loop_over_array(self, var: Var) -> None:
        """A loop over a vector's elements, a matrix's rows, or the subscripts of either."""
        n = var.shape[0]
        if self.chance(0.5):
            length = self.rng.choice((f"len({var.name})", f"{var.name}.shape[0]"))
            name = self.loop_variable(INT, "i j k")
            head, item = f"range({length})", Var(name, INT, lo=0, hi=n - 1)
        elif len(var.shape) == 1:
            name = self.loop_variable(FLOAT, "x y v")
            head, item = var.name, Var(name, FLOAT, DRIFT)
        else:
            name = self.fresh("row r v")
            head, item = var.name, Var(name, ARRAY, shape=var.shape[1:])
        self.emit(f"for {name} in {head}:")
        with self.loop(n):
            self.declare(item)
            self.statements(self.rng.choice((1, 2)))
        self.declare(item)

    def loop_variable(self, kind: str, pool: str) -> str:
        """Return a name for a loop's variable, now and then one that is in use."""
        olds = [v for v in self.of_kind(kind) if not v.locked and v.bound < SUM]
        olds = [v for v in olds if kind == FLOAT or v.lo != v.hi]  # no parameter
        if olds and self.depth == 1 and self.chance(0.25):
            return self.rng.choice(olds).name
        return self.fresh(pool)

    def loop_over_subscripts(self, var: Var, memory: Memory) -> None:
        """`for i in range(len(xs))`."""
        i = self.loop_variable(INT, "i j k")
        self.emit(f"for {i} in range(len({var.name})):")
        memory.iterating += 1
        with self.loop(min(LONGEST // 4, memory.least + 2)):
            self.declare(Var(i, INT, lo=0, hi=LONGEST, below=memory))
            self.statements(self.rng.choice((1, 2, 2)))
        memory.iterating -= 1
        if memory.least:
            self.declare(Var(i, INT, lo=0, hi=LONGEST))

    def loop_over_lists(self, lists: list[tuple[Var, Memory]]) -> None:
        var, memory = self.rng.choice(lists)
        x = self.fresh("x y v e")
        memories, names = [memory], {x: FLOAT}
        roll = self.rng.random()
        trips = min(LONGEST // 4, memory.least + 2)
        if roll < 0.5:
            head = f"for {x} in {var.name}:"
        elif roll < 0.75:
            i = self.other_name("i j k", names)
            names[i] = INT
            head = f"for {i}, {x} in enumerate({var.name}):"
        else:
            other, second = self.rng.choice(lists)
            memories.append(second)
            y = self.other_name("y z b", names)
            names[y] = FLOAT
            head = f"for {x}, {y} in zip({var.name}, {other.name}):"
            if self.chance(0.25):
                i = self.other_name("i j k", names)
                names[i] = INT
                head = f"for {i}, ({x}, {y}) in enumerate(zip({var.name}, {other.name})):"
        self.emit(head)
        for m in memories:
            m.iterating += 1
        with self.loop(trips):
            self.declare_names(names)
            self.statements(self.rng.choice((1, 1, 2)))
        for m in memories:
            m.iterating -= 1
        if all(m.least for m in memories):
            self.declare_names(names)

    def declare_names(self, names: dict[str, str]) -> None:
        for name, kind in names.items():
            # A subscript only where it is bound to fit: modulo something.
            self.declare(Var(name, kind, DRIFT, lo=0, hi=LONGEST))

    def other_name(self, pool: str, names: dict[str, str]) -> str:
        while (name := self.fresh(pool)) in names:
            pass
        return name

    def while_loop(self) -> None:
        """A loop that counts its turns itself."""
        k, turns = self.fresh("k n i step"), self.rng.randint(1, 4)
        down = self.chance(0.2)
        self.emit(f"{k} = {turns if down else 0}")
        self.declare(Var(k, INT, lo=0, hi=turns, locked=True))
        test = f"{k} > 0" if down else f"{k} < {turns}"
        if self.chance(0.35):
            test += f" and {self.condition()}"
        count = f"{k} {'-' if down else '+'}= 1"
        early = self.chance(0.3) or self.has("break_continue")
        self.emit(f"while {test}:")
        with self.loop(turns):
            if early:
                self.emit(count)
            self.statements(self.rng.choice((1, 2)))
            if not early:
                self.emit(count)

    # -- the end ------------------------------------------------------------------------------

    def summary(self) -> Bounded:
        """Return an expression that depends on much of what there is."""
        terms, bound = [], 0.0
        live = [v for v in self.vars.values() if v.kind in (FLOAT, LIST, ARRAY)]
        for var in self.rng.sample(live, min(len(live), 5)):
            if var.kind == FLOAT:
                terms.append(var.name if var.bound <= 12 else f"0.1 * {var.name}")
                bound += min(self.typical(var.bound), 10.0)
            elif var.kind == LIST and var.memory and var.memory.least and self.chance(0.5):
                terms.append(self.element(var))
                bound += self.typical(BOUND)
            elif var.kind == LIST:
                terms.append(f"sum({var.name})")
                bound += 6.0
            else:
                total = (f"np.sum({var.name})", f"np.sum({var.name} * {var.name})")
                terms.append(self.rng.choice(total))
                bound += 6.0
        return " + ".join(terms) or "0.0", bound

    def finish(self) -> None:
        """End with a return."""
        text, _ = self.summary()
        if self.chance(0.4):
            name = self.fresh("out result value y")
            self.emit(f"{name} = {text}")
            text = self.rng.choice((name, f"{name} * {name}", f"0.5 * {name}"))
        self.emit(f"return {text}")
