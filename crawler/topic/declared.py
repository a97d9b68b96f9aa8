"""What a topic file may say, and what every feature of it is worth.

Term groups, combinations, cuts; points given by hand or fitted weights, one linear form. How they are
applied is in topic.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path

from crawler.declaration import declare, dotted, read_toml, unknown
from crawler.errors import DeclarationError
from crawler.topic.pattern import compile_phrase
from crawler.topic.phrase import Phrase, PhraseIndex

#: Phrases that look like terms of any group.
ANY_GROUP = ""
#: How far apart the parts of a combination may stand.
REACHES = ("sentence", "head", "article")
#: A hit in the title also counts at the top, and everything counts anywhere.
COUNTED = ("title", "top", "any")
LEVELS_OF_ZONE = {"title": COUNTED, "lead": ("top", "any"), "text": ("any",)}
#: How much of the article speaks of it: the part of the sentences with a hit, twice, 1 at most.
SHARE = "share"
LEVELS = (*COUNTED, SHARE)
#: Where something is missing, it is no evidence: each form of text has an offset of its own.
TITLE_ALONE = "title"
FORMS = ("teaser", TITLE_ALONE, "untitled")
#: feature → level → hits, at most the feature's cap; for the share a number up to 1
Hits = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class TermGroup:
    """Phrases that mean the same to the topic.

    Args:
        phrases: patterns (crawler/topic/pattern.py).
        never: phrases within which a hit does not count for this group.
        points: what one hit in the text is worth, where no weights file says it; negative against.
            Fitting starts from it too.
        cap: hits counted at most.
        against: it speaks against the topic; a fitted weight is never positive then, else never
            negative.
        grade: "related" or "core" where it counts for one of the two only.
        helper: it only serves combinations, and is worth nothing itself.
        field: the field of cooperation that a hit shows.
    """

    phrases: tuple[str, ...]
    never: tuple[str, ...] = ()
    points: float = 0.0
    cap: int = 2
    against: bool = False
    grade: str | None = None
    helper: bool = False
    field: str | None = None

    def __post_init__(self) -> None:
        if not self.phrases:
            raise ValueError("has no phrases; a group needs at least one")
        if self.helper and self.points:
            raise ValueError("is a helper and has points; it can be only one of the two")
        _check(self.cap, self.grade)


@dataclass(frozen=True, slots=True)
class Combination:
    """Groups that say more together.

    Args:
        all: each names groups, "a | b", of which one must be there, for each another one: two parts
            "china | laos" want both.
        within: "sentence" (every such sentence is a hit), "head" (title and lead: one hit) or
            "article" (one hit).
        points: as for a group; so are `cap`, `against`, `grade` and `field`.
        unless: groups, "a | b", of which none may be there.
        anchor: for an article: the first of `all` must stand in its title or lead.
    """

    all: tuple[str, ...]
    within: str = "sentence"
    unless: str = ""
    anchor: bool = False
    points: float = 0.0
    cap: int = 2
    against: bool = False
    grade: str | None = None
    field: str | None = None

    def __post_init__(self) -> None:
        if len(self.all) < (1 if self.unless else 2):
            raise ValueError('"all" must name at least two things, or one and what it is not with ("unless")')
        if self.within not in REACHES:
            raise ValueError(f"within must be {', '.join(map(repr, REACHES))}, not {self.within!r}")
        _check(self.cap, self.grade)

    @property
    def parts(self) -> tuple[frozenset[str], ...]:
        """The groups of each part."""
        return _parts(self.all)

    @property
    def exceptions(self) -> frozenset[str]:
        """The groups that must not be there."""
        return _groups(self.unless)


@dataclass(frozen=True, slots=True)
class Cuts:
    """The points from which an article is related or core, where no weights file says it."""

    related: float = 5.0
    core: float = 10.0

    def __post_init__(self) -> None:
        if not 0 < self.related <= self.core:
            raise ValueError("related must be above 0 and core not below it")


@dataclass(frozen=True, slots=True)
class TopicFile:
    """A topic file as it is written.

    Args:
        require: groups and combinations of which one must be found, or the grade is none.
        gate: groups of which one lets a title or summary through where no text is known yet.
        homonyms: phrases that only look like terms; a term found within one does not count.
        lists: phrases that patterns name as {list}.
        weights: the file, beside this one, with fitted weights (benchmarks/topic_fit.py).
    """

    name: str
    terms: Mapping[str, TermGroup]
    cuts: Cuts = field(default_factory=Cuts)
    combinations: Mapping[str, Combination] = field(default_factory=dict)
    require: tuple[str, ...] = ()
    gate: tuple[str, ...] = ()
    homonyms: tuple[str, ...] = ()
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weights: str | None = None

    @property
    def features(self) -> dict[str, TermGroup | Combination]:
        """Everything that can be weighed, by name."""
        weighed = {name: group for name, group in self.terms.items() if not group.helper}
        return {**weighed, **self.combinations}


def read_topic_file(path: Path) -> TopicFile:
    """Return the topic file at `path`, checked but for its patterns.

    Raises:
        DeclarationError: the file is empty, or a key in it is wrong.
    """
    table = read_toml(path)
    if not table.get("terms"):
        raise DeclarationError(path, "terms", "is empty; a topic needs at least one [terms.NAME]")
    topic = declare(TopicFile, table, path)
    if not topic.weights and not any(feature.points > 0 for feature in topic.features.values()):
        raise DeclarationError(path, "terms", "no group has points, so nothing could ever be kept")
    for name in topic.require:
        if name not in topic.features and name not in topic.terms:
            raise DeclarationError(path, "require", unknown("group", name, topic.features))
    for name in topic.gate:
        _known(name, topic, path, "gate")
    for name, combination in topic.combinations.items():
        if name in topic.terms:
            raise DeclarationError(path, f"combinations.{name}", "is the name of a group of terms too")
        for group in combination.exceptions.union(*combination.parts):
            _known(group, topic, path, f"combinations.{name}.all")
    return topic


def all_lists(topic: TopicFile, places: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the lists of a topic file with those of the gazetteer, "{list}" members spelt out."""
    lists = dict(places)
    for name, members in topic.lists.items():
        lists[name] = tuple(
            word
            for member in members
            for word in (lists.get(member[1:-1], (member,)) if member.startswith("{") else (member,))
        )
    return lists


