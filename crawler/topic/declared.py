"""What a topic file may say: term groups, combinations, cuts. How they are weighed is in topic.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from crawler.declaration import declare, dotted, read_toml, unknown
from crawler.errors import DeclarationError
from crawler.topic.phrase import Phrase, compile_phrase

#: How far apart the parts of a combination may stand.
REACHES = ("sentence", "head", "article")


@dataclass(frozen=True, slots=True)
class TermGroup:
    """Phrases that mean the same to the topic.

    Args:
        phrases: patterns (crawler/topic/phrase.py).
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
        return tuple(_groups(part) for part in self.all)

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


def compile_patterns(
    patterns: tuple[str, ...], lists: Mapping[str, tuple[str, ...]], path: Path, key: str
) -> tuple[Phrase, ...]:
    """Return the compiled patterns of one key of the file.

    Raises:
        DeclarationError: a pattern is wrong; the error names it.
    """
    compiled = []
    for number, pattern in enumerate(patterns):
        try:
            compiled.append(compile_phrase(pattern, lists))
        except ValueError as error:
            raise DeclarationError(path, f"{dotted(key)}[{number}]", str(error)) from error
    return tuple(compiled)


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
