"""What watched text calls as it runs: it puts together which stage took its operands from where.

    recorder.ran(0, prod, w_0, x_0)      prod is a stage of its own; its operands are w[0] and x[0]
    recorder.moved(3)                    what a branch or a turn of a loop hands on has its source
    recorder.came_back(0, dprod)         the cotangent of the stage run last of gate 0
    recorder.used(0, 1, dx_0)            what its second operand gets of it

Values are followed by name through branches and loops, elements of lists by the list and their
place in it, arrays that are changed by the memory that they are. The backward pass meets the
stages of a gate from the last to the first, so that a stack for each gate tells which it is at.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from srcgrad.ir import Const, Slice, Tup, Value, values_in
from srcgrad.passes.watch import Site, Watched, transparent
from srcgrad.recording.trace import Constant, Leaf, Stage, Use
from srcgrad.trees import children

_VIEW = "[view]"  # for a part that no subscript leads to, as of a transpose


@dataclass(eq=False)
class _Memory:
    """An array, and what its present contents are from."""

    array: np.ndarray
    source: Any


@dataclass(eq=False)
class _Visit:
    """A gate, once run: its stage, and the uses that each of the values told is of."""

    site: Site
    stage: Stage | None = None
    uses: dict[int, list[Use]] = field(default_factory=dict)
    elements: list[Stage] = field(default_factory=list)  # of a list that the stage gives


class Recorder:
    """The object that watched text calls `recorder`."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self.current: dict[Value, Any] = {}  # value -> its stage, input, or an input's path
        self.lists: dict[
            int, tuple[Any, list]
        ] = {}  # identity -> the list, and its elements' sources
        self.arrays: list[_Memory] = []
        self.leaves: dict[str, Leaf] = {}
        self.visits: list[_Visit] = []
        self.pending: dict[int, list[_Visit]] = {}  # those that the backward pass has yet to meet
        self.tried: dict[int, tuple] = {}  # where attempts began: how many visits and stages were
        self.open: dict[int, _Visit] = {}  # those that it is at

    def start(self, watched: Watched, arguments: dict[str, Any]) -> None:
        """Take note of the arguments and of what there is to be told."""
        self.watched = watched
        for name, value in arguments.items():
            self.enter(name, value)

    def enter(self, path: str, value: Any) -> Leaf:
        leaf = self.leaf(path, value)
        items = [self.enter(f"{path}{step}", item) for step, item in children(value)]
        if isinstance(value, (list, tuple)):
            self.lists[id(value)] = (value, items)
        elif isinstance(value, np.ndarray):
            self.arrays.append(_Memory(value, leaf))
        return leaf

    def leaf(self, path: str, value: Any) -> Leaf:
        return self.leaves.setdefault(path, Leaf(path, kept(value)))

    def finish(self) -> Stage | Leaf | Constant:
        """Say where the result came from; a use that nothing came back to has gradient zero."""
        for visit in self.visits:
            for k, uses in visit.uses.items():
                for use in uses:
                    if use.gradient is None and visit.site.active[k]:
                        use.gradient = _spread(0.0, use.value)
            if visit.stage is not None and visit.stage.cotangent is None:
                visit.stage.cotangent = _spread(0.0, visit.stage.value)
        returned = self.watched.result
        if isinstance(returned, Value):
            found = self.current.get(returned, self.watched.paths.get(returned))
            found = self.leaves.get(found) if isinstance(found, str) else found
            return found or Constant(None, returned.hint)
        return Constant(getattr(returned, "value", None))

    # ------------------------------------------------------------ where values come from

    def source(self, operand, told: dict) -> Any:
        """The stage, input or constant that an operand has its value from."""
        if isinstance(operand, Const):
            return Constant(operand.value)
        value = told[operand]
        found = self.current.get(operand)
        if found is None and isinstance(value, np.ndarray):
            memory = self.memory(value)
            found = memory and memory.source
        if found is None:
            found = self.watched.paths.get(operand)
        if isinstance(found, str):
            return self.leaf(found, value)
        return found or Constant(kept(value), operand.hint if operand.named else "")

    def elements(self, operand, told: dict) -> list:
        """Where the elements of a list come from."""
        items = told[operand]
        if id(items) not in self.lists:
            if operand in self.watched.paths:
                self.enter(self.watched.paths[operand], items)
            else:
                self.lists[id(items)] = (items, [Constant(kept(v)) for v in items])
        return self.lists[id(items)][1]

    def memory(self, array) -> _Memory | None:
        """The array noted that this one is, or is a view of."""
        for memory in reversed(self.arrays):
            if memory.array is array or np.shares_memory(memory.array, array):
                return memory
        return None

    # ------------------------------------------------------------ the forward pass

    def ran(self, number: int, *values: Any) -> None:
        """A gate was run: its value, and those that it read."""
        site = self.watched.sites[number]
        has_out = site.gate.out is not None
        out, rest = (values[0], values[1:]) if has_out else (None, values)
        visit = _Visit(site)
        op = site.gate.op.partition(":")[0].replace(".", "_")
        method = getattr(self, "ran_" + op, self.ran_gate)
        method(visit, out, dict(zip(site.reads, rest)))
        self.visits.append(visit)
        self.pending.setdefault(number, []).append(visit)

    def moved(self, number: int) -> None:
        """Values were handed on at the end of a branch or of a turn, all at once."""
        pairs = self.watched.sites[number]
        sources = [self.current.get(o, self.watched.paths.get(o)) for _, o in pairs]
        for (value, _), source in zip(pairs, sources):
            self.current[value] = source

    def tries(self, number: int) -> None:
        """An attempt begins."""
        self.tried[number] = len(self.visits), len(self.stages)

    def failed(self, number: int) -> None:
        """It has failed: what it ran comes to nothing, and the backward pass will not meet it."""
        visits, stages = self.tried[number]
        gone = set(map(id, self.visits[visits:]))
        del self.visits[visits:], self.stages[stages:]
        for stack in self.pending.values():
            stack[:] = [v for v in stack if id(v) not in gone]

    def ran_gate(self, visit, out, told) -> None:
        """Any gate that computes: it becomes a stage."""
        gate = visit.site.gate
        operands = [(o, True) for arg in gate.args for o in _flat(arg)]
        operands += [(o, isinstance(o, Value)) for _, arg in gate.kw for o in _flat(arg)]
        k, uses = 0, []
        for operand, shown in operands:
            found = self.operand(operand, told) if shown else []
            if isinstance(operand, Value):
                visit.uses[k] = found
                k += 1
            uses += found
        self.take(visit, out, self.stage(visit, out, uses))

    def operand(self, operand, told) -> list[Use]:
        """The use of an operand; of a list, those of its elements."""
        if isinstance(operand, Const):
            value = operand.value
            return [Use(Constant(value), value)] if type(value) in (int, float) else []
        value = told[operand]
        if isinstance(value, (list, tuple)):
            return [Use(s, kept(v)) for s, v in zip(self.elements(operand, told), value)]
        return [Use(self.source(operand, told), kept(value))]

    def stage(self, visit, value, uses, index="") -> Stage | Constant:
        """A stage of its own, where anything goes in that is not a constant."""
        if all(isinstance(use.source, Constant) for use in uses):
            return Constant(kept(value))
        gate = visit.site.gate
        location = gate.loc and gate.loc[0].location(gate.loc[1])
        name = gate.out.hint if gate.out is not None else gate.args[0].hint
        number = len(self.stages)
        visit.stage = Stage(
            number, _operation(gate), name, _text(gate), location, uses, kept(value), index=index
        )
        self.stages.append(visit.stage)
        return visit.stage

    def take(self, visit, out, source) -> None:
        """The gate's value comes from there."""
        if visit.site.memory and isinstance(out, np.ndarray):
            self.arrays.append(_Memory(out, source))
        elif visit.site.gate.out is not None:
            self.current[visit.site.gate.out] = source

    # ------------------------------------------------------------ parts of lists and arrays

    def ran_getitem(self, visit, out, told) -> None:
        gate = visit.site.gate
        base = told[gate.args[0]]
        if not isinstance(base, (list, tuple)):
            return self.part(visit, out, told, self.source(gate.args[0], told))
        found = self.elements(gate.args[0], told)[_evaluated(gate.args[1], told)]
        self.hold(visit, out, found)

    ran_view = ran_getitem

    def ran_snapshot(self, visit, out, told) -> None:
        ref = visit.site.gate.args[0]
        if isinstance(told[ref], (list, tuple)):
            return self.hold(visit, out, list(self.elements(ref, told)))
        memory = self.memory(told[ref])
        if memory is not None and _same_array(memory.array, told[ref]):
            return self.take(visit, out, memory.source)
        self.part(visit, out, told, self.source(ref, told))

    def part(self, visit, out, told, source) -> None:
        """A part of an input is an input; of anything else it is a stage."""
        index = self.subscript(visit, told)
        if isinstance(source, Leaf) and index != _VIEW:
            return self.take(visit, out, self.leaf(source.path + index, out))
        use = Use(source, told[visit.site.gate.args[0]])
        use.value = kept(use.value)
        visit.uses[0] = [use]
        self.take(visit, out, self.stage(visit, out, [use], index))

    def subscript(self, visit, told) -> str:
        """Which part of an array a gate reads or changes, as text."""
        if visit.site.index is None:
            return _VIEW
        return "".join(f"[{_written(_evaluated(i, told))}]" for i in visit.site.index)

    def hold(self, visit, out, found) -> None:
        """The value is an element, or a list, with the source or sources found."""
        if not isinstance(out, (list, tuple)):
            self.take(visit, out, found)
        elif isinstance(found, list):
            self.lists[id(out)] = (out, found)

    def ran_list(self, visit, out, told) -> None:
        items = [
            self.source(o, told) if isinstance(v, (int, float, np.ndarray, np.generic)) else None
            for o, v in zip(visit.site.gate.args, out)
        ]
        self.hold(visit, out, items)

    def ran_call(self, visit, out, told) -> None:
        """A helper: a stage, and of a list that it returns each element is one."""
        self.ran_gate(visit, out, told)
        whole = visit.stage
        if not isinstance(out, list) or whole is None:
            return
        for k, value in enumerate(out):
            use = Use(whole, whole.value)
            part = Stage(
                len(self.stages),
                "part",
                whole.name,
                whole.text,
                whole.location,
                [use],
                value,
                index=f"[{k}]",
            )
            visit.elements.append(part)
            self.stages.append(part)
        self.lists[id(out)] = (out, list(visit.elements))

    def ran_repeat(self, visit, out, told) -> None:
        self.hold(visit, out, [self.source(visit.site.gate.args[0], told)] * len(out))

    def ran_copy(self, visit, out, told) -> None:
        self.hold(visit, out, list(self.elements(visit.site.gate.args[0], told)))

    def ran_list_add(self, visit, out, told) -> None:
        self.hold(visit, out, [s for arg in visit.site.gate.args for s in self.elements(arg, told)])

    def ran_list_slice(self, visit, out, told) -> None:
        items, *bounds = visit.site.gate.args
        ends = [_evaluated(bound, told) for bound in bounds]
        which = {"head": [None, *ends], "tail": [*ends, None], "reversed": [None, None, -1]}
        taken = slice(*which.get(visit.site.gate.op.partition(":")[2], ends))
        self.hold(visit, out, self.elements(items, told)[taken])

    def ran_numpy_copy(self, visit, out, told) -> None:
        self.take(visit, out, self.source(visit.site.gate.args[0], told))

    # ------------------------------------------------------------ changes

    def ran_append(self, visit, out, told) -> None:
        base, value = visit.site.gate.args
        self.elements(base, told)  # of a list that is new here, as it is already
        items = self.lists[id(told[base])][1]
        if len(items) < len(told[base]):
            items.append(self.source(value, told))

    def ran_pop(self, visit, out, told) -> None:
        items = self.elements(visit.site.gate.args[0], told)
        self.hold(visit, out, items.pop())

    def ran_setitem(self, visit, out, told) -> None:
        base, index, value = visit.site.gate.args
        if isinstance(told[base], list):
            self.elements(base, told)[_evaluated(index, told)] = self.source(value, told)
        else:
            self.changed(visit, told)

    def ran_augitem(self, visit, out, told) -> None:
        base, index, value = visit.site.gate.args
        if not isinstance(told[base], list):
            return self.changed(visit, told)
        items, k = self.elements(base, told), _evaluated(index, told)
        before = Use(items[k], items[k].value)
        items[k] = self.store(visit, told[base][k], before, told, "")

    def changed(self, visit, told) -> None:
        """An array was changed: from here on it is what this stage made of it."""
        array = told[visit.site.gate.args[0]]
        memory = self.memory(array)
        if memory is None:
            memory = _Memory(array, Constant(kept(array)))
            self.arrays.append(memory)
        index = self.subscript(visit, told) or "[...]"
        before = Use(memory.source, memory.source.value)
        memory.source = self.store(visit, memory.array, before, told, index)

    def store(self, visit, value, before, told, index):
        stored = visit.site.gate.args[2]
        visit.uses[0] = [before]
        uses = self.operand(stored, told)
        if isinstance(stored, Value):
            visit.uses[sum(1 for a in visit.site.gate.args for _ in values_in(a)) - 1] = uses
        return self.stage(visit, value, [before, *uses], index)

    # ------------------------------------------------------------ the backward pass

    def came_back(self, number: int, cotangent: Any) -> None:
        """The backward pass has come to the last stage of a gate that it has not met yet."""
        visit = self.open[number] = self.pending[number].pop()
        if visit.stage is not None:
            visit.stage.cotangent = _spread(cotangent, visit.stage.value)
            for part, c in zip(visit.elements, cotangent if visit.elements else ()):
                part.cotangent = part.operands[0].gradient = kept(c)
            if transparent(visit.site.gate):  # a part: what it gets is what it hands on
                for use in visit.uses[0]:
                    use.gradient = kept(cotangent)

    def used(self, number: int, position: int, contribution: Any) -> None:
        """What the stage's use of an operand adds to the operand's cotangent."""
        uses = self.open[number].uses.get(position, [])
        many = isinstance(contribution, (list, tuple))
        for k, use in enumerate(uses):
            use.gradient = _spread(contribution[k] if many else contribution, use.value)


