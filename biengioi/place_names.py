"""What countries and places are called, beside their ids."""

from __future__ import annotations

from functools import cache


@cache
def _names() -> dict[str, str]:
    from crawler.topic.gazetteer import Gazetteer  # which commands that print no place need not read

    return {place.id: place.name for place in Gazetteer.load().places.values()}


def place_name(place_id: str) -> str:
    """Return the name of a country or place; of one that the gazetteer no longer has, the id."""
    return _names().get(place_id, place_id)
