"""Prints, log calls and formatted strings stay as they are, and happen once."""

import logging

ARGS = (0.7, 2.0)
MODES = ("grad", "value-and-grad", "vjp", "jvp")
PASSES = "activity"
LOG = logging.getLogger(__name__)


def opaque(x, y):
    z = x * y
    print("z is", z)
    label = f"{z:.2f}"
    for k in range(2):
        print(k, label, z > 1)
        z = z * z
    LOG.warning("squared %s", z)
    return z


def closed(x, y):
    return 4 * x**3 * y**4, 4 * x**4 * y**3
