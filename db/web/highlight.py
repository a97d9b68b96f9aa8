"""An article's text with the words marked that brought it here: terms, places, and what its events say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from crawler.events.event import Part, Span
from crawler.topic.gazetteer import Place
from crawler.topic.phrase import MAX_CHARS, Reading, clean, read_article
from crawler.topic.topic import Topic


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text.

    Args:
        terms: the groups of the topic that it belongs to.
        place: the place that it names, if it does.
        told: what of an event it says: act, date, people, bodies, agreements, figures.
        at: where it stands in the text, if what it says of an event begins here.
    """

    text: str
    terms: tuple[str, ...] = ()
    place: Place | None = None
    told: tuple[str, ...] = ()
    at: int | None = None


Paragraph = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """An article for reading; joined again its pieces are what is stored."""

    title: Paragraph
    lead: tuple[Paragraph, ...]
    body: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Saying:
    """What words of an event are: `what` as in `Piece.told`."""

    what: str
    span: Span


def marked(
    topic: Topic, *, title: str | None, lead: str | None, text: str, sayings: Iterable[Saying] = ()
) -> Marked:
    """Return the article with its terms, places and what it says of events marked.

    A text whose entities or letters would have to be rewritten for reading stays as it is, unmarked.
    """
    if lead and not text.startswith(lead):
        lead = None
    body = text[len(lead) :] if lead else text
    parts = (title or "", lead or "", body)
    read, rest = body[: MAX_CHARS - len(lead or "")], body[MAX_CHARS - len(lead or "") :]
    if any(clean(part) != part for part in parts) or len(lead or "") > MAX_CHARS:
        whole, first, others = ((Piece(part),) for part in parts)
        return Marked(whole, tuple(_paragraphs(first)), tuple(_paragraphs(others)))
    reading = read_article(title, lead, text)
    pieces = list(_pieces(topic, reading, list(_placed(sayings, parts))))
    cuts = (len(parts[0]), len(parts[0]) + 1 + len(parts[1]))
    title_pieces = _between(pieces, 0, cuts[0])
    lead_pieces = _between(pieces, cuts[0] + 1, cuts[1])
    body_pieces = [*_between(pieces, cuts[1] + 1, cuts[1] + 1 + len(read)), Piece(rest)]
    return Marked(tuple(title_pieces), tuple(_paragraphs(lead_pieces)), tuple(_paragraphs(body_pieces)))


def _placed(sayings: Iterable[Saying], parts: tuple[str, str, str]) -> Iterator[tuple[Saying, int, int]]:
    """Yield what events say with where it stands in title, lead and body, joined by a line feed each."""
    title, lead, body = map(len, parts)

    def place(position: int) -> int:
        return title + 1 + position + (position > lead)

    for one in sayings:
        span = one.span
        if span.part is Part.TITLE and 0 <= span.start < span.end <= title:
            yield one, span.start, span.end
        elif span.part is Part.TEXT and 0 <= span.start < span.end <= lead + body:
            yield one, place(span.start) + (span.start == lead), place(span.end)


_What = str | Place | Saying


def _pieces(topic: Topic, reading: Reading, placed: Iterable[tuple[Saying, int, int]]) -> Iterator[Piece]:
    """Yield the whole source, cut wherever a term, a place or words of an event begin or end."""
    begins: dict[int, list[_What]] = defaultdict(list)
    ends: dict[int, list[_What]] = defaultdict(list)
    spans: list[tuple[_What, int, int]] = [
        *((one.group, *reading.source_span(one.start, one.end)) for one in topic.find(reading)),
        *((one.place, *reading.source_span(one.start, one.end)) for one in topic.gazetteer.find(reading)),
        *((saying, start, end) for saying, start, end in placed if end <= len(reading.source)),
    ]
    for what, start, end in spans:
        begins[start].append(what)
        ends[end].append(what)
    here: list[_What] = []
    for left, right in pairwise(sorted({0, len(reading.source), *begins, *ends})):
        for what in ends[left]:
            here.remove(what)
        here += begins[left]
        groups = {one for one in here if isinstance(one, str)}
        place = next((one for one in here if isinstance(one, Place)), None)
        told = {one.what for one in here if isinstance(one, Saying)}
        first = next(
            (one.span.start for one in begins[left] if isinstance(one, Saying) and _is_in_text(one)), None
        )
        yield Piece(reading.source[left:right], tuple(sorted(groups)), place, tuple(sorted(told)), first)


def _is_in_text(saying: Saying) -> bool:
    return saying.span.part is Part.TEXT


def _between(pieces: Iterable[Piece], start: int, end: int) -> list[Piece]:
    """Return what of `pieces` stands between two positions of their joined text."""
    found = []
    position = 0
    for piece in pieces:
        behind = position + len(piece.text)
        if piece.text and start <= position and behind <= end:
            found.append(piece)
        elif text := piece.text[max(0, start - position) : max(0, end - position)]:
            found.append(replace(piece, text=text, at=piece.at if position >= start else None))
        position = behind
    return found


def _paragraphs(pieces: Iterable[Piece]) -> Iterator[Paragraph]:
    """Yield the paragraphs, which line feeds end; empty ones are left out."""
    paragraph: list[Piece] = []
    for piece in pieces:
        first, *others = piece.text.split("\n")
        if first:
            paragraph.append(replace(piece, text=first))
        for other in others:
            if paragraph:
                yield tuple(paragraph)
            paragraph = [replace(piece, text=other, at=None)] if other else []
    if paragraph:
        yield tuple(paragraph)
