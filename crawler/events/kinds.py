"""What an article tells of: which acts its sentences name, and of what kind the event is that they make.

The title counts most, then the lead. A sentence counts where it speaks of the other side; who acts alone
has no event.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property

from crawler.events.event import EventKind
from crawler.events.landscape import HOME, NEIGHBOURS, Landscape, Named
from crawler.events.lexicon import Lexicon
from crawler.events.prose import Prose, Sentence

TITLE_SENTENCES = 2
"""Sentences behind the title that say who has a part in what it tells."""
BEFORE_WORDS = 12
"""Words at the beginning of a sentence that may say that it tells of what was before."""
TOGETHER_WORDS = 25
"""Words behind "phối hợp" in which the other force is named."""
TOLD_WORDS = 25
"""Words behind "trước đó" that it may be said of."""
FRAME_WORDS = 14
"""Words behind "trong khuôn khổ" that name the occasion, up to a comma."""
FORCE_WORDS = 9
"""Words before a place that may name the body there."""
BESIDE_WORDS = 5
"""The same, of a word for both sides: "công an hai nước"."""
PAIR_WORDS = 4
"""Words of the first name of a pair."""
SURE_POINTS = 3
"""What words are worth that name an act alone."""
GROUND_SENTENCES = 20
"""Sentences, with the title, one of which must tell of the act."""
_FROM = frozenset(
    (
        "người",
        "từ",
        "sang",
        "tịch",
        "vào",
        "gốc",
        "qua",
        "trú",
        "ngụ",
        "tại",
        "ở",
        "địa",
        "giới",
        "thuộc",
        "đến",
    )
)
"""In front of a country that is where somebody comes from or goes to, and no party."""
_AGENT = frozenset(("do", "phía", "với", "cùng", "giữa", "bạn", "và", "nước"))
"""Right in front of a country or place that takes part."""
_TYPES = frozenset(
    ("tỉnh", "huyện", "thị", "xã", "trấn", "thành", "phố", "tp", "khu", "tự", "trị", "châu", "cụm")
)
"""Between such a word and the name."""
_PAIR = frozenset((" - ", " – ", "-", "–"))
"""Between two sides that are named together."""
_AT_GATES = frozenset((EventKind.GATE, EventKind.INFRASTRUCTURE, EventKind.TRADE, EventKind.DEMARCATION))
"""Kinds of acts at a gate, which has two sides though the other one is not named."""


class Tie(IntEnum):
    """What a sentence says of the other side."""

    ALONE = 0
    NAMED = 1
    TOGETHER = 2


@dataclass(frozen=True, slots=True)
class Act:
    """Words that name an act.

    Args:
        first, end: its words.
        is_act: it can have a day of its own.
        is_framed: it only names the occasion: "trong khuôn khổ ...".
        is_past: it is told as what was before the news.
        is_wished: somebody wants it.
    """

    kind: EventKind
    points: float
    first: int
    end: int
    is_act: bool
    is_framed: bool
    is_past: bool
    is_wished: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """A sentence with its acts.

    Args:
        tie: what it says of the other side.
        has_gate: it names a gate.
        is_before: it tells of what was before the news.
        is_plan: it tells of what is to come.
        is_wish: it tells of what somebody wants.
        is_press: somebody speaks to the press.
    """

    sentence: Sentence
    acts: tuple[Act, ...]
    neighbours: frozenset[str]
    tie: Tie
    has_gate: bool
    is_before: bool
    is_plan: bool
    is_wish: bool
    is_press: bool

    @property
    def is_joint(self) -> bool:
        """Whether it speaks of the other side, or of both."""
        return self.tie > Tie.ALONE


def is_crossing(one: Named) -> bool:
    """Whether a place is a gate or a bridge at the border, which has two sides by itself."""
    return one.entry is not None and one.entry.kind in ("gate", "landmark")


class Scenes:
    """All sentences of an article with what they tell of."""

    def __init__(self, prose: Prose, land: Landscape, lexicon: Lexicon) -> None:
        self._prose, self._land, self._lexicon = prose, land, lexicon

    @cached_property
    def scenes(self) -> tuple[Scene, ...]:
        """The sentences, title first."""
        acts: dict[int, list[Act]] = defaultdict(list)
        entries = self._lexicon.kinds.act
        # Of acts that begin at one word the tightest comes first, in whatever order they are found.
        words = sorted(
            self._lexicon.kinds.index.find(self._prose.reading),
            key=lambda found: (found[1], found[2], int(found[0])),
        )
        for number, start, end in words:
            entry = entries[int(number)]
            first = self._prose.word_of_reading(start)
            last = self._prose.word_of_reading(end - 1) + 1
            sentence = self._prose.sentence_of(first)
            if self._is_in_name(first, last):
                continue
            acts[sentence.number].append(
                Act(
                    entry.kind,
                    entry.points,
                    first,
                    last,
                    entry.acts,
                    self.is_framed(sentence.first, first),
                    self.mark("before", max(sentence.first, first - TOLD_WORDS), first) is not None,
                    self.mark("wish", sentence.first, first) is not None,
                )
            )
        found = [self._scene(one, tuple(acts[one.number])) for one in self._prose.sentences]
        # A title rarely says with whom; the lead does.
        tie = max(
            (scene.tie for scene in found if scene.sentence.number <= TITLE_SENTENCES), default=Tie.ALONE
        )
        return tuple(replace(scene, tie=tie) if scene.sentence.is_title else scene for scene in found)

    def _is_in_name(self, first: int, end: int) -> bool:
        """Whether words are those of a place: Hữu Nghị is a gate."""
        return any(one.end >= end for one in self._land.within(first - 1, first + 1))

    def is_framed(self, first: int, act: int) -> bool:
        """Whether an act or a day stands behind words for an occasion, with no comma between."""
        at, start = None, max(first, act - FRAME_WORDS)
        while (found := self.mark("frame", start, act)) is not None:
            at, start = found, found + 1
        return at is not None and not any("," in gap for gap in self._prose.gaps[at + 1 : act + 1])

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

    def has_before(self, name: str, at: int) -> bool:
        """Whether a mark of two words, or one and "ngày", ends right before a word."""
        return self.mark(name, max(0, at - 3), at) is not None

    def count(self, name: str, scene: Scene) -> int:
        """Return how often a scene has a mark."""
        places = self._marks.get(name, [])
        return bisect_left(places, scene.sentence.end) - bisect_left(places, scene.sentence.first)

    def _scene(self, sentence: Sentence, acts: tuple[Act, ...]) -> Scene:
        first, end = sentence.first, sentence.end
        named = list(self._land.within(first, end))
        return Scene(
            sentence,
            acts,
            frozenset(one.side for one in named if one.side in NEIGHBOURS),
            self._tie(sentence, named),
            any(map(is_crossing, named)),
            self.mark("before", first, min(end, first + BEFORE_WORDS)) is not None,
            self.has("plan", sentence),
            self.has("wish", sentence),
            self.has("press", sentence) and not self.has("joint_press", sentence),
        )

    def _tie(self, sentence: Sentence, named: Sequence[Named]) -> Tie:
        if self.has("both", sentence):
            return Tie.TOGETHER
        across = [one for one in named if one.side in NEIGHBOURS]
        if any(self._takes_part(sentence.first, one) for one in across):
            return Tie.TOGETHER
        return Tie.NAMED if across else Tie.ALONE

    def _takes_part(self, first: int, one: Named) -> bool:
        """Whether a country or place stands for somebody there, and not for where somebody came from."""
        words, at = self._prose.words, one.first
        if at == first or self._is_pair(one):
            return True
        while at > first and words[at - 1] in _TYPES:
            at -= 1
        return (at > first and words[at - 1] in _AGENT) or self._is_party(first, at)

    def _is_pair(self, one: Named) -> bool:
        """Whether both sides are named at once: "Việt - Lào", "Sóc Giang - Bình Mãng"; not their border."""
        words, first = self._prose.words, one.first
        if "việt" not in words[first : one.end]:
            if self._prose.gaps[first] not in _PAIR:
                return False
            first = next(
                (other.first for other in self._land.within(max(0, first - PAIR_WORDS), first)), first
            )
        return words[first - 1] not in _FROM

    def _is_party(self, first: int, at: int) -> bool:
        """Whether a body or office stands before a place, with nothing between that tells of a way."""
        words, start = self._prose.words, max(first, at - FORCE_WORDS)
        for before in range(at - 1, start - 1, -1):
            if words[before] in _FROM:
                start = before + 1
                break
        return self.mark("forces", start, at) is not None

    def tie(self, act: Act, scene: Scene) -> Tie:
        """Return what a sentence says of the other side's part in an act.

        People are caught by one side alone unless the text says that both did; what is handed over, but
        not by words that name a border, has somebody there to take or give it.
        """
        if act.kind is EventKind.OPERATION:
            return Tie.TOGETHER if self._is_together(scene) else Tie.ALONE
        if act.kind is EventKind.HANDOVER and scene.tie is Tie.NAMED and act.points < SURE_POINTS:
            return Tie.ALONE
        if scene.has_gate and act.kind in _AT_GATES:
            return max(scene.tie, Tie.NAMED)
        return scene.tie

    def names_others(self, scene: Scene) -> bool:
        """Whether a sentence names a country that is neither Viet Nam nor a land neighbour."""
        named = self._land.within(scene.sentence.first, scene.sentence.end)
        return any(one.side not in (HOME, *NEIGHBOURS) for one in named)

    def is_grounded(self, kind: EventKind) -> bool:
        """Whether a sentence near the beginning tells of an act of a kind that both sides do."""
        if kind is EventKind.OPERATION and not self.is_helped:
            return False
        return any(
            act.kind is kind
            and act.is_act
            and (self.tie(act, scene) or (kind is EventKind.OPERATION and scene.is_joint))
            for scene in self.scenes[:GROUND_SENTENCES]
            for act in scene.acts
        )

    @cached_property
    def is_helped(self) -> bool:
        """Whether both sides have a part in a case: they work together, or one hands people over."""
        return any(
            self._is_together(scene)
            or any(act.kind is EventKind.HANDOVER and self.tie(act, scene) for act in scene.acts)
            for scene in self.scenes
        )

    def _is_together(self, scene: Scene) -> bool:
        """Whether two forces act together: "phối hợp với công an Lào", "công an hai nước"."""
        first, end = scene.sentence.first, scene.sentence.end
        at = self.mark("together", first, end)
        while at is not None:
            start, reach = max(first, at - BEFORE_WORDS), min(end, at + TOGETHER_WORDS)
            if self.mark("both", start, reach) is not None:
                return True
            for one in self._land.within(start, reach):
                if one.side in NEIGHBOURS and self._takes_part(first, one):
                    return True
            at = self.mark("together", at + 1, end)
        return any(
            self.mark("forces", max(first, at - BESIDE_WORDS), at) is not None
            for at in self._both_sides(first, end)
        )

    def _both_sides(self, first: int, end: int) -> Iterator[int]:
        """Yield where words for both sides stand."""
        at = self.mark("both", first, end)
        while at is not None:
            yield at
            at = self.mark("both", at + 1, end)
        for one in self._land.within(first, end):
            if one.side in NEIGHBOURS and self._is_pair(one):
                yield one.first
