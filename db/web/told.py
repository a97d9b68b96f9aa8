"""The sentences in which articles tell of an event, with its words marked. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from crawler.events.event import Part, Span
from crawler.events.prose import MAX_EVENT_CHARS, Prose

MOST_CHARS = 700
"""Of a sentence; from a longer one the beginning and what stands around the marked words is taken."""
_AROUND_CHARS = 60


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that tells something.

    Args:
        anchor: the name by which it is linked to.
        at: where the first marked words begin in the text; None for the title.
        pieces: its text, each piece with whether it is marked.
    """

    anchor: str
    at: int | None
    pieces: tuple[tuple[str, bool], ...]


class Told:
    """What one article tells.

    Args:
        article_id: for the anchors.
        spans: of the words to mark; those that lie outside of title and text are left out.
    """

    def __init__(self, article_id: int, title: str | None, text: str, spans: Iterable[Span]) -> None:
        self._article_id = article_id
        prose = Prose(title or "", text)
        bounds = [prose.span(one.first, one.end) for one in prose.sentences]
        self._starts = [one.start for one in bounds if one.part is Part.TEXT]
        self._ends = [
            start + len(text[start:behind].rstrip())
            for start, behind in pairwise([*self._starts, min(len(text), MAX_EVENT_CHARS)])
        ]
        found: dict[str, list[Span]] = defaultdict(list)
        for span in set(spans):
            length = len(title or "") if span.part is Part.TITLE else len(text)
            if 0 <= span.start < span.end <= length:
                found[self.anchor(span)].append(span)
        self.sentences = tuple(
            self._sentence(anchor, title or "", text, those)
            for anchor, those in sorted(found.items(), key=lambda one: _order(one[1]))
        )

    def anchor(self, span: Span) -> str:
        """Return the name of the sentence in which words stand."""
        where = "title" if span.part is Part.TITLE else self._bounds(span)[0]
        return f"said-{self._article_id}-{where}"

    def _bounds(self, span: Span) -> tuple[int, int]:
        number = bisect_right(self._starts, span.start) - 1
        if number < 0 or self._ends[number] <= span.start:  # between sentences, or behind what is read
            return span.start, span.end
        return self._starts[number], max(self._ends[number], span.end)

    def _sentence(self, anchor: str, title: str, text: str, spans: list[Span]) -> Sentence:
        if spans[0].part is Part.TITLE:
            return Sentence(anchor, None, _pieces(title, 0, len(title), spans))
        start, end = self._bounds(spans[0])
        whole = max(end, *(one.end for one in spans))
        return Sentence(anchor, min(one.start for one in spans), _pieces(text, start, whole, spans))


def _order(spans: list[Span]) -> tuple[bool, int]:
    return spans[0].part is Part.TEXT, min(one.start for one in spans)


def _pieces(whole: str, start: int, end: int, spans: Iterable[Span]) -> tuple[tuple[str, bool], ...]:
    """Return a stretch of a text in pieces; of overlapping marks one is made."""
    pieces: list[tuple[str, bool]] = []
    position = start
    for span in sorted(spans, key=lambda one: (one.start, -one.end)):
        if span.end <= position:
            continue
        begin = max(span.start, position)
        pieces += [(whole[position:begin], False), (whole[begin : span.end], True)]
        position = span.end
    pieces.append((whole[position:end], False))
    if end - start > MOST_CHARS:
        pieces = [(text if is_marked else _shorter(text), is_marked) for text, is_marked in pieces]
    return tuple((text, is_marked) for text, is_marked in pieces if text)


def _shorter(text: str) -> str:
    if len(text) <= 2 * _AROUND_CHARS:
        return text
    return f"{text[:_AROUND_CHARS]} … {text[-_AROUND_CHARS:]}"


def spans_of(values: Iterable[Mapping[str, object]]) -> dict[int, list[Span]]:
    """Return article → the spans of merged values (`crawler.events.merging.merged`)."""
    found: dict[int, list[Span]] = defaultdict(list)
    for value in values:
        spans = value["spans"]
        assert isinstance(spans, list)
        for article_id, part, start, end in spans:
            found[article_id].append(Span(Part(part), start, end))
    return found
