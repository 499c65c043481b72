"""Room for deeply nested code: what works through trees calls itself at each level of them.

    with deep():
        expression of 200 levels

Python itself reads such code; its limit of 1,000 calls is there for mistakes.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

CALLS = 5000  # on Python 3.10 each takes of the stack of the operating system, 8 MB as a rule


@contextlib.contextmanager
def deep() -> Iterator[None]:
    """Let functions call one another this deep, for as long as the block runs."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, CALLS))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
