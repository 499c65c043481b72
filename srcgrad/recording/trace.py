"""What a recording is made of: stages, inputs and constants, and the uses that connect them.

>>> x = Leaf("x", 3.0)
>>> Stage(0, "operator.mul", "y", "2 * x", None, [Use(Constant(2), 2), Use(x, 3.0, 2.0)], 6.0, 1.0).uses_of(x)
[2.0]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from srcgrad.errors import Location


@dataclass(eq=False)
class Leaf:
    """What goes in: a parameter, a part of one (`path` is `w[0]`), or a value from outside."""

    path: str
    value: Any


@dataclass(eq=False)
class Constant:
    """A number that no gradient flows to; `name` of the variable that holds it, if any."""

    value: Any
    name: str = ""


@dataclass(eq=False)
class Stage:
    """One gate, once run.

    Attributes: `number` in the order of execution; `op`, the gate, as `operator.mul`; `name` of
    the variable that took the value, or of the temporary; `text` of the expression and its
    `location` in the source; `operands`, literals among them; `value`; `cotangent`, its whole
    gradient; and `index`, of a gate that reads or changes a part of an array, the subscript.
    """

    number: int
    op: str
    name: str
    text: str
    location: Location | None
    operands: list[Use]
    value: Any
    cotangent: Any = None
    index: str = ""

    def uses_of(self, source) -> list:
        """The gradients of this stage's uses of a source."""
        return [use.gradient for use in self.operands if use.source is source]

    def __str__(self) -> str:
        return f"{self.name} = {self.value}, gradient {self.cotangent}: {self.text}"


@dataclass(eq=False)
class Use:
    """An operand of a stage: where it came from, and what this one use adds to its cotangent.

    `gradient` is None where none is wanted: the operand does not depend on what is
    differentiated by.
    """

    source: Stage | Leaf | Constant
    value: Any
    gradient: Any = None


@dataclass(eq=False)
class Trace:
    """A run of a function and of its gradient.

    Attributes: `name` of the function; `stages` in the order of execution; `result`, where the
    value came from; `value` and `gradients` as `value_and_grad` returns them; `text`, the code
    that was run.
    """

    name: str
    stages: list[Stage]
    result: Stage | Leaf | Constant
    value: Any
    gradients: Any
    text: str

    def uses(self) -> dict[str, list[Use]]:
        """The uses of each input, by its path, in the order of execution."""
        found: dict[str, list[Use]] = {}
        for stage in self.stages:
            for use in stage.operands:
                if isinstance(use.source, Leaf):
                    found.setdefault(use.source.path, []).append(use)
        return found
