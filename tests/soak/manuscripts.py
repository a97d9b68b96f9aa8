"""Invented stories that are about the border without doubt, to be printed by simulated papers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from benchmarks.stories import tell
from crawler.topic.topic import Topic
from spiders.demo.stories import Manuscript


def manuscripts(topic: Topic) -> Iterator[Manuscript]:
    """Yield one after the other, each with a title of its own."""
    for number in count(1):
        told = tell(str(number), number)
        lead, *paragraphs = told.paragraphs
        if topic.score(title=told.title, lead=lead, text=told.text).grade == "core":
            yield Manuscript(
                title=f"{told.title} ({number})",
                lead=lead,
                text="\n".join(paragraphs),
                relevant=True,
                author=told.authors[0],
                tags=told.tags,
            )
