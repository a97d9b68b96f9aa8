"""What the topic says of an article: score, grade and the terms that made them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Grade(StrEnum):
    """How much an article is about the topic (the annotation guide's 2, 1 and 0)."""

    CORE = "core"
    RELATED = "related"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MatchedTerm:
    """One topic term that was found.

    Args:
        term: its name in the topic file.
        zone: the foremost place where it stands: "title", "lead" or "text".
        weight: what it added to the log-odds of being related and of being core, negative against.
    """

    term: str
    zone: str
    weight: float

    def to_json(self) -> dict[str, Any]:
        """Return the term as JSON types."""
        return {"term": self.term, "zone": self.zone, "weight": round(self.weight, 2)}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentence that shows a country or a place.

    Args:
        id: the country or the gazetteer id.
        sentence: the first sentence of the article that shows it, as it is written.
        words: which words of the sentence do.
        derived_from: the id of the place that these words name, where they do not name this one: a
            gate stands in a province and borders on a country.
    """

    id: str
    sentence: str
    words: str = ""
    derived_from: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the evidence as JSON types; of what is derived with its words and where it comes from."""
        shown = {"id": self.id, "sentence": self.sentence}
        if self.derived_from is None:
            return shown
        return {**shown, "words": self.words, "derived_from": self.derived_from}


@dataclass(frozen=True, slots=True)
class Relevance:
    """The topic's verdict on one article.

    Args:
        score: 0-100.
        terms: what was found, heaviest first.
        countries: neighbours named, or shown by places named: CN, LA, KH.
        places: gazetteer ids of the places named, then of provinces that these stand in.
        fields: the fields of cooperation, foremost first; none without a grade.
        evidence: a sentence for each country and place.
        truncated: the text was longer than what is read (crawler/topic/phrase.py).
    """

    score: int
    grade: Grade
    terms: tuple[MatchedTerm, ...] = ()
    countries: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    truncated: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as JSON types."""
        return {
            "score": self.score,
            "grade": self.grade.value,
            "terms": [term.to_json() for term in self.terms],
            "countries": list(self.countries),
            "places": list(self.places),
            "fields": list(self.fields),
            "evidence": [one.to_json() for one in self.evidence],
            "truncated": self.truncated,
        }

    def summary(self) -> str:
        """Return the verdict in one line, for `explain`."""
        found = ", ".join(dict.fromkeys(term.term for term in self.terms[:4])) or "no topic term"
        cut = "; only the beginning of a very long text was read" if self.truncated else ""
        return f"topic score {self.score} ({self.grade}): {found}{cut}"


def score_of(related: float, core: float) -> int:
    """Return 0-49 for none, 50-74 for related, 75-100 for core, from the log-odds of both verdicts."""
    if related < 0:
        return min(49, int(100 * probability(related)))
    if core < 0:
        return int(50 + 49 * (probability(related) - 0.5))
    return int(75 + 50 * (probability(core) - 0.5))


def probability(odds: float) -> float:
    """Return the probability that log-odds stand for."""
    return 1 / (1 + math.exp(-odds)) if odds > -700 else 0.0
