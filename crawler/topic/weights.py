"""What every feature of a topic is worth: hand-given points or fitted weights, one linear form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from crawler.declaration import declare, read_toml, unknown
from crawler.errors import DeclarationError
from crawler.topic.declared import TopicFile

#: A hit in the title also counts at the top, and everything counts anywhere.
COUNTED = ("title", "top", "any")
LEVELS_OF_ZONE = {"title": COUNTED, "lead": ("top", "any"), "text": ("any",)}
#: How much of the article speaks of it: the part of the sentences with a hit, twice, 1 at most.
SHARE = "share"
LEVELS = (*COUNTED, SHARE)

#: Where something is missing, it is no evidence: each form of text has an offset of its own.
FORMS = ("teaser", "title", "untitled")

#: feature → level → hits, at most the feature's cap; for the share a number up to 1
Hits = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One linear form: the log-odds that an article is at least of a grade.

    Args:
        offset: the log-odds of an article without any hit.
        weights: feature → level → what the square root of the hits is multiplied with; a feature
            without any was weighed and found to be worth nothing.
        forms: form → what is added to the offset where there is less than an article.
    """

    offset: float
    weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    forms: Mapping[str, float] = field(default_factory=dict)

    def odds(self, hits: Hits, form: str) -> float:
        """Return the log-odds for these hits in a text of this form."""
        known = self.offset + self.forms.get(form, 0.0)
        return known + sum(self.share(name, levels) for name, levels in hits.items())

    def share(self, name: str, levels: Mapping[str, float]) -> float:
        """Return what the hits of one feature contribute."""
        weights = self.weights.get(name, {})
        return sum(weights.get(level, 0.0) * math.sqrt(count) for level, count in levels.items())

    def most(self, name: str, cap: int) -> float:
        """Return the most that hits of a feature could contribute, wherever they stand."""
        weights = self.weights.get(name, {})
        return sum(
            max(0.0, weight) * (1.0 if level == SHARE else math.sqrt(cap))
            for level, weight in weights.items()
        )

    @property
    def highest_offset(self) -> float:
        """The offset of the form of text that needs least."""
        return self.offset + max(0.0, *(self.forms.get(form, 0.0) for form in FORMS))


@dataclass(frozen=True, slots=True)
class Weights:
    """The two verdicts on an article: at least related, and core."""

    related: Verdict
    core: Verdict


def from_points(topic: TopicFile) -> Weights:
    """Return the weights that the points and cuts of a topic file stand for.

    An article without points has odds of about 1 in 50, one at a cut of 1 in 1.
    """
    return Weights(_given(topic, "related", topic.cuts.related), _given(topic, "core", topic.cuts.core))


def _given(topic: TopicFile, grade: str, cut: float) -> Verdict:
    scale = 4.0 / cut
    weights = {
        name: dict.fromkeys(COUNTED, feature.points * scale)
        for name, feature in topic.features.items()
        if feature.points and feature.grade in (None, grade)
    }
    return Verdict(-4.0, weights)


def read_weights(path: Path, topic: TopicFile) -> Weights:
    """Return the fitted weights of the file at `path`; what it does not name keeps its points.

    Raises:
        DeclarationError: the file is wrong, or names a feature that the topic has not.
    """
    fitted = declare(Weights, read_toml(path), path)
    given = from_points(topic)
    return Weights(
        _checked(fitted.related, given.related, topic, path, "related"),
        _checked(fitted.core, given.core, topic, path, "core"),
    )


def _checked(fitted: Verdict, given: Verdict, topic: TopicFile, path: Path, key: str) -> Verdict:
    for name, levels in fitted.weights.items():
        if name not in topic.features:
            raise DeclarationError(path, f"{key}.weights", unknown("feature", name, topic.features))
        for level in levels:
            if level not in LEVELS:
                raise DeclarationError(path, f"{key}.weights.{name}", unknown("level", level, LEVELS))
    for form in fitted.forms:
        if form not in FORMS:
            raise DeclarationError(path, f"{key}.forms", unknown("form", form, FORMS))
    return Verdict(fitted.offset, {**given.weights, **fitted.weights}, fitted.forms)


def unweighed(weights: Weights, topic: TopicFile) -> tuple[str, ...]:
    """Return the features that count nothing because nobody has said what they are worth.

    Left out is what serves a combination.
    """
    serving = {group for one in topic.combinations.values() for group in one.exceptions.union(*one.parts)}
    known = weights.related.weights.keys() | weights.core.weights.keys() | serving
    return tuple(name for name in topic.features if name not in known)
