"""A dataclass in, a dataclass of gradients out; what is no number has None."""

from dataclasses import dataclass, field

import numpy as np

MODES = ("grad", "vjp", "jvp")
ORDER = 2


@dataclass(frozen=True)
class Layer:
    w: np.ndarray
    b: float = 0.0


@dataclass
class Net:
    layer: Layer
    scale: list
    name: str = "net"
    size: int = field(init=False)

    def __post_init__(self):
        self.size = len(self.scale)

    def output(self, x):
        return np.sum(self.layer.w * x) * self.scale[0] + self.layer.b


ARGS = (Net(Layer(np.array([0.5, -1.0]), 0.3), [2.0, 3.0]), np.array([0.7, 1.2]))


def dataclass_argument(net, x):
    out = net.output(x)
    return out * out * net.scale[1] if net.name == "net" else out
