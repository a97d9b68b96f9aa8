"""Which unread texts are worth a person's label most: those of whose grade the topic is least sure. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, zip_longest
from typing import Any

from crawler.topic.phrase import read_article
from crawler.topic.topic import Topic

#: Log-odds nearer to a cut than this are a doubt: a probability between about 0.1 and 0.9.
DOUBT_ODDS = 2.2


class Kind(StrEnum):
    """What there is to read of a text."""

    ARTICLE = "article"
    HEADLINE = "headline"
    """A refused page: its title is kept, its text is not."""


class Stratum(StrEnum):
    """Why a text was chosen."""

    NEAR_RELATED = "near_related"
    """Near the cut of its form between none and related."""
    NEAR_CORE = "near_core"
    """Near the cut of its form between related and core."""
    TITLE_AGAINST_TEXT = "title_against_text"
    """The title alone would be kept and the text alone would not, or the other way round."""


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """A text that nobody has labelled.

    Args:
        id: the same in every collection: of the article's text, or of the refused page's address.
        text: the lead and the body; empty for a headline.
        score: what was stored of a refused page, whose text was read then; None where it was not.
    """

    id: str
    kind: Kind
    source_id: str
    url: str | None
    title: str | None
    lead: str | None = None
    text: str = ""
    published_at: str | None = None
    score: int | None = None

    def labelled(self, label: int, stratum: Stratum, *, doubt: bool) -> dict[str, Any]:
        """Return the line of a labels file for this text.

        Args:
            label: 2 core, 1 related, 0 none.
            doubt: the reader was not sure.
        """
        return {
            "id": self.id,
            "label": label,
            "doubt": doubt,
            "kind": self.kind.value,
            "stratum": stratum.value,
            "source": self.source_id,
            "url": self.url,
            "title": self.title,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Doubt:
    """A text with a doubt about it.

    Args:
        distance: from the cut, in log-odds; where title and text disagree, how little they do.
    """

    one: Unlabelled
    stratum: Stratum
    distance: float

    def to_json(self) -> dict[str, Any]:
        """Return what is asked, in the keys of a labels file."""
        line = self.one.labelled(0, self.stratum, doubt=False)
        return {key: value for key, value in line.items() if key not in ("label", "doubt", "text")}


def doubt_about(topic: Topic, one: Unlabelled) -> Doubt | None:
    """Return what the topic doubts about a text, the nearest cut first; None if it is sure."""
    title = _odds(topic, one.title, None, "")[0] if one.title else None
    if one.kind is Kind.ARTICLE:
        related, core = _odds(topic, one.title, one.lead, one.text)
        text: float | None = _odds(topic, None, one.lead, one.text)[0]
    else:
        text = None if one.score is None else _of_score(one.score)
        related = min((odds for odds in (title, text) if odds is not None), key=abs, default=-math.inf)
        core = -math.inf
    near = min((abs(related), Stratum.NEAR_RELATED), (abs(core), Stratum.NEAR_CORE))
    if near[0] <= DOUBT_ODDS:
        return Doubt(one, near[1], near[0])
    if title is not None and text is not None and (title >= 0) != (text >= 0):
        return Doubt(one, Stratum.TITLE_AGAINST_TEXT, -min(abs(title), abs(text)))
    return None


def by_turns(doubts: Iterable[Doubt]) -> Iterator[Doubt]:
    """Yield the doubts, the greatest first, the strata by turns, so that no reader sees one alone."""
    ranked = sorted(doubts, key=lambda doubt: (doubt.distance, doubt.one.id))
    rows = zip_longest(*([doubt for doubt in ranked if doubt.stratum is stratum] for stratum in Stratum))
    return (doubt for doubt in chain.from_iterable(rows) if doubt is not None)


def _odds(topic: Topic, title: str | None, lead: str | None, text: str) -> tuple[float, float]:
    reading = read_article(title, lead, text)
    return topic.odds(topic.hits(reading, topic.find(reading)), reading.form)


def _of_score(score: int) -> float:
    """Return about the log-odds of being related that a stored score stands for."""
    probability = min(max(score, 1), 99) / 100
    return math.log(probability / (1 - probability))
