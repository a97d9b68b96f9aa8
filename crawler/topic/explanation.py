"""Why an article got its grade: the text with its terms marked; `biengioi topic explain` shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from crawler.topic.phrase import Reading, read_article
from crawler.topic.topic import Topic


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the text.

    Args:
        text: as it is written; title, lead and body are separated by a line feed.
        terms: the groups found in it; none for what no term covers.
    """

    text: str
    terms: tuple[str, ...] = ()


def segments(topic: Topic, *, title: str | None, lead: str | None, text: str) -> tuple[Segment, ...]:
    """Return the article cut at the borders of its terms; joined again it is what was read.

    The terms' shares are the `terms` of `topic.score`.
    """
    return tuple(_cut(topic, read_article(title, lead, text)))


def _cut(topic: Topic, reading: Reading) -> Iterator[Segment]:
    spans = [
        (*reading.source_span(occurrence.start, occurrence.end), occurrence.group)
        for occurrence in topic.find(reading)
        if occurrence.group in topic.file.features
    ]
    edges = sorted({0, len(reading.source), *(edge for span in spans for edge in span[:2])})
    for left, right in pairwise(edges):
        here = {group for start, end, group in spans if start <= left and right <= end}
        yield Segment(reading.source[left:right], tuple(sorted(here)))
