"""Pictures: what they say, that they can be read, and that they are well formed."""

import importlib
import math
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from srcgrad import grad, jvp, value_and_grad, vjp
from srcgrad.draw import LIMIT, Circuit, circuit
from srcgrad.draw.place import GREEN, RADIUS, RED, place

ROOT = Path(__file__).parents[2]


def neuron(w, x):
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot))
    return f


def mixed(x, y):
    s = x * y
    t = s * s + math.hypot(s, 2.0)
    if t > 0:
        t = t / x - 3
    return math.sin(t) * s**3 + max(x, y, s)


def horner(coeffs, x):
    y = 0.0
    for c in coeffs:
        y = y * x + c
    return y


def heat(u, alpha, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += alpha * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def descent(w, xs, steps):
    for _ in range(steps):
        slope = 0.0
        for x in xs:
            slope = slope + x * math.tanh(w * x)
        w = w - 0.1 * slope
    return w * w


def last_turn_wasted(x):
    t = x
    for _ in range(3):
        y = t * 1234.5
        t = x * x
    return y


NEURON = (neuron, {"w": [2, -3, -3], "x": [-1, -2]})
EXAMPLES = [
    NEURON,
    (mixed, {"x": 1.5, "y": 0.7}),
    (horner, {"coeffs": [1.0, 2.0, 3.0, -1.0], "x": 0.5}),
    (heat, {"u": np.array([0.0, 0.0, 4.0, 0.0, 0.0]), "alpha": 0.25, "steps": 2}),
    (descent, {"w": 0.5, "xs": [1.0, 2.0, 3.0], "steps": 2}),
    (last_turn_wasted, {"x": 0.123}),
    (descent, {"w": 0.5, "xs": [1.0, 2.0, 3.0], "steps": 20}),
]
every_example = pytest.mark.parametrize(
    "function, known", EXAMPLES, ids=[f"{f.__name__}-{k}" for k, (f, _) in enumerate(EXAMPLES)]
)


# -- the neuron ---------------------------------------------------------------------------------


def test_the_neuron_is_the_classic_circuit():
    picture = circuit(*NEURON)
    assert [n.label for n in picture.nodes if n.kind == "gate"] == [
        "*",
        "*",
        "+",
        "+",
        "*-1",
        "exp",
        "+1",
        "1/x",
    ]
    inputs = [n for n in picture.nodes if n.kind == "input"]
    assert [n.label for n in inputs] == ["w0", "x0", "w1", "x1", "w2"]
    assert len(picture.nodes) == 13 and len(picture.edges) == 12
    wires = [(round(float(e.value), 2), round(e.gradient, 2)) for e in picture.edges]
    assert wires == [
        (2, -0.2), (-1, 0.39), (-3, -0.39), (-2, -0.59), (-2, 0.2), (6, 0.2),
        (4, 0.2), (-3, 0.2), (1, 0.2), (-1, -0.2), (0.37, -0.53), (1.37, -0.53),
    ]  # fmt: skip
    assert not picture.collapsed and not picture.notes


def test_the_neuron_is_laid_out_as_usual():
    placed = place(circuit(*NEURON).graph)
    inputs = [box for node, box in placed.boxes.items() if node.kind == "input"]
    gates = [box for node, box in placed.boxes.items() if node.kind == "gate"]
    assert len({box.x for box in inputs}) == 1 and inputs == sorted(inputs, key=lambda b: b.y)
    chain = gates[2:]
    assert len({round(box.y, 6) for box in chain}) == 1, "the trunk is level"
    assert [b.x for b in chain] == sorted(b.x for b in chain)
    assert placed.width < 850, "it can be read at 700 pixels"


def test_the_neuron_in_the_documentation_is_the_one_drawn():
    spec = importlib.util.spec_from_file_location("neuron", ROOT / "examples" / "neuron.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    golden = (ROOT / "docs" / "pictures" / "neuron.svg").read_text(encoding="utf-8")
    assert circuit(module.neuron, NEURON[1]).svg() == golden


# -- pictures -----------------------------------------------------------------------------------


def overlap(a, b, slack=0.5):
    return (
        a[0] < b[2] - slack and b[0] < a[2] - slack and a[1] < b[3] - slack and b[1] < a[3] - slack
    )


@every_example
def test_labels_overlap_neither_each_other_nor_gates(function, known):
    placed = place(circuit(function, known).graph)
    texts = [label.box() for label in (*placed.labels, *placed.notes)]
    shapes = [
        (b.x - b.left, b.y - b.height / 2, b.x + b.left, b.y + b.height / 2)
        for b in placed.boxes.values()
    ]
    for k, a in enumerate(texts):
        assert 0 <= a[0] and a[2] <= placed.width and a[3] <= placed.height
        assert not any(overlap(a, b) for b in texts[:k])
        assert not any(overlap(a, b) for b in shapes)


@every_example
def test_svg_is_well_formed_and_stands_alone(function, known):
    text = circuit(function, known).svg()
    root = ET.fromstring(text)
    names = [e.tag.partition("}")[2] for e in root.iter()]
    assert names[0] == "svg" and "script" not in names and "style" not in names
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert not ids, "nothing that a second picture on the page could clash with"
    assert root[0].tag.endswith("rect") and root[0].get("fill") == "#ffffff"
    assert text == circuit(function, known).svg()


def test_values_stand_above_the_wires_in_green_and_gradients_below_in_red():
    picture = circuit(*NEURON)
    placed = place(picture.graph)
    for node, box in placed.boxes.items():
        green, red = (
            next(
                m
                for m in placed.labels
                if m.colour == colour
                and abs(m.x - box.x - box.left) < 9
                and abs(m.y - box.y) < RADIUS
            )
            for colour in (GREEN, RED)
        )
        assert green.y < box.y < red.y - 0.8 * red.size + 4
        assert float(green.text) == pytest.approx(node.value, rel=6e-3)
        assert float(red.text) == pytest.approx(node.gradient, rel=6e-3)


def test_names_and_values_are_escaped():
    def f(p):
        return p["<a&b>"] * p['"']

    picture = circuit(f, {"p": {"<a&b>": 2.0, '"': 3.0}})
    root = ET.fromstring(picture.svg())
    texts = [e.text for e in root.iter() if e.tag.endswith("text")]
    assert "p['<a&b>']" in texts
    assert '"<a' not in picture.mermaid() and '\\"' in picture.dot()


# -- loops, repeated inputs, large graphs -----------------------------------------------------------


def test_an_input_is_drawn_for_each_use_and_the_sum_is_stated():
    picture = circuit(horner, {"coeffs": [1.0, 2.0, 3.0], "x": 0.5})
    uses = [e.gradient for e in picture.edges if e.source.label == "x"]
    assert uses == [0.0, 0.5, 2.5]
    assert picture.notes == ["x is used 3 times: its gradient is 0 + 0.5 + 2.5 = 3"]
    assert "its gradient is 0 + 0.5 + 2.5 = 3</text>" in picture.svg()


def test_the_sum_of_some_uses_is_not_called_the_gradient():
    def f(a):
        return np.sum(a * a) + a[0]

    notes = circuit(f, {"a": np.array([1.0, 2.0])}).notes
    assert notes[0].startswith("a is used 2 times: together they get the sum of their gradients")


def test_a_value_used_twice_has_a_gradient_for_each_wire():
    def f(x):
        y = math.sin(x)
        return y * y + y

    picture = circuit(f, {"x": 0.5})
    sine = next(n for n in picture.nodes if n.label == "sin")
    parts = [e.gradient for e in picture.edges if e.source is sine]
    assert len(parts) == 3 and sum(parts) == pytest.approx(sine.gradient)
    shown = [m.text for m in place(picture.graph).labels if m.colour == RED]
    assert shown.count(f"{parts[0]:.3g}") >= 2 and f"{sine.gradient:.3g}" in shown


def test_large_graphs_are_drawn_by_lines_and_say_so():
    picture = circuit(descent, {"w": 0.5, "xs": [1.0, 2.0, 3.0], "steps": 20})
    gates = len(picture.trace.stages)
    assert gates > LIMIT and picture.collapsed
    assert picture.notes[0].startswith(f"{gates} gates, a box for each line of the source")
    boxes = {n.label: n for n in picture.nodes if n.kind == "line"}
    assert list(boxes) == [
        "slope = slope + x * math.tanh(w * x)",
        "w = w - 0.1 * slope",
        "return w * w",
    ]
    assert boxes["w = w - 0.1 * slope"].details[0].startswith("40 gates")
    assert [e.source.label for e in picture.edges if e.returns] == ["w = w - 0.1 * slope"]
    w = next(n for n in picture.nodes if n.label == "w")
    assert w.gradient == pytest.approx(grad(descent, wrt="w")(0.5, [1.0, 2.0, 3.0], 20))


def test_arrays_are_written_by_shape_and_norm():
    text = circuit(*EXAMPLES[3]).svg()
    assert "[5] |2.45|" in text and "of arrays: [shape] |norm|" in text and "array(" not in text


@pytest.mark.parametrize("value", [3.0, float("inf"), float("nan")])
def test_functions_without_gates(value):
    def same(x):
        return x

    def constant(x):
        return 1.0

    for f in (same, constant):
        picture = circuit(f, {"x": value})
        ET.fromstring(picture.svg())
        assert len(picture.nodes) == 1 and not picture.edges
        assert picture.dot() and picture.mermaid()


# -- the other languages ------------------------------------------------------------------------------


@every_example
def test_dot(function, known):
    lines = circuit(function, known).dot().splitlines()
    assert re.fullmatch(r'digraph "\w+" \{', lines[0]) and lines[-1] == "}"
    word = r'"(?:[^"\\]|\\.)*"'
    fact = rf"\w+=(?:{word}|<.*>|[\w.]+)"
    names = {m[1] for line in lines if (m := re.match(r"  (\w+) \[label", line))}
    for line in lines[1:-1]:
        assert re.fullmatch(rf"  (?:{fact}|\w+(?: -> \w+)? \[{fact}(?:, {fact})*\]);", line), line
        if " -> " in line:
            assert set(re.match(r"  (\w+) -> (\w+)", line).groups()) <= names


@every_example
def test_mermaid(function, known):
    lines = circuit(function, known).mermaid().splitlines()
    assert lines[0] == "flowchart LR"
    names = {
        m[1] for line in lines if (m := re.match(r'  (\w+)(?:\(\(|\[)"[^"]*"(?:\)\)|\])$', line))
    }
    for line in lines[1:]:
        wire = re.fullmatch(r'  (\w+) (?:-- "[^"<]*" -->|-->|-\. "[^"<]*" \.->|-\.->) (\w+)', line)
        assert line.strip().split("[")[0].split("(")[0] in names or set(wire.groups()) <= names, (
            line
        )


# -- the API and the command ------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [grad, value_and_grad, vjp, jvp])
def test_every_derivative_has_a_circuit(mode):
    picture = mode(neuron).circuit([2, -3, -3], x=[-1, -2])
    assert isinstance(picture, Circuit)
    assert picture._repr_svg_() == circuit(*NEURON).svg()
    assert repr(picture) == "<circuit of neuron: 8 gates>"


def test_wrt_methods_and_gradients_of_gradients():
    class Model:
        def loss(self, x):
            return 3.0 * x * x

    bound = grad(Model().loss).circuit(2.0)
    assert bound.trace.gradients == 12.0
    second = grad(grad(lambda x: x * x * x)).circuit(2.0)
    assert second.trace.gradients == 12.0
    partial = grad(mixed, wrt="y").circuit(1.5, 0.7)
    assert {e.gradient for e in partial.edges if e.source.label == "x"} == {None}