def compile_terms(
    topic: TopicFile, places: Mapping[str, tuple[str, ...]], path: Path
) -> tuple[PhraseIndex, PhraseIndex]:
    """Return what finds the terms of a topic file, by group, and what finds phrases that only look like them.

    Args:
        places: the lists of the gazetteer.
        path: of the file.

    Raises:
        DeclarationError: a pattern is wrong; the error names it.
    """
    lists = all_lists(topic, places)

    def compiled(group: str, patterns: tuple[str, ...], key: str) -> Iterator[tuple[str, Phrase]]:
        for number, pattern in enumerate(patterns):
            try:
                yield group, compile_phrase(pattern, lists)
            except ValueError as error:
                raise DeclarationError(path, f"{dotted(key)}[{number}]", str(error)) from error

    terms = topic.terms.items()
    phrases = [compiled(name, group.phrases, f"terms.{name}.phrases") for name, group in terms]
    homonyms = [compiled(name, group.never, f"terms.{name}.never") for name, group in terms]
    anywhere = compiled(ANY_GROUP, topic.homonyms, "homonyms")
    return PhraseIndex(chain(*phrases)), PhraseIndex(chain(anywhere, *homonyms))


@cache
def _parts(texts: tuple[str, ...]) -> tuple[frozenset[str], ...]:
    return tuple(map(_groups, texts))


@cache
def _groups(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split("|") if name.strip())


def _known(name: str, topic: TopicFile, path: Path, key: str) -> None:
    if name not in topic.terms:
        raise DeclarationError(path, key, unknown("group", name, topic.terms))


def _check(cap: int, grade: str | None) -> None:
    if cap < 1:
        raise ValueError("cap must be at least 1")
    if grade not in (None, "related", "core"):
        raise ValueError(f'grade must be "related" or "core", not {grade!r}')


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

    def most(self, name: str, cap: float) -> float:
        """Return the most that hits of a feature could contribute, wherever they stand."""
        weights = self.weights.get(name, {})
        return sum(
            max(0.0, weight) * (1.0 if level == SHARE else math.sqrt(cap))
            for level, weight in weights.items()
        )

    def highest_offset(self, *, has_text: bool) -> float:
        """Return the offset of the form that needs least; with text, of those that have more than a title."""
        forms = (form for form in FORMS if not (has_text and form == TITLE_ALONE))
        return self.offset + max(0.0, *(self.forms.get(form, 0.0) for form in forms))


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
    """Return the fitted weights that the topic file at `path` names; what they leave out keeps its points.

    Raises:
        DeclarationError: the file is wrong, or names a feature that the topic has not.
    """
    path = path.with_name(topic.weights or "")
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
