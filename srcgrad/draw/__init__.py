"""The computational graph of a run, as the picture by which backpropagation is explained.

>>> def double(x):
...     return 2 * x
>>> picture = circuit(double, {"x": 3.0})
>>> [(edge.source.label, edge.target.label, edge.value, edge.gradient) for edge in picture.edges]
[('x', '*2', 3.0, 2.0)]

Gates are circles from left to right, as they were run: loops by iteration, of branches the one
that was taken, helpers gate by gate. Values are those of the forward pass, gradients those of the
generated backward pass (`recording`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from srcgrad.draw.collapse import by_line
from srcgrad.draw.dot import dot
from srcgrad.draw.graph import Edge, Graph, Node, from_trace
from srcgrad.draw.mermaid import mermaid
from srcgrad.draw.svg import svg
from srcgrad.recording import Trace, record

LIMIT = 150  # gates that are drawn one by one
FORMATS = ("svg", "dot", "mermaid")


class Circuit:
    """The computational graph of one run, with values and gradients; notebooks show it.

    Attributes
    ----------
    nodes : list of Node
        Gates and inputs: `kind`, `label`, `value`, `gradient`, and the `stage` of the recording.
    edges : list of Edge
        Wires: `source`, `target`, `value`, and the `gradient` that came back along it.
    notes : list of str
        What is said below the picture, as on inputs that are used several times.
    trace : Trace
        The recording that was drawn.
    """

    def __init__(self, trace: Trace):
        self.trace = trace
        self.graph: Graph = (by_line if len(trace.stages) > LIMIT else from_trace)(trace)

    @property
    def nodes(self) -> list[Node]:
        return self.graph.nodes

    @property
    def edges(self) -> list[Edge]:
        return self.graph.edges

    @property
    def notes(self) -> list[str]:
        return self.graph.notes

    @property
    def collapsed(self) -> bool:
        """Whether there were too many gates to draw each, so that each line of the source is a box."""
        return any(node.kind == "line" for node in self.nodes)

    def svg(self) -> str:
        """The picture as SVG."""
        return svg(self.graph)

    def dot(self) -> str:
        """The graph in the language of Graphviz."""
        return dot(self.graph)

    def mermaid(self) -> str:
        """The graph in the language of Mermaid."""
        return mermaid(self.graph)

    def text(self, format: str) -> str:
        """The graph as one of `FORMATS`."""
        return {"svg": self.svg, "dot": self.dot, "mermaid": self.mermaid}[format]()

    def _repr_svg_(self) -> str:
        return self.svg()

    def __repr__(self) -> str:
        gates = len(self.trace.stages)
        return f"<circuit of {self.trace.name}: {gates} gate{'s' * (gates != 1)}>"


def circuit(function: Callable[..., Any], arguments: dict[str, Any], wrt: Any = None) -> Circuit:
    """Run a function and its gradient, and draw what happened.

    Parameters and errors are those of `recording.record`.

    Examples
    --------
    >>> def square(x):
    ...     return x * x
    >>> circuit(square, {"x": 3.0}).notes
    ['x is used 2 times: its gradient is 3 + 3 = 6']
    """
    return Circuit(record(function, arguments, wrt))
