"""From a recording to what is drawn: gates and inputs, with a wire for each use.

>>> from srcgrad.recording import record
>>> def area(a, b):
...     return a * b + a
>>> graph = from_trace(record(area, {"a": 2.0, "b": 3.0}))
>>> [node.label for node in graph.nodes]
['a', 'b', '*', 'a', '+']
>>> [(edge.source.label, edge.target.label, edge.value, edge.gradient) for edge in graph.edges]
[('a', '*', 2.0, 3.0), ('b', '*', 3.0, 2.0), ('*', '+', 6.0, 1.0), ('a', '+', 2.0, 1.0)]
>>> graph.notes
['a is used 2 times: its gradient is 3 + 1 = 4']

An input is drawn once for each use, with what that use adds to its gradient; a note says what they
add up to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from srcgrad.draw import labels
from srcgrad.recording.trace import Leaf, Stage, Trace

_TERMS = 6  # of a sum that is written out


@dataclass(eq=False)
class Node:
    """A gate, an input, or all that happened on a line of the source.

    Attributes: `kind` is `gate`, `input` or `line`; `label` the text in it; `value` and `gradient`
    of what comes out; `tip` for those who point at it; `details`, lines below the label; and
    `stage`, where it stands for one.
    """

    kind: str
    label: str
    value: Any = None
    gradient: Any = None
    tip: str = ""
    details: tuple[str, ...] = ()
    stage: Stage | None = None


@dataclass(eq=False)
class Edge:
    """A wire, with the value that went along it and the gradient that came back.

    `text` stands for them where it is many wires in one; `returns` marks what is taken around a
    loop.
    """

    source: Node
    target: Node
    value: Any = None
    gradient: Any = None
    text: str = ""
    returns: bool = False


@dataclass(eq=False)
class Graph:
    """What is to be drawn. `result` is the node that the value comes from."""

    name: str
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    result: Node | None = None
    notes: list[str] = field(default_factory=list)


def from_trace(trace: Trace) -> Graph:
    """The graph of a recording, a node for each gate that was run."""
    graph = Graph(trace.name)
    sums = totals(trace)
    made: dict[Any, Node] = {}

    def entry(source, value, gradient) -> Node:
        if isinstance(source, Leaf):
            label, tip = labels.path(source.path, sums), _input_tip(source, sums)
        else:
            label, tip = source.name or labels.number(source.value), ""
        node = Node("input", label, value, gradient, tip)
        graph.nodes.append(node)
        return node

    for stage in trace.stages:
        node = Node("gate", labels.gate(stage), stage.value, stage.cotangent, labels.tip(stage))
        node.stage = stage
        for use in stage.operands:
            if labels.is_absorbed(stage, use):
                continue
            source = made.get(use.source) or entry(use.source, use.value, use.gradient)
            graph.edges.append(Edge(source, node, source.value, use.gradient))
        made[stage] = node
        graph.nodes.append(node)
    if isinstance(trace.result, Stage):
        graph.result = made[trace.result]
    else:
        gradient = 1.0 if isinstance(trace.result, Leaf) else None
        graph.result = entry(trace.result, trace.value, gradient)
    graph.notes = [note(p, found, sums) for p, found in trace.uses().items() if len(found) > 1]
    graph.notes = [n for n in graph.notes if n]
    if any(isinstance(node.value, np.ndarray) for node in graph.nodes):
        graph.notes.append("of arrays: [shape] |norm|")
    return graph


def totals(trace: Trace) -> dict[str, Any]:
    """What the uses of each input add up to, by its path; None where no gradient is wanted."""
    found = {}
    for place, uses in trace.uses().items():
        parts = [use.gradient for use in uses if use.gradient is not None]
        found[place] = sum(parts[1:], parts[0]) if parts else None
    return found


def note(place: str, uses, sums) -> str:
    """What is said of an input that is used several times."""
    parts = [use.gradient for use in uses]
    if any(p is None for p in parts):
        return ""
    others = any(p.startswith(f"{place}[") or place.startswith(f"{p}[") for p in sums)
    what = "together they get" if others else "its gradient is"  # its parts are used besides
    head = f"{labels.path(place, sums)} is used {len(parts)} times: {what} "
    terms = "the sum of their gradients"
    if len(parts) <= _TERMS and not any(isinstance(p, (np.ndarray, list)) for p in parts):
        terms = " + ".join(labels.number(p) for p in parts).replace("+ -", "- ")
    return f"{head}{terms}{' = ' if '+' in terms or '-' in terms else ', '}{labels.number(sums[place])}"


def _input_tip(leaf: Leaf, sums) -> str:
    total = sums.get(leaf.path)
    lines = [f"{leaf.path} = {labels.number(leaf.value)}"]
    return "\n".join([*lines, f"gradient {labels.number(total)}"] if total is not None else lines)
