"""What an article tells of: which acts its sentences name, and of what kind the event is that they make.

The title counts most, then the lead. A sentence counts where it speaks of the other side; who acts alone
has no event.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property

from crawler.events.event import EventKind
from crawler.events.landscape import NEIGHBOURS, Landscape
from crawler.events.lexicon import Lexicon
from crawler.events.prose import Prose, Sentence

TITLE_SHARE = 3.0
"""What the title counts, where a sentence in the middle counts 1."""
LEAD_SHARES = (2.2, 1.7, 1.3)
"""What the first sentences of the text count."""
TITLE_SENTENCES = 2
"""Sentences behind the title that say who has a part in what it tells."""
LEAST_SHARE = 0.25
FALL_SHARE = 0.06
"""By how much each further sentence counts less."""
ALONE_SHARE = 0.35
"""What a sentence counts that speaks of one side."""
BACKGROUND_SHARE = 0.4
BEFORE_WORDS = 12
"""Words at the beginning of a sentence that may say that it tells of what was before."""
TOGETHER_WORDS = 25
"""Words behind "phối hợp" in which the other force is named."""
TITLE_ALONE_SHARE = 0.7
"""What an operation counts in a title, which rarely says with whom."""
_FROM = frozenset(("người", "từ", "sang", "tịch", "vào", "gốc", "qua"))
"""In front of a country that is where somebody comes from or goes to, and no party."""
WISH_SHARE = 0.4
"""What an act counts that somebody wishes; that they meet to wish it has happened."""
FORCE_WORDS = 9
"""Words before a place that may name the body there."""
CLEAR_POINTS = 3.0
"""What words are worth that name an act alone."""
CLEAR_SENTENCES = 6
"""Sentences at the beginning, with the title, that tell the news."""
GROUND_SENTENCES = 20
"""Sentences, with the title, one of which must tell of the act."""
MOST_OF_BODY = 4.0
"""Points that all sentences behind the lead can give a kind together."""
HINT_SHARE = 0.5
"""What words count that name no act."""


@dataclass(frozen=True, slots=True)
class Act:
    """Words that name an act.

    Args:
        first, end: its words.
        is_act: it can have a day of its own.
    """

    kind: EventKind
    points: float
    first: int
    end: int
    is_act: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """A sentence with its acts.

    Args:
        is_joint: it speaks of the other side, or of both.
        is_before: it tells of what was before the news.
        is_plan: it tells of what is to come.
        is_wish: it tells of what somebody wants.
        is_press: somebody speaks to the press.
    """

    sentence: Sentence
    acts: tuple[Act, ...]
    neighbours: frozenset[str]
    is_joint: bool
    is_before: bool
    is_plan: bool
    is_wish: bool
    is_press: bool

    @property
    def share(self) -> float:
        """What the sentence counts by where it stands."""
        number = self.sentence.number
        if self.sentence.is_caption:
            return LEAST_SHARE
        if number == 0:
            return TITLE_SHARE
        if number <= len(LEAD_SHARES):
            return LEAD_SHARES[number - 1]
        return max(LEAST_SHARE, 1 - FALL_SHARE * (number - len(LEAD_SHARES)))


class Scenes:
    """All sentences of an article with what they tell of."""

    def __init__(self, prose: Prose, land: Landscape, lexicon: Lexicon) -> None:
        self._prose, self._land, self._lexicon = prose, land, lexicon

    @cached_property
    def scenes(self) -> tuple[Scene, ...]:
        """The sentences, title first."""
        acts: dict[int, list[Act]] = defaultdict(list)
        entries = self._lexicon.kinds.act
        for number, start, end in self._lexicon.kinds.index.find(self._prose.reading):
            entry = entries[int(number)]
            first = self._prose.word_of_reading(start)
            last = self._prose.word_of_reading(end - 1) + 1
            sentence = self._prose.sentence_of(first)
            if self._is_in_name(first, last):
                continue
            acts[sentence.number].append(Act(entry.kind, entry.points, first, last, entry.acts))
        found = [self._scene(one, tuple(acts[one.number])) for one in self._prose.sentences]
        # A title rarely says with whom; the lead does.
        is_joint = any(scene.is_joint for scene in found if scene.sentence.number <= TITLE_SENTENCES)
        return tuple(
            replace(scene, is_joint=is_joint) if scene.sentence.is_title else scene for scene in found
        )

    def _is_in_name(self, first: int, end: int) -> bool:
        """Whether words are those of a place: Hữu Nghị is a gate."""
        return any(one.end >= end for one in self._land.within(first - 1, first + 1))

    def _has_gate(self, scene: Scene) -> bool:
        """Whether a gate is named, which has two sides by itself."""
        sentence = scene.sentence
        named = self._land.within(sentence.first, sentence.end)
        return any(one.entry is not None and one.entry.kind == "gate" for one in named)

    @cached_property
    def _marks(self) -> dict[str, list[int]]:
        return self._lexicon.kinds.mark_words.find(self._prose.words)

    def mark(self, name: str, first: int, end: int) -> int | None:
        """Return the first word of a mark between two words; None where it has none."""
        places = self._marks.get(name, [])
        number = bisect_left(places, first)
        return places[number] if number < len(places) and places[number] < end else None

    def has(self, name: str, sentence: Sentence) -> bool:
        """Whether a sentence has a mark."""
        return self.mark(name, sentence.first, sentence.end) is not None

    def _scene(self, sentence: Sentence, acts: tuple[Act, ...]) -> Scene:
        first, end = sentence.first, sentence.end
        near = frozenset(self._land.neighbours(first, end))
        return Scene(
            sentence,
            acts,
            near,
            bool(near) or self.has("both", sentence),
            self.mark("before", first, min(end, first + BEFORE_WORDS)) is not None,
            self.has("plan", sentence),
            self.has("wish", sentence),
            self.has("press", sentence) and not self.has("joint_press", sentence),
        )

    def scores(self) -> dict[EventKind, float]:
        """Return what speaks for each kind."""
        found: dict[EventKind, float] = defaultdict(float)
        body: dict[EventKind, float] = defaultdict(float)
        for scene in self.scenes:
            best: dict[EventKind, float] = {}
            for act in scene.acts:
                points = act.points * (1 if act.is_act else HINT_SHARE) * self._joint(act.kind, scene)
                if scene.is_wish and act.kind is not EventKind.MEETING:
                    points *= WISH_SHARE
                best[act.kind] = max(best.get(act.kind, 0), points)
            share = scene.share * (BACKGROUND_SHARE if scene.is_before else 1)
            is_head = scene.sentence.number <= len(LEAD_SHARES)
            for kind, points in best.items():
                (found if is_head else body)[kind] += points * share
        for kind, points in body.items():
            found[kind] += min(points, MOST_OF_BODY)
        if EventKind.OPERATION in found and not any(map(self._helps, self.scenes)):
            found[EventKind.OPERATION] *= ALONE_SHARE
        return dict(found)

    def _joint(self, kind: EventKind, scene: Scene) -> float:
        """Return what an act counts by whether it is done with the other side."""
        if not scene.is_joint and not (kind is EventKind.GATE and self._has_gate(scene)):
            return ALONE_SHARE
        if kind is EventKind.OPERATION and not self._is_together(scene):
            return TITLE_ALONE_SHARE if scene.sentence.is_title else ALONE_SHARE
        return 1

    def _is_party(self, first: int) -> bool:
        """Whether a body stands right before a place of the other side, and not whence somebody came."""
        words = self._prose.words
        is_body = self.mark("forces", max(0, first - FORCE_WORDS), first) is not None
        return is_body and words[first - 1] not in _FROM

    def is_grounded(self, kind: EventKind) -> bool:
        """Whether a sentence near the beginning tells of an act of a kind that both sides do."""
        if kind is EventKind.OPERATION and not any(map(self._helps, self.scenes)):
            return False
        return any(
            act.kind is kind and act.is_act and (scene.is_joint or self._joint(kind, scene) == 1)
            for scene in self.scenes[:GROUND_SENTENCES]
            for act in scene.acts
        )

    def is_clear(self, kind: EventKind) -> bool:
        """Whether a sentence at the beginning names an act of a kind alone, and it has happened."""
        return any(
            act.kind is kind and act.points >= CLEAR_POINTS and scene.is_joint and not scene.is_before
            for scene in self.scenes[:CLEAR_SENTENCES]
            for act in scene.acts
        )

    def _helps(self, scene: Scene) -> bool:
        """Whether both sides have a part in a case: they work together, or one hands people over."""
        is_handover = scene.is_joint and any(act.kind is EventKind.HANDOVER for act in scene.acts)
        return is_handover or self._is_together(scene)

    def _is_together(self, scene: Scene) -> bool:
        """Whether a force of the other side is named behind a word for working together."""
        first, end = scene.sentence.first, scene.sentence.end
        at = self.mark("together", first, end)
        while at is not None:
            start, reach = max(first, at - BEFORE_WORDS), min(end, at + TOGETHER_WORDS)
            if self.mark("both", start, reach) is not None:
                return True
            for one in self._land.within(start, reach):
                if one.side in NEIGHBOURS and self._is_party(one.first):
                    return True
            at = self.mark("together", at + 1, end)
        return False
