"""A graph as an SVG picture: values in green above each wire, gradients in red below it.

>>> from srcgrad.draw.graph import Edge, Graph, Node
>>> x, double = Node("input", "x", 3.0, 2.0), Node("gate", "*2", 6.0, 1.0)
>>> picture = svg(Graph("f", [x, double], [Edge(x, double, 3.0, 2.0)], double))
>>> picture.startswith("<svg "), picture.count("<circle"), "id=" in picture, "script" in picture
(True, 1, False, False)

The picture stands alone: no identifiers, so that several can be on one page, no style sheet, no
script, a white ground for pages that are dark. Who points at a gate is told all about it.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from srcgrad.draw.graph import Graph, Node
from srcgrad.draw.layout import Box
from srcgrad.draw.place import ARROW, GREEN, RADIUS, RED, SIZE, WIRE, Label, Picture, place

INK, PAPER = "#1f2937", "#ffffff"
FONT = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"


def svg(graph: Graph) -> str:
    """The picture as SVG text."""
    return written(graph, place(graph))


def written(graph: Graph, picture: Picture) -> str:
    """The placed picture as text."""
    width, height = round(picture.width), round(picture.height)
    name = quoteattr(f"The computational graph of {_clean(graph.name)}")
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-label={name} font-family="{FONT}" font-size="{SIZE:g}">',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
        f'<g fill="none" stroke="{WIRE}" stroke-width="1.3">',
    ]
    for path, edge in picture.paths:
        dash = ' stroke-dasharray="5 3"' if edge is not None and edge.returns else ""
        lines.append(f'<path d="{path}"{dash}/>')
    lines += ["</g>", f'<g fill="{WIRE}">', *(_arrow(*a) for a in picture.arrows), "</g>"]
    lines += [_node(node, picture.boxes[node]) for node in graph.nodes]
    lines += [_text(label) for label in (*picture.labels, *picture.notes)]
    return "\n".join([*lines, "</svg>"]) + "\n"


def _arrow(x, y, back) -> str:
    tail = x + ARROW if back else x - ARROW
    return f'<path d="M{x:.1f} {y:.1f} L{tail:.1f} {y - 3.5:.1f} V{y + 3.5:.1f} Z"/>'


def _node(node: Node, box: Box) -> str:
    tip = f"<title>{_escaped(node.tip)}</title>" if node.tip else ""
    middle = f'text-anchor="middle" x="{box.x:.1f}"'
    if node.kind == "input":
        text = _escaped(node.label)
        return f'<g>{tip}<text {middle} y="{box.y + 5:.1f}" font-size="15" fill="{INK}">{text}</text></g>'
    paint = f'fill="{PAPER}" stroke="{INK}" stroke-width="1.3"'
    if node.kind == "gate" and box.left == RADIUS:
        shape = f'<circle cx="{box.x:.1f}" cy="{box.y:.1f}" r="{RADIUS:g}" {paint}/>'
    else:
        corner = RADIUS if node.kind == "gate" else 6
        shape = (
            f'<rect x="{box.x - box.left:.1f}" y="{box.y - box.height / 2:.1f}" width="{2 * box.left:.1f}" '
            f'height="{box.height:g}" rx="{corner:g}" {paint}/>'
        )
    size = 13 if node.kind == "line" else 18 if len(node.label) == 1 else 14
    top = box.y + (9 if node.label == "*" else 6 if size == 18 else 5) - 8 * len(node.details)
    texts = [
        f'<text {middle} y="{top:.1f}" font-size="{size}" fill="{INK}">{_escaped(node.label)}</text>'
    ]
    for k, (detail, colour) in enumerate(zip(node.details, (GREEN, RED))):
        y = top + 16 * (k + 1)
        texts.append(
            f'<text {middle} y="{y:.1f}" font-size="11" fill="{colour}">{_escaped(detail)}</text>'
        )
    return f"<g>{tip}{shape}{''.join(texts)}</g>"


def _text(label: Label) -> str:
    size = "" if label.size == SIZE else f' font-size="{label.size:g}"'
    return f'<text x="{label.x:.1f}" y="{label.y:.1f}"{size} fill="{label.colour}">{_escaped(label.text)}</text>'


def _clean(text: str) -> str:
    """Without the characters that XML has no way to write."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def _escaped(text: str) -> str:
    return escape(_clean(text))
