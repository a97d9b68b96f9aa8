"""An article's text with the words marked that brought it here: terms of the topic, and places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from crawler.topic.gazetteer import Place
from crawler.topic.phrase import MAX_CHARS, Reading, clean, read_article
from crawler.topic.topic import Topic


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text.

    Args:
        terms: the groups of the topic that it belongs to.
        place: the place that it names, if it does.
    """

    text: str
    terms: tuple[str, ...] = ()
    place: Place | None = None


Paragraph = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """An article for reading; joined again its pieces are what is stored."""

    title: Paragraph
    lead: tuple[Paragraph, ...]
    body: tuple[Paragraph, ...]


def marked(topic: Topic, *, title: str | None, lead: str | None, text: str) -> Marked:
    """Return the article with its terms and places marked.

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
    pieces = list(_pieces(topic, reading))
    cuts = (len(parts[0]), len(parts[0]) + 1 + len(parts[1]))
    title_pieces = _between(pieces, 0, cuts[0])
    lead_pieces = _between(pieces, cuts[0] + 1, cuts[1])
    body_pieces = [*_between(pieces, cuts[1] + 1, cuts[1] + 1 + len(read)), Piece(rest)]
    return Marked(tuple(title_pieces), tuple(_paragraphs(lead_pieces)), tuple(_paragraphs(body_pieces)))


def _pieces(topic: Topic, reading: Reading) -> Iterator[Piece]:
    """Yield the whole source, cut wherever a term or a place begins or ends."""
    begins: dict[int, list[str | Place]] = defaultdict(list)
    ends: dict[int, list[str | Place]] = defaultdict(list)
    spans: list[tuple[str | Place, int, int]] = [
        *((one.group, one.start, one.end) for one in topic.find(reading)),
        *((one.place, one.start, one.end) for one in topic.gazetteer.find(reading)),
    ]
    for what, first, last in spans:
        start, end = reading.source_span(first, last)
        begins[start].append(what)
        ends[end].append(what)
    here: list[str | Place] = []
    for left, right in pairwise(sorted({0, len(reading.source), *begins, *ends})):
        for what in ends[left]:
            here.remove(what)
        here += begins[left]
        groups = {one for one in here if isinstance(one, str)}
        place = next((one for one in here if isinstance(one, Place)), None)
        yield Piece(reading.source[left:right], tuple(sorted(groups)), place)


def _between(pieces: Iterable[Piece], start: int, end: int) -> list[Piece]:
    """Return what of `pieces` stands between two positions of their joined text."""
    found = []
    position = 0
    for piece in pieces:
        text = piece.text[max(0, start - position) : max(0, end - position)]
        if text:
            found.append(Piece(text, piece.terms, piece.place))
        position += len(piece.text)
    return found


def _paragraphs(pieces: Iterable[Piece]) -> Iterator[Paragraph]:
    """Yield the paragraphs, which line feeds end; empty ones are left out."""
    paragraph: list[Piece] = []
    for piece in pieces:
        first, *others = piece.text.split("\n")
        if first:
            paragraph.append(Piece(first, piece.terms, piece.place))
        for other in others:
            if paragraph:
                yield tuple(paragraph)
            paragraph = [Piece(other, piece.terms, piece.place)] if other else []
    if paragraph:
        yield tuple(paragraph)
