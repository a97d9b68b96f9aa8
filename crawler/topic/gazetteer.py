"""Which places of the border an article names: provinces, gates, districts, neighbours.

The facts stand in places/*.toml, which a person who knows the border may correct. What counts as
naming a place is in mentions.py, what follows from it in `Gazetteer.named`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from crawler.declaration import convert, read_toml, unknown
from crawler.errors import DeclarationError
from crawler.topic.mentions import Finder
from crawler.topic.names import Mention, Names, Place
from crawler.topic.phrase import Reading, normal_words

__all__ = ["DIVISIONS", "Gazetteer", "Mention", "Named", "Place", "Respelt"]

BUILT_IN = Path(__file__).with_name("places")

#: Of the country into provinces: until June 2025, and since.
DIVISIONS = ("former", "merged")

_SHOW_THEIR_COUNTRY = ("gate", "landmark", "abroad-province", "abroad-city")


@dataclass(frozen=True, slots=True)
class Named:
    """A country or place that an article names, or that follows from one that it names.

    Args:
        id: of the country or place.
        mention: the first that shows it.
        derived_from: the id of the place that stands in it or borders on it; None where the article
            names it itself.
    """

    id: str
    mention: Mention
    derived_from: str | None = None


@dataclass(frozen=True, slots=True)
class Respelt:
    """A reading in which names are spelt as in the gazetteer, for patterns that know one spelling.

    Args:
        reading: for searching only: its `source` is empty.
        changes: (start, end) in its words, (start, end) in those that were read, in their order.
    """

    reading: Reading
    changes: tuple[tuple[int, int, int, int], ...] = ()

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the words that were read a find stands."""
        return self._back(start, 2), self._back(end, 3)

    def _back(self, position: int, side: int) -> int:
        shift = 0
        for change in self.changes:
            if position < change[0]:
                break
            if position <= change[1]:
                return change[side]
            shift = change[3] - change[1]
        return position + shift


@dataclass(frozen=True)
class Gazetteer:
    """All places, by id, and what finds them."""

    places: Mapping[str, Place]

    @classmethod
    def load(cls, folder: Path | None = None) -> Gazetteer:
        """Return the gazetteer of the TOML files in `folder`, the built-in one when None.

        Raises:
            DeclarationError: an entry is wrong, or names a place that is not there.
        """
        places: dict[str, Place] = {}
        for path in sorted((folder or BUILT_IN).glob("*.toml")):
            for place in convert(tuple[Place, ...], read_toml(path).get("place", []), path, "place"):
                if place.id in places:
                    raise DeclarationError(path, place.id, "is the id of two places")
                places[place.id] = place
        for place in places.values():
            for name in (place.province, place.neighbour, place.merged_into):
                if name and name not in places:
                    raise DeclarationError(folder or BUILT_IN, place.id, unknown("place", name, places))
        return cls(places)

    def __getstate__(self) -> dict[str, object]:
        """Leave out what can be worked out again."""
        return {"places": self.places}

    def find(self, reading: Reading) -> list[Mention]:
        """Return every mention of a place, in the order of the text."""
        return self.finder(reading).mentions()

    def named(self, reading: Reading, finder: Finder | None = None) -> list[Named]:
        """Return each country and place that a text shows, once, in its order; derived provinces last.

        A gate, a district, a landmark and what lies abroad show the province that they stand in; all
        but a district show their neighbour. A province or district that borders on one neighbour
        alone shows it where its sentence speaks of the border and the text names no neighbour.
        """
        finder = finder or self.finder(reading)
        mentions = finder.mentions()
        found: dict[str, Named] = {}
        order: dict[str, int] = {}
        for mention in mentions:
            found.setdefault(mention.place.id, Named(mention.place.id, mention))
            shown = mention.place.countries if mention.place.kind in _SHOW_THEIR_COUNTRY else ()
            for id_ in (*shown, mention.place.id):
                order.setdefault(id_, len(order))
        for mention in mentions:
            for code in mention.place.countries if mention.place.kind in _SHOW_THEIR_COUNTRY else ():
                found.setdefault(code, Named(code, mention, mention.place.id))
        for mention in mentions:
            if province := mention.place.province:
                found.setdefault(province, Named(province, mention, mention.place.id))
        if not any(self.places[id_].kind == "country" for id_ in found):
            for mention in mentions:
                codes = mention.place.countries
                if len(codes) == 1 and finder.speaks_of_border(mention.start):
                    found.setdefault(codes[0], Named(codes[0], mention, mention.place.id))
        return sorted(found.values(), key=lambda one: order.get(one.id, len(order)))

    def respelt(self, reading: Reading, finder: Finder | None = None) -> Respelt:
        """Return the reading with every name that is found by its sound as the gazetteer spells it."""
        finder = finder or self.finder(reading)
        soundings = finder.soundings
        if not soundings:
            return Respelt(reading)
        tokens, starts = reading.tokens[:-1], reading.starts
        pieces: list[str] = []
        changes = []
        length, done = 0, 0
        for first, end, places in soundings:
            before = "".join(f" {word}" for word in tokens[done:first])
            name = normal_words(places[0].name)
            start = length + len(before) + 1
            changes.append((start, start + len(name), starts[first], starts[end] - 1))
            pieces += [before, f" {name}"]
            length, done = start + len(name), end
        pieces += [f" {word}" for word in tokens[done:]]
        return Respelt(Reading("", f"{''.join(pieces)} "), tuple(changes))

    def same_area(self, id_: str) -> tuple[tuple[str, str | None], ...]:
        """Return under which ids a place's articles stand: each with the day from which, None for all.

        A province that was merged is named by its successor since; the successor's area held the
        provinces that it was made of. A place that was not merged stands under its own id alone.
        """
        place = self.places.get(id_)
        if place is None or place.kind != "province":
            return ((id_, None),)
        parts = tuple((one.id, None) for one in self.places.values() if one.merged_into == id_)
        now = ((place.merged_into, place.merged_on),) if place.merged_into else ()
        return ((id_, None), *parts, *now)

    def in_division(self, id_: str, division: str) -> str:
        """Return the id under which a place stands in a division of the country.

        Args:
            division: one of `DIVISIONS`. In the former one a province that has had a border only since
                the mergers stands under the one that had it before.
        """
        place = self.places.get(id_)
        if place is None or place.kind != "province":
            return id_
        if division == "merged":
            return place.merged_into or id_
        former = [one.id for one in self.places.values() if one.merged_into == id_]
        return former[0] if place.since and former else id_

    def lists(self) -> dict[str, tuple[str, ...]]:
        """Return the names that the patterns of a topic may use as {list}: those that need no context."""
        clear = [
            place
            for place in self.places.values()
            if not place.context and (place.kind not in ("district", "landmark") or place.rule == "free")
        ]

        def names(*kinds: str, country: str = "") -> tuple[str, ...]:
            return tuple(
                normal_words(name)
                for place in clear
                if place.kind in kinds and (not country or country in place.countries)
                for name in place.names
            )

        across = ("country", "abroad-province", "abroad-city")
        return {
            "abroad_places": names("abroad-province", "abroad-city"),
            "home_provinces": names("province"),
            "home_districts": names("district"),
            "gate_names": names("gate"),
            "countries": names("country"),
            "in_china": names(*across, country="CN"),
            "in_laos": names(*across, country="LA"),
            "in_cambodia": names(*across, country="KH"),
        }

    def finder(self, reading: Reading) -> Finder:
        """Return what finds places in a reading; for whoever asks several things of one."""
        return Finder(reading, self._names, self.places)

    @cached_property
    def _names(self) -> Names:
        return Names(self.places.values())
