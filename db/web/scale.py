"""The scale of every picture: it begins at nothing, and one article never fills it."""

from __future__ import annotations

from collections.abc import Iterable

SMALLEST = 5
"""Articles that a full bar or the largest circle stands for at least."""


def end_of_scale(counts: Iterable[int]) -> int:
    """Return the count that fills a picture of these; 0 where there is nothing to draw."""
    most = max(counts, default=0)
    return max(most, SMALLEST) if most else 0
