"""A graph in the language of Mermaid, which Markdown pages show.

>>> from srcgrad.draw.graph import Edge, Graph, Node
>>> x, double = Node("input", "x", 3.0, 2.0), Node("gate", "*2", 6.0, 1.0)
>>> print(mermaid(Graph("f", [x, double], [Edge(x, double, 3.0, 2.0)], double)))
flowchart LR
  n0["x"]
  n1(("#42;2"))
  n0 -- "3 / 2" --> n1
  out["value 6"]
  n1 -- "6 / 1" --> out
<BLANKLINE>

On a wire stand the value and, behind the stroke, its gradient.
"""

from __future__ import annotations

import re

from srcgrad.draw.graph import Graph
from srcgrad.draw.labels import number

_SHAPES = {"input": ("[", "]"), "gate": ("((", "))"), "line": ("[", "]")}


def mermaid(graph: Graph) -> str:
    """The graph as Mermaid text."""
    names = {node: f"n{k}" for k, node in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    for node, name in names.items():
        left, right = _SHAPES[node.kind]
        text = "<br/>".join(_escaped(t) for t in (node.label, *node.details))
        lines.append(f'  {name}{left}"{text}"{right}')
    for edge in graph.edges:
        text = _escaped(edge.text) if edge.text else _numbers(edge.value, edge.gradient)
        arrow = ("-. {} .->" if edge.returns else "-- {} -->").format(f'"{text}"')
        plain = "-.->" if edge.returns else "-->"
        lines.append(f"  {names[edge.source]} {arrow if text else plain} {names[edge.target]}")
    if graph.result is not None:
        result = graph.result
        lines.append(f'  out["value {_escaped(number(result.value))}"]')
        numbers = _numbers(result.value, result.gradient)
        lines.append(f'  {names[result]} -- "{numbers}" --> out')
    for k, note in enumerate(graph.notes):
        lines.append(f'  note{k}["{_escaped(note)}"]')
    return "\n".join(lines) + "\n"


def _numbers(value, gradient) -> str:
    return " / ".join(_escaped(text) for text in (number(value), number(gradient)) if text)


def _escaped(text: str) -> str:
    """Text as Mermaid takes it between quotes: its own signs, and all that Markdown would read, as codes."""
    return re.sub(r"[^\w .,:+/…=()\[\]-]", lambda c: f"#{ord(c[0])};", text.replace("\n", " "))