def kept(value: Any) -> Any:
    """A value as it is now, whatever happens to it later."""
    if isinstance(value, np.ndarray):
        return value.copy()
    return [kept(v) for v in value] if isinstance(value, (list, tuple)) else value


def _spread(cotangent, value):
    """A cotangent in the shape of the value; the text may leave a number where all elements agree."""
    if isinstance(value, np.ndarray):
        return np.broadcast_to(cotangent, value.shape).copy()
    return kept(cotangent)


def _same_array(a, b) -> bool:
    facts = ("shape", "strides")
    same = all(getattr(a, f) == getattr(b, f) for f in facts)
    return same and a.__array_interface__["data"][0] == b.__array_interface__["data"][0]


def _flat(operand):
    """The values and literals in an operand, in order."""
    match operand:
        case Tup():
            for item in operand.items:
                yield from _flat(item)
        case Slice():
            for part in (operand.lo, operand.hi, operand.step):
                if part is not None:
                    yield from _flat(part)
        case Value() | Const():
            yield operand


def _evaluated(operand, told):
    """A subscript as it was when the gate ran."""
    match operand:
        case Value():
            return told[operand]
        case Const():
            return operand.value
        case Slice():
            parts = (operand.lo, operand.hi, operand.step)
            return slice(*(p if p is None else _evaluated(p, told) for p in parts))
        case Tup():
            return tuple(_evaluated(i, told) for i in operand.items)
    return operand


def _written(index) -> str:
    if isinstance(index, tuple):
        return ", ".join(map(_written, index))
    if isinstance(index, slice):
        parts = ["" if p is None else str(p) for p in (index.start, index.stop, index.step)]
        return ":".join(parts if index.step is not None else parts[:2])
    return "..." if index is ... else str(index)


def _operation(gate) -> str:
    """What the gate is called: a user's by its path in the text, a helper by its name."""
    if gate.op == "augitem":
        return dict(gate.kw)["op"].value
    if gate.op == "call":
        return gate.form.name
    if gate.op.startswith("user."):
        return str(gate.form)
    return "part" if gate.op in ("snapshot", "getitem", "view", "gather") else gate.op


def _text(gate) -> str:
    return ast.unparse(gate.loc[1]).replace("%", "_") if gate.loc else ""
