"""Where the boxes of a directed graph go: in columns, with few crossings, straight where it can be.

>>> a, b, c = Box(10, 30, 20), Box(10, 30, 20), Box(20, 30, 20)
>>> wires = [Wire(a, c), Wire(b, c)]
>>> width, height = layout([a, b, c], wires)
>>> a.x == b.x < c.x, a.y < c.y < b.y
(True, True)

In the four steps of Sugiyama, Tagawa and Toda (IEEE Trans. SMC 11, 1981): layers by longest
paths; wires that cross layers get a bend in each; the order within layers by barycentres; and
heights that come as near to the neighbours' as the order allows (least squares under the
constraints that boxes keep their distance, solved exactly by pooling adjacent violators). All of
it is deterministic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

SEPARATION = 12.0  # between boxes in a column
MARGIN = 12.0
SWEEPS = 24


@dataclass(eq=False)
class Box:
    """A box to be placed: its extents to the left and right of `x`, its height about `y`.

    `light` boxes do not bend the way of what they lead to: inputs beside a chain of gates.
    """

    left: float
    right: float
    height: float
    light: bool = False
    x: float = 0.0
    y: float = 0.0
    layer: int = 0
    bend: bool = False


@dataclass(eq=False)
class Wire:
    """A wire between boxes; `path` are the boxes that it runs through, bends among them."""

    source: Box
    target: Box
    tag: Box | None = None  # a label on the way, which takes a place of its own
    path: list[Box] = field(default_factory=list)


def layout(boxes: Sequence[Box], wires: Sequence[Wire]) -> tuple[float, float]:
    """Place the boxes, and give wires their paths; returns the width and height taken.

    The wires must form no cycle. `boxes` come in the order in which they would best be met from
    the top.
    """
    _assign_layers(boxes, wires)
    layers = _with_bends(boxes, wires)
    links = [pair for w in wires for pair in zip(w.path, w.path[1:])]
    before, after = _neighbours(links)
    _order(layers, links, before, after)
    _heights(layers, before, after)
    return _columns(layers, links)


# ---------------------------------------------------------------- layers


def _assign_layers(boxes, wires) -> None:
    """Layers by the longest path; inputs at the left, or beside their gate where it is far away."""
    into: dict[Box, list[Wire]] = {b: [] for b in boxes}
    out: dict[Box, list[Wire]] = {b: [] for b in boxes}
    for w in wires:
        into[w.target].append(w)
        out[w.source].append(w)
    ordered = _topological(boxes, into, out)
    for b in ordered:
        b.layer = max((w.source.layer + _length(w) for w in into[b]), default=0)
    spare = sum(w.target.layer - w.source.layer - _length(w) for w in wires if not into[w.source])
    if spare <= max(4, len(boxes) // 4):
        return
    for b in reversed(ordered):  # all whose own inputs can follow
        if out[b] and all(not into[w.source] for w in into[b]):
            b.layer = min(w.target.layer - _length(w) for w in out[b])


def _length(wire) -> int:
    return 2 if wire.tag is not None else 1


def _topological(boxes, into, out) -> list[Box]:
    missing = {b: len(into[b]) for b in boxes}
    ready = [b for b in boxes if not missing[b]]
    for b in ready:
        for w in out[b]:
            missing[w.target] -= 1
            if not missing[w.target]:
                ready.append(w.target)
    if len(ready) < len(boxes):
        raise ValueError("the wires form a cycle")
    return ready


def _with_bends(boxes, wires) -> list[list[Box]]:
    """The layers, with a bend of each wire in every layer that it crosses."""
    layers: list[list[Box]] = [[] for _ in range(max((b.layer for b in boxes), default=-1) + 1)]
    for b in boxes:
        layers[b.layer].append(b)
    for w in wires:
        w.path = [w.source]
        for layer in range(w.source.layer + 1, w.target.layer):
            bend = w.tag if w.tag is not None and layer == w.target.layer - 1 else Box(0, 0, 10)
            bend.layer, bend.bend, bend.light = layer, True, w.source.light
            layers[layer].append(bend)
            w.path.append(bend)
        w.path.append(w.target)
    return layers


def _neighbours(links):
    before: dict[Box, list[Box]] = {}
    after: dict[Box, list[Box]] = {}
    for a, b in links:
        before.setdefault(b, []).append(a)
        after.setdefault(a, []).append(b)
    return before, after


# ---------------------------------------------------------------- order


def _order(layers, links, before, after) -> None:
    """Order each layer by the barycentres of its neighbours, and keep the best that was seen."""
    place = _first_places(layers, before)
    for layer in layers:
        layer.sort(key=place.__getitem__)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, after)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        forward = sweep % 2 == 0
        for layer in layers if forward else reversed(layers):
            _sort(layer, before if forward else after, layers)
        count = _crossings(layers, after)
        if count < fewest:
            best, fewest = [list(layer) for layer in layers], count
    for layer, found in zip(layers, best):
        layer[:] = found


def _first_places(layers, before) -> dict[Box, int]:
    """Where each box is met, coming from the end and taking operands in their order."""
    place: dict[Box, int] = {}
    for layer in reversed(layers):
        for start in layer:
            todo = [start]
            while todo:
                box = todo.pop()
                if box not in place:
                    place[box] = len(place)
                    todo += reversed(before.get(box, []))
    return place


def _sort(layer, neighbours, layers) -> None:
    positions: dict[Box, int] = {}
    for other in layers:
        positions.update((b, k) for k, b in enumerate(other))
    keys = {}
    for k, b in enumerate(layer):
        found = neighbours.get(b)
        keys[b] = (sum(positions[n] for n in found) / len(found) if found else positions[b], k)
    layer.sort(key=keys.__getitem__)


def _crossings(layers, after) -> int:
    total = 0
    for layer, following in zip(layers, layers[1:]):
        positions = {b: k for k, b in enumerate(following)}
        ends = [e for b in layer for e in sorted(positions[n] for n in after.get(b, []))]
        total += _inversions(ends)
    return total


def _inversions(items) -> int:
    """How many pairs stand the wrong way round, by sorting and merging."""
    if len(items) < 2:
        return 0
    half = len(items) // 2
    left, right = items[:half], items[half:]
    count = _inversions(left) + _inversions(right)
    left, right = sorted(left), sorted(right)
    k = 0
    for item in right:
        while k < len(left) and left[k] <= item:
            k += 1
        count += len(left) - k
    return count


# ---------------------------------------------------------------- heights and columns


def _heights(layers, before, after) -> None:
    for layer in layers:
        for k, b in enumerate(layer):
            b.y = 40.0 * k
    for sweep in range(2 * SWEEPS + 1):
        forward = sweep % 2 == 0
        for layer in layers if forward else reversed(layers):
            _settle(layer, before if forward else after)
    top = min((b.y - b.height / 2 for layer in layers for b in layer), default=0.0)
    for layer in layers:
        for b in layer:
            b.y += MARGIN - top


def _settle(layer, neighbours) -> None:
    """Move boxes as near to the mean of their neighbours as their order and distance allow."""
    wanted, weights = [], []
    for b in layer:
        found = neighbours.get(b, [])
        heavy = [n for n in found if not n.light] or found
        wanted.append(sum(n.y for n in heavy) / len(heavy) if heavy else b.y)
        weights.append(0.01 if not heavy or b.light else 4.0 if b.bend else 1.0)
    gaps = [(a.height + b.height) / 2 + SEPARATION for a, b in zip(layer, layer[1:])]
    for b, y in zip(layer, spaced(wanted, weights, gaps)):
        b.y = y


def spaced(wanted, weights, gaps) -> list[float]:
    """The places nearest to those wanted, by weighted least squares, that keep these gaps.

    >>> spaced([0.0, 0.0], [1.0, 1.0], [10.0])
    [-5.0, 5.0]
    """
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    fitted = _isotonic([w - o for w, o in zip(wanted, offsets)], weights)
    return [y + offset for y, offset in zip(fitted, offsets)]


def _isotonic(values, weights) -> list[float]:
    """The rising sequence nearest to the values, by weighted least squares.

    >>> _isotonic([1.0, 5.0, 3.0], [1.0, 1.0, 1.0])
    [1.0, 4.0, 4.0]
    """
    pools: list[list[float]] = []  # mean, weight, count
    for value, weight in zip(values, weights):
        pools.append([value, weight, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, heavy, count = pools.pop()
            last = pools[-1]
            last[0] = (last[0] * last[1] + mean * heavy) / (last[1] + heavy)
            last[1] += heavy
            last[2] += count
    return [mean for mean, _, count in pools for _ in range(int(count))]


def _columns(layers, links) -> tuple[float, float]:
    """Columns as wide as their widest box, and as far apart as the wires between them are steep."""
    steep: dict[int, float] = {}
    for a, b in links:
        steep[a.layer] = max(steep.get(a.layer, 0.0), abs(a.y - b.y))
    x = MARGIN
    for k, layer in enumerate(layers):
        x += max(b.left for b in layer)
        for b in layer:
            b.x = x
        x += max(b.right for b in layer)
        if k + 1 < len(layers):
            x += min(64.0, 8.0 + 0.25 * steep.get(k, 0.0))
    bottom = max((b.y + b.height / 2 for layer in layers for b in layer), default=0.0)
    return x + MARGIN, bottom + MARGIN
