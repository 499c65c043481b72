"""How numbers, inputs and gates are written in a picture.

>>> number(-0.19661193), number([1.0, 2.0]), number(None)
('-0.197', '[1, 2]', '')
>>> from srcgrad.recording import record
>>> def inverse(x):
...     return 1 / (3 * x)
>>> [gate(stage) for stage in record(inverse, {"x": 2.0}).stages]
['*3', '1/x']
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from srcgrad.recording.trace import Constant, Stage

_SHOWN = 3  # elements of a list that are written out
_SIGNS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "matmul": "@", "neg": "*-1", "pos": "+",
}  # fmt: skip
_LEFT = {"add": "+{}", "mul": "*{}", "sub": "{}-x", "truediv": "{}/x", "pow": "{}**x"}
_RIGHT = {"add": "+{}", "mul": "*{}", "sub": "-{}", "truediv": "/{}", "pow": "**{}"}


def number(value: Any) -> str:
    """A value in a few characters: a number to three digits, an array by its shape and norm.

    >>> number(1234567.0), number(-0.0), number(True)
    ('1.23e+06', '0', 'True')
    >>> number(np.ones((3, 4)))
    '[3x4] |3.46|'
    """
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        if len(value) > _SHOWN or any(isinstance(v, (list, tuple, np.ndarray)) for v in value):
            return f"{len(value)} items"
        return f"[{', '.join(map(number, value))}]"
    if isinstance(value, np.ndarray) and value.ndim:
        norm = float(np.sqrt(np.sum(np.abs(value.astype(float)) ** 2)))
        return f"[{'x'.join(map(str, value.shape))}] |{norm:.3g}|"
    if isinstance(value, (bool, np.bool_)) or not isinstance(
        value, (int, float, np.generic, np.ndarray)
    ):
        return _cut(str(value), 12)
    text = f"{float(value):.3g}"
    return "0" if text == "-0" else text


def path(text: str, others) -> str:
    """An input's name: `w[0]` is written `w0` where no other input could be meant.

    >>> path("w[0]", {"w[0]", "x"}), path("w[0]", {"w[0]", "w0"}), path("rows[1][0]", set())
    ('w0', 'w[0]', 'rows[1][0]')
    """
    found = re.fullmatch(r"(\w*[^\W\d])\[(\d+)\]", text)
    short = found and found[1] + found[2]
    return short if short and short not in others else text


def gate(stage: Stage) -> str:
    """A gate's sign or name, with the constant that it works with: `*`, `+1`, `1/x`, `exp`."""
    name = stage.op.partition(":")[0].rpartition(".")[2]
    if stage.index:
        change = {"part": "", "setitem": " ="}.get(name, f" {_SIGNS.get(name, name)}=")
        return stage.index + change
    constants = [k for k, use in enumerate(stage.operands) if is_absorbed(stage, use)]
    if stage.op.startswith("operator.") and constants and len(stage.operands) == 2:
        form = (_RIGHT if constants[0] else _LEFT).get(name)
        if form is not None:
            return _signed(form.format(number(stage.operands[constants[0]].value)))
    if constants:
        shown = ["·"] * len(stage.operands)
        for k in constants:
            shown[k] = number(stage.operands[k].value)
        return f"{_SIGNS.get(name, name)}({', '.join(shown)})"
    return _SIGNS.get(name, name) if stage.op.startswith("operator.") else name


def is_absorbed(stage: Stage, use) -> bool:
    """Whether an operand is a constant that the gate's label names, rather than a wire."""
    plain = isinstance(use.value, (int, float, np.generic)) and not isinstance(use.value, bool)
    return isinstance(use.source, Constant) and plain and len(stage.operands) <= 3


def tip(stage: Stage) -> str:
    """All about a gate, for a tooltip: what it is in the source, its value and its gradient."""
    place = f" ({where(stage)})" if stage.location else ""
    lines = [f"{_cut(stage.text, 80)}{place}"] if stage.text else []
    lines += [f"{stage.name} = {_full(stage.value)}", f"gradient {_full(stage.cotangent)}"]
    return "\n".join(lines)


def where(stage: Stage) -> str:
    """The file, without the folders that it is in, and line."""
    if stage.location is None:
        return ""
    file = stage.location.file.replace("\\", "/").rpartition("/")[2]
    return f"{file}:{stage.location.line}"


def _full(value) -> str:
    if isinstance(value, (float, np.floating)):
        return f"{value:.6g}"
    if isinstance(value, np.ndarray):
        return np.array2string(value, threshold=20, precision=6)
    return _cut(str(value), 80)


def _signed(text: str) -> str:
    """`x + -1` is `-1`, and `x - -1` is `+1`."""
    return {"+-": "-", "--": "+"}.get(text[:2], text[:2]) + text[2:]


def _cut(text: str, length: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"
