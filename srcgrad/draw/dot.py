"""A graph in the language of Graphviz.

>>> from srcgrad.draw.graph import Edge, Graph, Node
>>> x, double = Node("input", "x", 3.0, 2.0), Node("gate", "*2", 6.0, 1.0)
>>> print(dot(Graph("f", [x, double], [Edge(x, double, 3.0, 2.0)], double)))
digraph "f" {
  rankdir=LR;
  node [fontname="Helvetica"];
  edge [fontname="Helvetica", fontsize=11];
  n0 [label="x", shape=plaintext];
  n1 [label="*2", shape=circle];
  n0 -> n1 [label=<<font color="#15803d">3</font><br/><font color="#dc2626">2</font>>];
  out [label="", shape=none, width=0, height=0];
  n1 -> out [label=<<font color="#15803d">6</font><br/><font color="#dc2626">1</font>>];
}
<BLANKLINE>
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from srcgrad.draw.graph import Graph
from srcgrad.draw.labels import number
from srcgrad.draw.place import GREEN, RED

_SHAPES = {"input": "plaintext", "gate": "circle", "line": "box"}


def dot(graph: Graph) -> str:
    """The graph as DOT text."""
    names = {node: f"n{k}" for k, node in enumerate(graph.nodes)}
    lines = [f"digraph {_quoted(graph.name)} {{", "  rankdir=LR;"]
    lines += ['  node [fontname="Helvetica"];', '  edge [fontname="Helvetica", fontsize=11];']
    if graph.notes:
        lines.append(f"  label={_quoted(chr(10).join(graph.notes))};")
    for node, name in names.items():
        facts = [f"label={_quoted(chr(10).join([node.label, *node.details]))}"]
        facts.append(f"shape={_SHAPES[node.kind]}")
        if node.tip:
            facts.append(f"tooltip={_quoted(node.tip)}")
        lines.append(f"  {name} [{', '.join(facts)}];")
    for edge in graph.edges:
        text = _quoted(edge.text) if edge.text else _numbers(edge.value, edge.gradient)
        facts = [f"label={text}"] + ["style=dashed"] * edge.returns
        lines.append(f"  {names[edge.source]} -> {names[edge.target]} [{', '.join(facts)}];")
    if graph.result is not None:
        lines.append('  out [label="", shape=none, width=0, height=0];')
        text = _numbers(graph.result.value, graph.result.gradient)
        lines.append(f"  {names[graph.result]} -> out [label={text}];")
    return "\n".join([*lines, "}"]) + "\n"


def _numbers(value, gradient) -> str:
    texts = ((number(value), GREEN), (number(gradient), RED))
    parts = [f'<font color="{colour}">{escape(text)}</font>' for text, colour in texts if text]
    return f"<{'<br/>'.join(parts)}>" if parts else '""'


def _quoted(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'
