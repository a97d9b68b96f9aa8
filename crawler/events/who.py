"""Who takes part in an event: of the people that an article names, not those who only speak of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from crawler.events.event import EventKind, Person
from crawler.events.kinds import Scene, Scenes
from crawler.events.people import Character, Mention, PeopleReader
from crawler.events.prose import Prose

MAX_VERB_WORDS = 9
"""Words behind a name in which its verb is looked for."""
_WITHOUT_SPEAKERS = frozenset(
    (EventKind.OPERATION, EventKind.HANDOVER, EventKind.GATE, EventKind.TRADE, EventKind.AID)
)
"""Kinds of events at which nobody makes a speech: who speaks of them tells the press."""


class Cast:
    """Chooses the people of an event."""

    def __init__(self, prose: Prose, scenes: Scenes, reader: PeopleReader) -> None:
        self._prose, self._scenes, self._reader = prose, scenes, reader

    def people(self, scenes: Sequence[Scene], kind: EventKind) -> Iterator[Person]:
        """Yield who takes part in what some scenes tell of."""
        numbers = {scene.sentence.number: scene for scene in scenes}
        for one in self._characters:
            here = [
                mention
                for mention in one.mentions
                if self._prose.sentence_of(mention.first).number in numbers
            ]
            if here and self._takes_part(here, numbers, kind):
                yield self._person(one)

    @cached_property
    def _characters(self) -> list[Character]:
        return self._reader.people()

    @cached_property
    def _is_briefing(self) -> bool:
        """Whether the press is told of the event by somebody."""
        return any(scene.is_press for scene in self._scenes.scenes if scene.sentence.number <= 5)

    def _takes_part(self, mentions: list[Mention], scenes: Mapping[int, Scene], kind: EventKind) -> bool:
        if any(mention.post and mention.post.is_former for mention in mentions):
            return False
        here = [(mention, scenes[self._prose.sentence_of(mention.first).number]) for mention in mentions]
        if self._is_briefing or kind in _WITHOUT_SPEAKERS:
            return any(not self._speaks(one, scene) and not scene.is_before for one, scene in here)
        if len(here) == 1:
            mention, scene = here[0]
            is_told = scene.is_wish or self._scenes.has("speech", scene.sentence)
            if is_told and scene.sentence.number > 3:
                return self._speaks(mention, scene) or self._near_mark("takes", mention, scene) is not None
        return True

    def _speaks(self, mention: Mention, scene: Scene) -> bool:
        """Whether who is named only says something there: no other verb stands nearer behind him."""
        first = mention.post.first if mention.post and mention.post.first < mention.first else mention.first
        if "theo" in self._prose.words[max(scene.sentence.first, first - 3) : first]:
            return True
        says, does = (self._near_mark(name, mention, scene) for name in ("speech", "takes"))
        return says is not None and (does is None or says <= does)

    def _near_mark(self, name: str, mention: Mention, scene: Scene) -> int | None:
        """Return the word of a mark a few words behind a name and its post; None where it has none."""
        behind = max(mention.end, mention.post.end if mention.post else 0)
        return self._scenes.mark(name, behind, min(scene.sentence.end, behind + MAX_VERB_WORDS))

    def _person(self, one: Character) -> Person:
        prose = self._prose
        main = one.main
        posts = [
            mention.post
            for mention in one.mentions
            if mention.post and not mention.post.is_peer and mention.end - mention.first > 1
        ]
        post = max(posts, key=lambda post: post.end - post.first, default=None)
        words = (post.first, post.end) if post else next((m.rank for m in one.mentions if m.rank), None)
        ordered = [main, *(mention for mention in one.mentions if mention is not main)]
        return Person(
            prose.text(main.first, main.end),
            prose.text(*words) if words else None,
            one.side,
            tuple(prose.span(mention.first, mention.end) for mention in ordered),
            prose.span(*words) if words else None,
        )
