"""The JSON document that `--json` prints: one object, with an entry for each target."""

from __future__ import annotations

import json
import math
from typing import Any

VERSION = 1  # goes up where a field goes away or changes its meaning; new ones may come at any time


def document(command: str, targets: list[dict[str, Any]]) -> str:
    """Return the text of a document.

    >>> document("show", [])
    '{\\n  "version": 1,\\n  "command": "show",\\n  "targets": []\\n}'
    """
    content = {"version": VERSION, "command": command, "targets": targets}
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)


def errors(problems: list[Any]) -> list[dict[str, Any]]:
    """Return problems, or messages that belong to no place, as they stand in a document."""
    return [_error(problem) for problem in problems]


def _error(problem: Any) -> dict[str, Any]:
    if isinstance(problem, str):
        message, _, hint = problem.partition("\n")
        return _entry(None, message, hint.strip())
    return _entry(problem.location, problem.message, problem.remedy)


def _entry(location: Any, message: str, hint: str) -> dict[str, Any]:
    return {
        "file": location and location.file,
        "line": location and location.line,
        "col": location and location.col,
        "end_col": location and location.end_col,
        "message": message,
        "hint": hint or None,
    }


def stage(found: Any) -> dict[str, Any]:
    """Return a recorded stage as it stands in a document; arrays and lists are nested lists."""
    return {
        "name": found.name,
        "text": found.text,
        "line": found.location and found.location.line,
        "value": _numbers(found.value),
        "gradient": _numbers(found.cotangent),
    }


def _numbers(value: Any) -> Any:
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, (list, tuple)):
        return [_numbers(v) for v in value]
    return number(value) if isinstance(value, (int, float)) else value and repr(value)


def number(value: float | None) -> float | str | None:
    """Return a number as JSON can have it: what is not finite becomes text.

    >>> number(0.5), number(math.inf), number(None)
    (0.5, 'inf', None)
    """
    return value if value is None or math.isfinite(value) else repr(float(value))
