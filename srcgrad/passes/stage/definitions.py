"""A function that is called, as all that call functions describe it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Definition:
    """A function that is called: `key` tells it from others, `tree` is its normal form.

    Functions that one `def` made in several activations have one `origin`.
    """

    name: str
    key: object
    origin: object
    source: object
    tree: object
    function: object  # whose globals it sees
    cells: tuple = ()  # the variables that it shares with functions around it
    writes: bool = False  # whether it assigns them
