"""Attributes of the caller's object: written where the function writes them, read once."""

from dataclasses import dataclass

MODES = ("grad", "value-and-grad", "vjp", "jvp")


@dataclass
class Meter:
    total: float
    factor: float = 2.0

    def add(self, x):
        self.total += self.factor * x


ARGS = (Meter(0.5), 0.7)


def changed_attribute(meter, x):
    before = meter.total
    for k in range(3):
        meter.add(x * k)
        if meter.total > 2.0:
            meter.total = meter.total * x
    return meter.total * before
