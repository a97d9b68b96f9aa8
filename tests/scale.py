"""How much of its material a test takes: a part in the usual run, all of it with ``SCALE=full``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")

FULL = os.environ.get("SCALE") == "full"


def count(usual: int, full: int) -> int:
    """Return how many there are to be."""
    return full if FULL else usual


def share(items: Iterable[T], number: int, of: int) -> list[T]:
    """Return one of several equal shares, which together are everything; or everything.

    Args:
        items: always in the same order.
        number: which share, from 0.
        of: how many shares there are.
    """
    return list(items) if FULL else list(items)[number::of]
