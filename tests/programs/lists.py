"""Random statements on lists."""

from __future__ import annotations

from collections.abc import Callable

from .scope import BOUND, FLOAT, INT, LIST, LONGEST, Memory, Var
from .updates import Updates


class Lists(Updates):
    """Writes statements that make, change and share lists."""

    def list_statements(self) -> list[tuple[float, Callable[[], None]]]:
        """Return the statements on lists, with their weights."""
        if not self.has("lists"):
            return []
        options: list[tuple[float, Callable[[], None]]] = [(1.2, self.new_list)]
        if not self.of_kind(LIST):
            return options
        if self.has("list_stores"):
            options += [(2.5, self.store_element), (0.5, self.swap_elements)]
        if self.has("list_lengths"):
            options += [(1.2, self.append), (0.8, self.pop), (0.5, self.extend)]
            if self.trips == 1 and self.has("loops"):
                if self.has("while") or not self.has("break_continue"):
                    options.append((0.5, self.stack))
        if self.has("aliases"):
            options.append((0.8, self.alias_list))
        return options

    def pick_list(self, least: int = 1) -> tuple[Var, Memory] | None:
        """Return a list with at least so many elements, if there is one."""
        lists = [(v, v.memory) for v in self.of_kind(LIST) if v.memory and v.memory.least >= least]
        return self.rng.choice(lists) if lists else None

    def new_list(self) -> None:
        """A display, a repetition, a comprehension, a copy, a concatenation."""
        name = self.fresh("xs ys items a b stack")
        lists = self.of_kind(LIST)
        roll = self.rng.random()
        if roll < 0.3:
            least = self.rng.randint(1, 4)
            text = f"[{', '.join(self.number(BOUND, 1) for _ in range(least))}]"
        elif roll < 0.5:
            least = self.rng.randint(2, 5)
            text = f"[{self.rng.choice(('0.0', '0.0', '1.0', self.number(BOUND, 0)))}] * {least}"
            if lists and self.chance(0.4):
                like = self.rng.choice(lists)
                assert like.memory is not None
                text, least = f"[0.0] * len({like.name})", like.memory.least
        elif roll < 0.75 and self.has("comprehensions"):
            inside, least = self.comprehended()
            text = f"[{inside}]"
        elif lists:
            var = self.rng.choice(lists)
            assert var.memory is not None
            least = var.memory.least
            copies = [f"list({var.name})", f"{var.name}[:]", f"{var.name}.copy()"]
            if least > 1:
                copies.append(f"{var.name}[1:]")
                copies.append(f"{var.name}[::-1]")
            text = self.rng.choice(copies)
            if text.endswith("[1:]"):
                least -= 1
            if self.chance(0.3) and least < LONGEST // 4:
                text, least = f"{text} + [{self.number()}]", least + 1
        else:
            text, least = "[]", 0
        self.emit(f"{name} = {text}")
        self.declare(Var(name, LIST, memory=Memory(least)))
        if least == 0 and self.has("list_lengths"):
            self.append(name)

    def store_element(self) -> None:
        picked = self.pick_list()
        if picked is None:
            return
        target = self.element(picked[0])
        if self.chance(0.5):
            self.emit(f"{target} {self.increment()}")
        else:
            self.emit(f"{target} = {self.number()}")

    def swap_elements(self) -> None:
        picked = self.pick_list(2)
        if picked is None:
            return
        a, b = self.element(picked[0]), self.element(picked[0])
        self.emit(f"{a}, {b} = {b}, {a}")

    def append(self, name: str = "") -> None:
        lists = [v for v in self.of_kind(LIST) if v.memory and self.may_append(v.memory)]
        lists = [v for v in lists if not name or v.name == name]
        if not lists:
            return
        var = self.rng.choice(lists)
        assert var.memory is not None
        self.emit(f"{var.name}.append({self.number()})")
        var.memory.least += 1
        self.grown.add(id(var.memory))

    def pop(self) -> None:
        lists = [v for v in self.of_kind(LIST) if v.memory and self.may_pop(v.memory)]
        if not lists:
            return self.append()
        var = self.rng.choice(lists)
        assert var.memory is not None
        position = self.rng.choice(("", "", "", "0", "-1"))
        var.memory.least -= 1
        if self.chance(0.6):
            name = self.fresh()
            self.emit(f"{name} = {var.name}.pop({position})")
            self.declare(Var(name, FLOAT, 6.0))
        elif self.chance(0.3):
            self.emit(f"{var.name}.pop({position})")
        else:
            name = self.fresh()
            self.emit(f"{name} = 0.5 * {var.name}.pop({position}) + {self.number(BOUND, 1)}")
            self.declare(Var(name, FLOAT, 6.0))
        return None

    def extend(self) -> None:
        """`xs += [...]`: in place, as an alias will see."""
        lists = [v for v in self.of_kind(LIST) if v.memory and self.may_append(v.memory)]
        if not lists or self.trips > 6:
            return
        var = self.rng.choice(lists)
        assert var.memory is not None
        size = self.rng.randint(1, 2)
        self.emit(f"{var.name} += [{', '.join(self.number(BOUND, 1) for _ in range(size))}]")
        var.memory.least += size
        self.grown.add(id(var.memory))

    def stack(self) -> None:
        """Fill a list in one loop, empty it in another: as a tape is."""
        name, turns = self.fresh("stack xs tape"), self.rng.randint(1, 4)
        self.emit(f"{name} = []")
        memory = Memory(0)
        self.declare(Var(name, LIST, memory=memory))
        k = self.fresh("i j k")
        self.emit(f"for {k} in range({turns}):")
        with self.loop(turns):
            self.declare(Var(k, INT, lo=0, hi=turns - 1))
            self.small_statement()
            self.emit(f"{name}.append({self.number()})")
        total, top = self.fresh("total acc"), ""
        self.emit(f"{total} = {self.number(BOUND, 0)}")
        self.declare(Var(total, FLOAT, BOUND))
        unsure = self.has("break_continue")  # whether all turns came to the append
        until = unsure or (self.has("while") and self.chance(0.6))
        head = f"while {name}:" if until else f"for {k} in range({turns}):"
        self.emit(head)
        with self.loop(turns):
            while not top or top == total:
                top = self.fresh("x y top")
            self.emit(f"{top} = {name}.pop()")
            self.declare(Var(top, FLOAT, BOUND))
            self.emit(f"{total} = 0.5 * {total} * {self.number(1.0, 1)} + 0.5 * {top}")
        memory.pinned = True  # it is empty now

    def alias_list(self) -> None:
        """`b = a`, or one of two."""
        picked = self.pick_list(0)
        if picked is None:
            return
        var, memory = picked
        others = [v for v in self.of_kind(LIST) if v.memory is not memory and v.memory]
        if others and self.has("branches") and self.chance(0.35):
            other = self.rng.choice(others)
            assert other.memory is not None
            name = self.fresh("a b p q")
            self.emit(f"{name} = {var.name} if {self.condition()} else {other.name}")
            # It stands for either, so that neither may become shorter from now on, nor longer.
            memory.pinned = other.memory.pinned = True
            memory = Memory(min(memory.least, other.memory.least), pinned=True)
        else:
            name = self.fresh("a b p q")
            if others and self.chance(0.3) and self.loops == 0 and self.depth == 1:
                name = self.rng.choice(others).name
            self.emit(f"{name} = {var.name}")
        self.declare(Var(name, LIST, memory=memory))

    def small_statement(self) -> None:
        """Write a statement without a block."""
        raise NotImplementedError
