"""Where everything in a picture goes: nodes, wires, arrow heads and the numbers beside the wires.

>>> from srcgrad.draw.graph import Edge, Graph, Node
>>> x, double = Node("input", "x", 3.0, 2.0), Node("gate", "*2", 6.0, 1.0)
>>> picture = place(Graph("f", [x, double], [Edge(x, double, 3.0, 2.0)], double))
>>> [label.text for label in picture.labels], picture.boxes[x].y == picture.boxes[double].y
(['3', '2', '6', '1'], True)

The layout knows boxes only. A gate's box takes in the numbers to its right, so that nothing comes
to lie on them; where a value goes several ways, the number on each is a box on its wire.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from srcgrad.draw.graph import Edge, Graph, Node
from srcgrad.draw.labels import number
from srcgrad.draw.layout import MARGIN, Box, Wire, layout, spaced

GREEN, RED, WIRE = "#15803d", "#dc2626", "#4b5563"
SIZE = 13.0  # of numbers, in pixels; those of gates are a little larger
RADIUS = 18.0
ARROW = 7.0
_WIDTHS = {".4": "fijlrt.,:;'|![]()-/ ", ".52": "*cksvxyz", ".86": "+=<>~", ".98": "mwMW%@…"}
_EMS = {c: float(width) for width, characters in _WIDTHS.items() for c in characters}


@dataclass(eq=False)
class Label:
    """A text in the picture; `x` is its left end, `y` its base line."""

    x: float
    y: float
    text: str
    colour: str
    size: float = SIZE

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom."""
        return (
            self.x,
            self.y - 0.8 * self.size,
            self.x + text_width(self.text, self.size),
            self.y + 0.25 * self.size,
        )


@dataclass(eq=False)
class Picture:
    """Everything placed: `boxes` of the nodes, `labels` of the wires, `paths` and arrow heads."""

    width: float
    height: float
    boxes: dict[Node, Box]
    labels: list[Label] = field(default_factory=list)
    paths: list[tuple[str, Edge | None]] = field(default_factory=list)
    arrows: list[tuple[float, float, bool]] = field(default_factory=list)
    notes: list[Label] = field(default_factory=list)


def text_width(text: str, size: float = SIZE) -> float:
    """How wide a text is, roughly, in the widest of the fonts that it may be shown in."""
    return size * sum(_EMS.get(c, 0.64) if c < "\u2e80" else 1.0 for c in text)


def place(graph: Graph) -> Picture:
    """Find a place for everything: nodes, wires and labels."""
    many = _fan_out(graph)
    single = {edge.source for edge in graph.edges} - many
    boxes = {node: _box(node, node not in single) for node in graph.nodes}
    wires = []
    for edge in graph.edges:
        ends = (edge.target, edge.source) if edge.returns else (edge.source, edge.target)
        text = edge.text or (number(edge.gradient) if edge.source in many else "")
        tag = _tag(text) if text else None
        wires.append(Wire(boxes[ends[0]], boxes[ends[1]], tag))
    for edge in graph.edges:
        if edge.source.kind != "line" and edge.source not in many:
            _stub(boxes[edge.source], edge.source.value, edge.gradient)
    width, height = layout(list(boxes.values()), wires)
    picture = Picture(width, height, boxes)
    ports = _ports(graph.edges, wires)
    for edge, wire in zip(graph.edges, wires):
        _draw_wire(picture, edge, wire, ports)
    for node in graph.nodes:
        _draw_stub(picture, node, node in many, graph)
    _draw_notes(picture, graph)
    return picture


def _fan_out(graph) -> set[Node]:
    """Nodes with several wires out: their value and whole gradient stand where they come out."""
    starts = [edge.source for edge in graph.edges if edge.source.kind != "line"]
    return {node for node in starts if starts.count(node) > 1 or node is graph.result}


def _box(node: Node, stub: bool) -> Box:
    if node.kind == "line":
        texts = [text_width(node.label), *(text_width(d, 11) for d in node.details)]
        half = max(texts) / 2 + 12
        return Box(half, half, 24.0 + 16 * len(node.details))
    half = _half(node)
    box = Box(half, half, 2 * RADIUS, light=node.kind == "input")
    if stub:
        _stub(box, node.value, node.gradient)
    return box


def _half(node: Node) -> float:
    """Half the width of a node."""
    if node.kind == "input":
        return text_width(node.label, 15) / 2 + 4
    half = text_width(node.label, 14) / 2
    return RADIUS if half < RADIUS - 2 else half + 8


