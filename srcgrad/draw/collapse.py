"""A large recording, drawn by lines of the source: one box for all that was run on a line.

>>> from srcgrad.recording import record
>>> def power(x, n):
...     y = 1.0
...     for _ in range(n):
...         y = y * x
...     return y
>>> graph = by_line(record(power, {"x": 2.0, "n": 3}, wrt="x"))
>>> [(node.label, *node.details) for node in graph.nodes]
[('x', '2'), ('y = y * x', '3 gates, values 2 to 8', 'gradients 1 to 4')]
>>> [(edge.source.label, edge.target.label, edge.text) for edge in graph.edges]
[('x', 'y = y * x', '3 uses')]
"""

from __future__ import annotations

import numpy as np

from srcgrad.draw import labels
from srcgrad.draw.graph import Edge, Graph, Node, totals
from srcgrad.recording.trace import Leaf, Stage, Trace

_WIDTH = 46  # of a line of source, in characters


def by_line(trace: Trace) -> Graph:
    """The graph of a recording, a node for each line of the source that was run."""
    graph = Graph(trace.name)
    groups: dict = {}
    for stage in trace.stages:
        groups.setdefault(_place(stage), []).append(stage)
    boxes = {place: _box(stages) for place, stages in groups.items()}
    order = {node: k for k, node in enumerate(boxes.values())}
    inputs: dict[str, Node] = {}
    wires: dict[tuple[Node, Node], list] = {}
    sums = totals(trace)
    for stage in trace.stages:
        target = boxes[_place(stage)]
        for use in stage.operands:
            if isinstance(use.source, Stage):
                source = boxes[_place(use.source)]
            elif isinstance(use.source, Leaf):
                source = _input(use.source, inputs, sums)
            else:
                continue
            if source is not target:
                wires.setdefault((source, target), []).append(use)
    graph.nodes = [*inputs.values(), *boxes.values()]
    for (source, target), uses in wires.items():
        back = source in order and order[source] > order[target]
        count = f"{len(uses):,} uses" if len(uses) > 1 else ""
        graph.edges.append(Edge(source, target, text=count, returns=back))
    if isinstance(trace.result, Stage):
        graph.result = boxes[_place(trace.result)]
    value = labels.number(trace.value)
    graph.notes = [
        f"{len(trace.stages):,} gates, a box for each line of the source; the result is {value}"
    ]
    return graph


def _place(stage: Stage):
    return (stage.location.file, stage.location.line) if stage.location else ("", 0)


def _box(stages: list[Stage]) -> Node:
    first = stages[0]
    line = first.location.text.strip() if first.location else first.text
    count = "1 gate" if len(stages) == 1 else f"{len(stages):,} gates"
    details = [f"{count}, {_range('value', [s.value for s in stages])}"]
    back = [s.cotangent for s in stages if s.cotangent is not None]
    if back:
        details.append(_range("gradient", back))
    cut = line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"
    tip = "\n".join([labels.where(first), line, *details])
    return Node("line", cut, stages[-1].value, stages[-1].cotangent, tip, tuple(details))


def _range(noun: str, values) -> str:
    """`values 1 to 8`, over all elements of arrays."""
    flat = np.concatenate([np.ravel(np.asarray(v, dtype=float)) for v in values])
    if not flat.size:
        return f"no {noun}s"
    low, high = labels.number(np.min(flat)), labels.number(np.max(flat))
    return f"{noun} {low}" if low == high else f"{noun}s {low} to {high}"


def _input(leaf: Leaf, inputs: dict[str, Node], sums) -> Node:
    """The box of the parameter that an input is a part of."""
    root = leaf.path.partition("[")[0]
    if root not in inputs:
        paths = [p for p in sums if p.partition("[")[0] == root]
        whole = paths == [root]
        value = leaf.value if whole else None
        details = (labels.number(value),) if whole else (f"{len(paths):,} parts",)
        gradient = sums[root] if whole else None
        tip = f"gradient {labels.number(gradient)}" if gradient is not None else ""
        inputs[root] = Node("input", root, value, gradient, tip, details)
    return inputs[root]
