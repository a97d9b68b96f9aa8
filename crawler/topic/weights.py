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
LEVELS = ("title", "top", "any")
LEVELS_OF_ZONE = {"title": LEVELS, "lead": ("top", "any"), "text": ("any",)}

#: feature → level → hits, at most the feature's cap
Hits = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One linear form: the log-odds that an article is at least of a grade.

    Args:
        offset: the log-odds of an article without any hit.
        weights: feature → level → what the square root of the hits is multiplied with.
    """

    offset: float
    weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def odds(self, hits: Hits) -> float:
        """Return the log-odds for these hits."""
        return self.offset + sum(self.share(name, levels) for name, levels in hits.items())

    def share(self, name: str, levels: Mapping[str, int]) -> float:
        """Return what the hits of one feature contribute."""
        weights = self.weights.get(name, {})
        return sum(weights.get(level, 0.0) * math.sqrt(count) for level, count in levels.items())

    def most(self, name: str, cap: int) -> float:
        """Return the most that hits of a feature could contribute, wherever they stand."""
        return sum(max(0.0, weight) for weight in self.weights.get(name, {}).values()) * math.sqrt(cap)


@dataclass(frozen=True, slots=True)
class Weights:
    """The two verdicts on an article: at least related, and core."""

    related: Verdict
    core: Verdict


def from_points(topic: TopicFile) -> Weights:
    """Return the weights that the points and cuts of a topic file stand for.

    An article without points has odds of about 1 in 50, one at a cut of 1 in 1.
    """
    points = {
        name: dict.fromkeys(LEVELS, feature.points)
        for name, feature in topic.features.items()
        if feature.points
    }
    return Weights(*(_verdict(points, cut) for cut in (topic.cuts.related, topic.cuts.core)))


def _verdict(points: Mapping[str, Mapping[str, float]], cut: float) -> Verdict:
    scale = 4.0 / cut
    scaled = {
        name: {level: value * scale for level, value in levels.items()} for name, levels in points.items()
    }
    return Verdict(-4.0, scaled)


def read_weights(path: Path, topic: TopicFile) -> Weights:
    """Return the fitted weights of the file at `path`.

    Raises:
        DeclarationError: the file is wrong, or names a feature that the topic has not.
    """
    weights = declare(Weights, read_toml(path), path)
    for key, verdict in (("related", weights.related), ("core", weights.core)):
        for name, levels in verdict.weights.items():
            if name not in topic.features:
                raise DeclarationError(path, f"{key}.weights", unknown("feature", name, topic.features))
            for level in levels:
                if level not in LEVELS:
                    raise DeclarationError(path, f"{key}.weights.{name}", unknown("level", level, LEVELS))
    return weights