def _stub(box: Box, value, gradient) -> None:
    """Make room at the right for the numbers on the wire that comes out."""
    numbers = max(text_width(number(value)), text_width(number(gradient)))
    box.right = box.left + numbers + 8


def _tag(text: str) -> Box:
    half = text_width(text) / 2 + 4
    return Box(half, half, 36.0)


# ---------------------------------------------------------------- wires


def _ports(edges, wires) -> dict[Wire, float]:
    """Where wires enter the node at their end, above or below its middle, in the order they come."""
    into: dict[Box, list[Wire]] = {}
    for wire in wires:
        into.setdefault(wire.target, []).append(wire)
    found: dict[Wire, float] = {}
    for box, several in into.items():
        several.sort(key=lambda w: w.path[-2].y)
        reach = min(13.0, box.height / 2 - 5)
        gap = min(9.0, 2 * reach / max(1, len(several) - 1))
        slopes = [w.path[-2].y - box.y for w in several]
        wanted = [max(-reach, min(reach, 0.4 * slope)) for slope in slopes]
        level = [100.0 if abs(slope) < 0.5 else 1.0 for slope in slopes]  # these stay straight
        offsets = spaced(wanted, level, [gap] * (len(several) - 1))
        found.update(zip(several, (max(-reach, min(reach, y)) for y in offsets)))
    return found


def _draw_wire(picture, edge, wire, ports) -> None:
    """A smooth line through the bends, level where it passes a column, with its arrow head."""
    start, *bends, end = wire.path
    node = edge.source if edge.returns else edge.target
    offset = ports[wire]
    x, y = start.x + start.right, start.y
    parts = [f"M{x:.1f} {y:.1f}"]
    for box in bends:
        parts.append(_curve(x, y, box.x - box.left, box.y))
        x, y = box.x + box.right, box.y
        if box.right or box.left:
            parts.append(f"H{x:.1f}")
    reach = _reach(node, end, offset)
    room = 0.0 if edge.returns else ARROW
    parts.append(_curve(x, y, end.x - reach - room, end.y + offset))
    picture.paths.append((" ".join(parts), edge))
    if edge.returns:
        picture.arrows.append((start.x + start.right, start.y, True))
    else:
        picture.arrows.append((end.x - reach, end.y + offset, False))
    if wire.tag is not None:
        text = edge.text or number(edge.gradient)
        colour = WIRE if edge.text else RED
        at = wire.tag.x - text_width(text) / 2
        picture.labels.append(Label(at, wire.tag.y + 15, text, colour))


def _reach(node: Node, box: Box, offset: float) -> float:
    """How far left of its middle the outline of a node is, at this height."""
    if node.kind == "gate" and box.left == RADIUS:
        return (RADIUS**2 - offset**2) ** 0.5
    return box.left


def _curve(x0, y0, x1, y1) -> str:
    if abs(y1 - y0) < 0.05:
        return f"H{x1:.1f}"
    middle = (x0 + x1) / 2
    return f"C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"


def _draw_stub(picture, node, several, graph) -> None:
    """The numbers where a wire comes out of a node; of the last one, the wire as well."""
    box = picture.boxes[node]
    if node.kind == "line":
        return
    out = [e for e in graph.edges if e.source is node]
    gradient = node.gradient if several or not out else out[0].gradient
    left = box.x + box.left + 4
    for text, y, colour in ((number(node.value), -6.0, GREEN), (number(gradient), 15.0, RED)):
        if text:
            picture.labels.append(Label(left, box.y + y, text, colour))
    x, end = box.x + box.left, box.x + box.right
    if out:
        picture.paths.append((f"M{x:.1f} {box.y:.1f} H{end:.1f}", None))
    else:
        picture.paths.append((f"M{x:.1f} {box.y:.1f} H{end + 4 - ARROW:.1f}", None))
        picture.arrows.append((end + 4, box.y, False))


def _draw_notes(picture, graph) -> None:
    for k, note in enumerate(graph.notes):
        picture.notes.append(Label(MARGIN, picture.height + 10 + 17 * k, note, WIRE, 12.0))
        picture.width = max(picture.width, 2 * MARGIN + text_width(note, 12))
    if graph.notes:
        picture.height += 17 * len(graph.notes) + MARGIN / 2
