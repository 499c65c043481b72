"""Layouts of random graphs: layers respected, nothing on top of anything."""

import random

import pytest

from srcgrad.draw.layout import SEPARATION, Box, Wire, _crossings, _inversions, layout, spaced


def random_graph(seed):
    rng = random.Random(seed)
    boxes = [
        Box(rng.uniform(5, 30), rng.uniform(5, 60), rng.uniform(10, 50), light=rng.random() < 0.3)
        for _ in range(rng.randint(1, 40))
    ]
    wires = []
    for k, target in enumerate(boxes[1:], 1):
        for source in rng.sample(boxes[:k], min(k, rng.randint(0, 3))):
            tag = Box(20, 20, 30) if rng.random() < 0.2 else None
            wires.append(Wire(source, target, tag))
    return boxes, wires


@pytest.mark.parametrize("seed", range(40))
def test_random_graphs(seed):
    boxes, wires = random_graph(seed)
    width, height = layout(boxes, wires)
    everything = list(dict.fromkeys([*boxes, *(b for w in wires for b in w.path)]))
    for wire in wires:
        assert wire.path[0] is wire.source and wire.path[-1] is wire.target
        assert [b.layer for b in wire.path] == list(range(wire.source.layer, wire.target.layer + 1))
        assert wire.tag is None or wire.tag in wire.path
        for a, b in zip(wire.path, wire.path[1:]):
            assert a.x + a.right < b.x - b.left
    for k, a in enumerate(everything):
        assert a.x - a.left >= 0 and a.x + a.right <= width
        assert a.y - a.height / 2 >= 0 and a.y + a.height / 2 <= height
        for b in everything[:k]:
            apart = abs(a.y - b.y) >= (a.height + b.height) / 2 + SEPARATION - 1e-6
            if a.layer == b.layer:
                assert apart
            else:
                left, right = (a, b) if a.layer < b.layer else (b, a)
                assert left.x + left.right < right.x - right.left


@pytest.mark.parametrize("seed", range(5))
def test_it_is_deterministic(seed):
    places = []
    for _ in range(2):
        boxes, wires = random_graph(seed)
        layout(boxes, wires)
        places.append([(b.x, b.y) for b in boxes])
    assert places[0] == places[1]


def test_crossings_that_can_be_avoided_are():
    a, b, c, d = (Box(10, 10, 20) for _ in range(4))
    end = Box(10, 10, 20)
    wires = [Wire(a, d), Wire(b, c), Wire(c, end), Wire(d, end)]
    layout([a, b, c, d, end], wires)
    assert (a.y < b.y) == (d.y < c.y)


def test_a_chain_is_straight_and_inputs_do_not_bend_it():
    chain = [Box(18, 40, 36) for _ in range(6)]
    inputs = [Box(8, 30, 36, light=True) for _ in range(6)]
    wires = [Wire(a, b) for a, b in zip(chain, chain[1:])] + [
        Wire(i, g) for i, g in zip(inputs, chain)
    ]
    layout([*inputs, *chain], wires)
    assert len({round(b.y, 6) for b in chain}) == 1


def test_inversions():
    rng = random.Random(1)
    for _ in range(50):
        items = [rng.randint(0, 5) for _ in range(rng.randint(0, 9))]
        slow = sum(items[i] > items[j] for j in range(len(items)) for i in range(j))
        assert _inversions(items) == slow
    a, b, c, d = (Box(1, 1, 1) for _ in range(4))
    assert _crossings([[a, b], [c, d]], {a: [d], b: [c]}) == 1


def test_spaced_is_the_best_there_is():
    rng = random.Random(2)
    wanted, gaps = [rng.uniform(0, 50) for _ in range(5)], [10.0] * 4
    weights = [rng.uniform(0.5, 2) for _ in wanted]

    def cost(ys):
        return sum(w * (y - v) ** 2 for w, y, v in zip(weights, ys, wanted))

    best = spaced(wanted, weights, gaps)
    assert all(b - a >= 10 - 1e-9 for a, b in zip(best, best[1:]))
    for _ in range(2000):
        other = [y + rng.gauss(0, 2) for y in best]
        if all(b - a >= 10 for a, b in zip(other, other[1:])):
            assert cost(other) >= cost(best) - 1e-9


def test_cycles_are_refused():
    a, b = Box(1, 1, 1), Box(1, 1, 1)
    with pytest.raises(ValueError, match="cycle"):
        layout([a, b], [Wire(a, b), Wire(b, a)])
