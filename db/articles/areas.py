"""Provinces by their old and new names: which ids mean the same area."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from crawler.topic.gazetteer import Gazetteer


@cache
def same_area(place: str) -> tuple[tuple[str, str | None], ...]:
    """Return the ids that mean a place, each with the day from which it does, None for always."""
    return _gazetteer().same_area(place)


def divided(places: Iterable[str], division: str | None) -> list[str]:
    """Return ids of places as a division of the country has them, each once.

    Args:
        division: of the gazetteer's `DIVISIONS`; None leaves them as they are stored.
    """
    if division is None:
        return list(places)
    return list(dict.fromkeys(_gazetteer().in_division(id_, division) for id_ in places))


@cache
def _gazetteer() -> Gazetteer:
    return Gazetteer.load()
