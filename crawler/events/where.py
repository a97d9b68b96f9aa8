"""Where an event took place: of the places that its sentences name, up to four, the narrowest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from crawler.events.event import EventKind, Place
from crawler.events.kinds import Scene
from crawler.events.lexicon import Lexicon
from crawler.events.places import GATE, LOCAL, MAX_PLACES, NARROW, PROVINCE, PlaceReader, Spot
from crawler.events.prose import Prose
from crawler.events.when import Dated

_ABOUT_PLACES = frozenset((EventKind.GATE, EventKind.INFRASTRUCTURE, EventKind.DEMARCATION))
_IN_HALLS = frozenset((EventKind.MEETING, EventKind.AGREEMENT))
"""Kinds of acts that speak of gates, and take place elsewhere."""
PROVINCE_SENTENCES = 6
"""Sentences, with the title, in which the province of a place is looked for."""
WAY_WORDS = 9
"""Words before a place in which it is said from where."""


class Siting:
    """Chooses the places of an event."""

    def __init__(self, prose: Prose, spots: PlaceReader, lexicon: Lexicon) -> None:
        self._prose, self._spots, self._words = prose, spots, lexicon.locations.words

    def places(
        self, scenes: Sequence[Scene], kind: EventKind, dated: Dated | None, *, is_main: bool = False
    ) -> tuple[Place, ...]:
        """Return where an event takes place; of a gate or a bridge, it and then that.

        Args:
            is_main: the title is about it.
        """
        rows = [self._spots.chains(scene.sentence.first, scene.sentence.end) for scene in scenes]
        where = self._where(scenes, rows, dated) or (self._reached(rows) if is_main else [])
        about = [one for row in rows for one in row if any(map(self._is_about, one))]
        if kind in _ABOUT_PLACES:
            objects = [spot for spot in chain.from_iterable(about) if self._is_about(spot)][:2]
            around = [spot for row in rows[:2] for one in row for spot in one if spot.level == PROVINCE]
            where = [*objects, *(where or chain.from_iterable(about[:1])), *around]
        elif kind is EventKind.PATROL:
            where = [spot for spot in chain.from_iterable(about) if spot.level == NARROW] or where
        elif kind is EventKind.TRADE:
            where = [*filter(self._is_about, chain.from_iterable(about[:1])), *where]
            where = where or [spot for row in rows[:2] for spot in chain.from_iterable(row)]
        elif about and (kind is EventKind.HANDOVER or (not where and kind not in _IN_HALLS)):
            where = about[0]
        chosen = self._narrowest(where)
        return tuple(self._spots.place(spot) for spot in (*chosen, *self._province(chosen, is_main=is_main)))

    def _province(self, chosen: Sequence[Spot], *, is_main: bool) -> list[Spot]:
        """Return the province of the places chosen that the lead names, else that of the title."""
        if len(chosen) == MAX_PLACES or any(spot.level == PROVINCE for spot in chosen):
            return []
        entries = [spot.named.entry for spot in chosen if spot.named and spot.named.entry]
        known = {entry.id for entry in entries}
        wanted = {entry.province for entry in entries if entry.kind != "province"}
        for sentence in self._prose.sentences[: PROVINCE_SENTENCES if wanted else is_main]:
            for spot in chain.from_iterable(self._spots.chains(sentence.first, sentence.end)):
                entry = spot.named.entry if spot.named else None
                if spot.level != PROVINCE or entry is None or entry.id in known:
                    continue
                if entry.id in wanted or (not wanted and spot.is_where):
                    return [spot]
        return []

    def _where(
        self, scenes: Sequence[Scene], chains: Sequence[list[list[Spot]]], dated: Dated | None
    ) -> list[Spot]:
        """Return the chain of places that says where: behind the date, else the first."""
        for scene, row in zip(scenes, chains, strict=True):
            found = [one for one in row if one[0].is_where]
            if dated and scene is dated.scene:
                at = dated.at
                found.sort(key=lambda one: (one[0].first < at, abs(one[0].first - at)))
            if found:
                return self._in_full(found[0], chains)
        return []

    def _in_full(self, chain: list[Spot], chains: Sequence[list[list[Spot]]]) -> list[Spot]:
        """Return the chain that says the most of where a place is, of those that begin with it."""
        if chain[0].level > LOCAL or len(chain) > 1:
            return chain
        name = self._name(chain[0])
        alike = (one for row in chains for one in row if self._name(one[0]) == name)
        return max(chain, *alike, key=len)

    def _name(self, spot: Spot) -> tuple[str, ...]:
        return self._prose.words[spot.name : spot.end]

    def _reached(self, chains: Sequence[list[list[Spot]]]) -> list[Spot]:
        """Return the first chain of places that somebody comes to or leaves."""
        return next((one for row in chains for one in row if self._is_reached(one[0].first)), [])

    def _is_reached(self, at: int) -> bool:
        """Whether somebody comes to a place or leaves it, and nothing is carried there from another."""
        words = self._prose.words
        return (
            at > 0 and words[at - 1] in self._words["ways"] and "từ" not in words[max(0, at - WAY_WORDS) : at]
        )

    def _is_about(self, spot: Spot) -> bool:
        return spot.level == GATE or (
            spot.level == NARROW and self._prose.words[spot.first] in self._words["objects"]
        )

    def _narrowest(self, spots: Iterable[Spot]) -> list[Spot]:
        kept: dict[str, Spot] = {}
        for spot in spots:
            name = f"{spot.level} {' '.join(self._prose.words[spot.name : spot.end])} "
            # One half of a pair of gates is said with the pair.
            if not any(one.startswith(name) for one in kept):
                kept = {one: other for one, other in kept.items() if not name.startswith(one)} | {name: spot}
        return sorted([*kept.values()][: MAX_PLACES + 2], key=lambda spot: spot.level)[:MAX_PLACES]
