"""Organisations that take part, and the papers that they sign."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.events.event import Agreement, Body
from crawler.events.landscape import HOME, Landscape
from crawler.events.lexicon import Lexicon
from crawler.events.posts import PostReader
from crawler.events.prose import Prose
from crawler.topic.phrase import STOP

MAX_BODIES = 8
MAX_PAPERS = 6
MAX_PAPER_WORDS = 15
MAX_VERB_WORDS = 14
"""Words between the verb of signing and the paper that is signed."""
_STOPPING = frozenset(
    (
        "giữa",
        "nhằm",
        "để",
        "trong",
        "tại",
        "do",
        "được",
        "vào",
        "với",
        "ngày",
        "đã",
        "là",
        "sau",
        "này",
        "có",
        "khi",
        "theo",
        "trước",
        "từ",
    )
)
_JOINING = frozenset(("và", "thuộc", "của", "tỉnh", "thành", "huyện", "về"))
"""Behind a place within the name of an organisation."""
_SIGNS = frozenset((", ", " (", ": ", "; ", ". ", ",", "” ", '" ', '", ', "”, ", ") ", " - ", " – "))


class PartyReader:
    """Finds the organisations and papers of an article."""

    def __init__(self, prose: Prose, land: Landscape, lexicon: Lexicon, posts: PostReader) -> None:
        self._prose, self._land, self._lexicon, self._posts = prose, land, lexicon, posts

    def bodies(self, first: int, end: int) -> Iterator[Body]:
        """Yield the organisations named between two words, those within posts left out."""
        words, parties = self._prose.words, self._lexicon.parties
        at = first
        before_names = self._lexicon.before_names
        while at < end:
            post = self._posts.read(at) if words[at] in before_names else None
            if post and post.name is not None:
                at = post.end
                continue
            head = parties.heads.at(words, at)
            if (
                head is None
                or head[0] > end
                or words[at - 1] in parties.sources
                or self._is_in_word(at, head[0])
            ):
                at += 1
                continue
            stop = self._end(head[0], min(self._posts.body(at, head[0]), end))
            side = self._land.side(at, stop)
            row = " ".join(words[at:stop])
            bracket = self._land.named.get(stop)
            if bracket and self._prose.gaps[stop] == " (":
                side = bracket.side
            if (side or stop > head[0]) and row not in parties.nameless_words and self._is_named(at, stop):
                yield Body(self._prose.text(at, stop), side or HOME, self._prose.span(at, stop))
            at = max(stop, at + 1)

    def _is_in_word(self, first: int, end: int) -> bool:
        """Whether the first words of an organisation belong to a longer word: "trụ sở", "bộ trưởng"."""
        words, none = self._prose.words, self._lexicon.parties.no_heads
        return any(
            (found := none.at(words, at)) is not None and found[0] > first and (at < first or found[0] >= end)
            for at in range(max(0, first - 1), first + 1)
        )

    def _end(self, head: int, stop: int) -> int:
        """Return where an organisation ends: before the next one, and behind its place."""
        words, heads = self._prose.words, self._lexicon.parties.heads
        for at in range(head, stop):
            is_new = self._prose.gaps[at] != " " or words[at - 1] == "và"
            if is_new and heads.at(words, at) is not None:
                return at - (words[at - 1] == "và")
            place = self._land.named.get(at)
            if (
                place
                and place.end < stop
                and not self._prose.capitals[place.end]
                and words[place.end] not in _JOINING
            ):
                return place.end
        return stop

    def _is_named(self, first: int, end: int) -> bool:
        """Whether an organisation has a name: a capital behind its first word, or a place."""
        capitals = self._prose.capitals
        return any(capitals[at] for at in range(first, end)) and end - first >= 2

    def papers(self, first: int, end: int) -> Iterator[Agreement]:
        """Yield the papers that are signed between two words."""
        words, parties = self._prose.words, self._lexicon.parties
        begins = parties.paper_words.firsts | parties.verb_words.firsts
        verb_end = None
        at = first
        while at < end:
            if words[at] not in begins:
                at += 1
                continue
            paper = parties.paper_words.at(words, at)
            if paper and verb_end is not None and at - verb_end <= MAX_VERB_WORDS:
                stop = self._paper_end(at, paper[0], end)
                yield Agreement(self._prose.text(at, stop), self._prose.span(at, stop))
                at = verb_end = stop
                continue
            verb = parties.verb_words.at(words, at)
            if verb:
                verb_end = at = verb[0]
                continue
            at += 1

    def _paper_end(self, first: int, at: int, end: int) -> int:
        words, prose = self._prose.words, self._prose
        while at < end and at - first < MAX_PAPER_WORDS:
            if prose.gaps[at] in _SIGNS or words[at] == STOP or words[at] in _STOPPING:
                break
            at += 1
        while at - 1 > first and words[at - 1] in ("và", "của", "về", "các", "cho"):
            at -= 1
        return at
