"""Random control flow beyond branches and loops: `try`, `match`, `:=`, `else` of loops, `del`."""

from __future__ import annotations

from collections.abc import Callable

from .lists import Lists
from .scope import BOUND, DRIFT, FLOAT, INT, LIST, Memory, Var


class Control(Lists):
    """Writes statements that take other ways."""

    statements: Callable[[int], None]
    small_statements: Callable[[], list]
    target: Callable[[], tuple[str, float]]
    bind: Callable[[str, float], None]
    repeat: Callable[[dict], None]

    def control_statements(self) -> list[tuple[float, Callable[[], None]]]:
        """The blocks; they may nest."""
        options: list[tuple[float, Callable[[], None]]] = []
        if self.has("attempts"):
            options.append((1.5, self.attempt))
        if self.has("match"):
            options.append((0.8, self.match))
        if self.has("walrus"):
            options.append((0.6, self.walrus_branch))
        if self.has("loop_else") and self.trips <= 6:
            options.append((0.6, self.search))
        return options

    def control_lines(self) -> list[tuple[float, Callable[[], None]]]:
        """Single lines."""
        options: list[tuple[float, Callable[[], None]]] = []
        if self.has("walrus"):
            options.append((0.5, self.walrus))
        if self.has("deletions") and self.depth == 1:
            options.append((0.4, self.delete))
        if self.has("starred"):
            options.append((0.5, self.starred))
        return options

    # -- try ----------------------------------------------------------------------------------

    def attempt(self) -> None:
        """Something that may fail, first or after another statement; handlers, `else`, `finally`."""
        name, bound = self.target()
        self.emit("try:")
        with self.block() as tried:
            if self.chance(0.2):
                self.number_statement()
            error = self.failing(name)
            self.declare(Var(name, FLOAT, max(bound, DRIFT)))
            if self.chance(0.3):
                self.number_statement()
        caught = self.rng.choice((error, f"({error}, KeyError)", "Exception"))
        self.emit(f"except {caught}{self.rng.choice(('', '', ' as error'))}:")
        with self.block() as handled:
            if self.chance(0.7):
                self.emit(f"{name} = {self.number(BOUND)}")
                self.declare(Var(name, FLOAT, BOUND))
            if self.chance(0.4):
                self.statements(1)
        if self.chance(0.3):
            self.emit("else:")
            with self.block():
                self.vars.update(tried)
                self.statements(1)
        if self.chance(0.2):
            self.emit("finally:")
            with self.block():
                self.number_statement()
        if name in self.vars:
            self.vars[name].bound = max(bound, DRIFT)
        elif name in handled:
            self.declare(Var(name, FLOAT, DRIFT))

    def failing(self, name: str) -> str:
        """Write a line that assigns to a name, or raises; return what it raises."""
        lists = [v for v in self.of_kind(LIST) if v.memory]
        ints = [v for v in self.of_kind(INT) if 0 <= v.lo]
        roll = self.rng.random()
        if lists and roll < 0.25:
            self.emit(f"{name} = {self.rng.choice(lists).name}[{self.rng.randint(0, 5)}]")
            return "IndexError"
        if ints and roll < 0.45:
            self.emit(f"{name} = {self.number(BOUND)} / {self.rng.choice(ints).name}")
            return "ZeroDivisionError"
        if roll < 0.65:
            self.emit(f"if {self.condition()}:")
            with self.block():
                self.emit('raise ValueError("odd")')
            self.emit(f"{name} = {self.number(BOUND)}")
        elif roll < 0.85:
            self.emit(f"{name} = math.sqrt(0.3 + {self.number(BOUND, 1)})")
        else:
            self.emit(f"{name} = math.log(0.5 + {self.number(BOUND, 1)})")
        return "ValueError"

    def number_statement(self) -> None:
        name, bound = self.target()
        self.emit(f"{name} = {self.number(bound)}")
        self.bind(name, bound)

    # -- match --------------------------------------------------------------------------------

    def match(self) -> None:
        ints = self.of_kind(INT)
        roll = self.rng.random()
        if "mode" in self.flags and roll < 0.4:
            subject, patterns = "mode", ['"fast"', self.rng.choice(('"slow"', "_"))]
        elif ints and roll < 0.8:
            subject = f"{self.rng.choice(ints).name} % 3"
            patterns = ["0", self.rng.choice(("1", "1 | 2", "_")), "_"]
            patterns = patterns[: patterns.index("_") + 1]
        else:
            return self.match_pair()
        self.cases(subject, [(p, []) for p in patterns])
        return None

    def match_pair(self) -> None:
        x, y = self.fresh(), self.fresh()
        if x == y:
            return
        floats = [Var(x, FLOAT), Var(y, FLOAT)]
        guard = self.rng.choice((f"{x} > {y}", f"{x} * {y} > 0.1"))
        patterns = [(f"({x}, {y}) if {guard}", floats), (f"({x}, _)", floats[:1])]
        self.cases(f"({self.number(BOUND)}, {self.number(BOUND)})", patterns)

    def cases(self, subject: str, patterns: list[tuple[str, list[Var]]]) -> None:
        self.emit(f"match {subject}:")
        self.depth += 1
        both: dict[str, Var] = {}
        for pattern, names in patterns:
            self.emit(f"case {pattern}:")
            with self.block() as news:
                for var in names:
                    self.declare(var)
                self.repeat(both)
                self.statements(self.rng.choice((1, 1, 2)))
            both = both or dict(news)
        self.depth -= 1

    # -- := -----------------------------------------------------------------------------------

    def walrus(self) -> None:
        inner, (name, bound) = self.fresh(), self.target()
        if inner == name or bound < BOUND:
            return
        self.emit(f"{name} = 0.4 * ({inner} := {self.number(BOUND)}) * {inner} - 0.3 * {inner}")
        self.declare(Var(inner, FLOAT))
        self.bind(name, max(bound, DRIFT))

    def walrus_branch(self) -> None:
        name, bound = self.target()
        self.emit(f"if ({name} := {self.number(bound)}) {self.rng.choice('<>')} 0.2:")
        self.bind(name, bound)
        with self.block():
            self.statements(1)
        if self.chance(0.4):
            self.emit("else:")
            with self.block():
                self.statements(1)

    # -- else of loops ------------------------------------------------------------------------

    def search(self) -> None:
        """A loop that may end early, and what is done if it does not."""
        k, n = self.fresh("i j k"), self.rng.randint(1, 4)
        self.emit(f"for {k} in range({n}):")
        with self.loop(n):
            self.declare(Var(k, INT, lo=0, hi=n - 1))
            if self.chance(0.5):
                self.number_statement()
            self.emit(f"if {self.condition()}:")
            with self.block():
                if self.chance(0.5):
                    self.number_statement()
                self.emit("break")
            if self.chance(0.5):
                self.number_statement()
        self.emit("else:")
        with self.block():
            self.statements(1)

    # -- del, * -------------------------------------------------------------------------------

    def delete(self) -> None:
        floats = [v for v in self.of_kind(FLOAT) if not v.locked]
        if len(floats) > 2:
            name = self.rng.choice(floats).name
            self.emit(f"del {name}")
            del self.vars[name]

    def starred(self) -> None:
        first, rest, last = self.fresh(), self.fresh("rest others tail"), self.fresh()
        if len({first, rest, last}) < 3:
            return
        long = [v for v in self.of_kind(LIST) if v.memory and v.memory.least > 1]
        least = self.rng.randint(0, 2)
        values = ", ".join(self.number(BOUND, 1) for _ in range(least + 2))
        if long and self.chance(0.5):
            var = self.rng.choice(long)
            values, least = var.name, var.memory.least - 2 if var.memory else 0
        self.emit(f"{first}, *{rest}, {last} = {values}")
        for name in (first, last):
            self.declare(Var(name, FLOAT, DRIFT))
        self.declare(Var(rest, LIST, memory=Memory(least)))
