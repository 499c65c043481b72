"""The fewest values that separate what is needed from what there is.

>>> cut = VertexCut()
>>> cut.source("x"); cut.sink("u"); cut.sink("v")
>>> cut.edge("x", "y"); cut.edge("y", "u"); cut.edge("y", "v"); cut.solve()
['x']
"""

from __future__ import annotations

from collections import deque


class VertexCut:
    """A minimum vertex cut by augmenting paths (Edmonds and Karp, 1972), nearest to the sources."""

    def __init__(self):
        self.capacity: dict = {}
        self.sinks: set = set()

    def link(self, a, b, c):
        self.capacity.setdefault(a, {})
        self.capacity.setdefault(b, {})
        self.capacity[a][b] = max(self.capacity[a].get(b, 0), c)
        self.capacity[b].setdefault(a, 0)

    def node(self, v):
        self.link((v, "in"), (v, "out"), 1)

    def source(self, v):
        self.node(v)
        self.link("source", (v, "in"), 1 << 30)

    def sink(self, v):
        self.node(v)
        self.sinks.add(v)
        self.link((v, "out"), "sink", 1 << 30)

    def edge(self, a, b):
        self.node(a)
        self.node(b)
        self.link((a, "out"), (b, "in"), 1 << 30)

    def solve(self) -> list:
        if "source" not in self.capacity or "sink" not in self.capacity:
            return []
        while True:
            before = self.reach()
            if "sink" not in before:
                break
            node = "sink"
            while node != "source":
                previous = before[node]
                self.capacity[previous][node] -= 1
                self.capacity[node][previous] += 1
                node = previous
        return [
            a[0]
            for a in before
            if a not in ("source", "sink") and a[1] == "in" and (a[0], "out") not in before
        ]

    def reach(self):
        before: dict = {"source": None}
        queue = deque(["source"])
        while queue:
            a = queue.popleft()
            for b, c in self.capacity[a].items():
                if c > 0 and b not in before:
                    before[b] = a
                    if b == "sink":
                        return before
                    queue.append(b)
        return before
