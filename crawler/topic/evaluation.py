"""How good a topic is on texts that were read and labelled; `biengioi topic evaluate` shows it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from crawler.errors import UsageError
from crawler.topic.relevance import Grade, Relevance
from crawler.topic.topic import Topic

GRADE_OF_LABEL = {2: Grade.CORE, 1: Grade.RELATED, 0: Grade.NONE}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text that was read: label 2 core, 1 related, 0 none."""

    id: str
    title: str | None
    text: str
    label: int


@dataclass(frozen=True, slots=True)
class Rates:
    """How well "yes" was told from "no".

    Args:
        flagged_count: texts the topic said yes to.
        positive_count: texts that should have been yes.
        right_count: texts that are both.
    """

    flagged_count: int
    positive_count: int
    right_count: int

    @property
    def precision(self) -> float:
        """The share of the flagged that is right."""
        return self.right_count / self.flagged_count if self.flagged_count else 0.0

    @property
    def recall(self) -> float:
        """The share of the positives that was flagged."""
        return self.right_count / self.positive_count if self.positive_count else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.flagged_count + self.positive_count
        return 2 * self.right_count / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Miss:
    """A text whose grade is not its label."""

    labelled: Labelled
    verdict: Relevance


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcome over many labelled texts.

    Args:
        kept: grade other than none against label 1 or 2.
        core: grade core against label 2.
        confusion: (label's grade, given grade) → count.
        misses: the worst first: two grades off before one, then by how sure the score was.
    """

    kept: Rates
    core: Rates
    confusion: Mapping[tuple[Grade, Grade], int]
    misses: tuple[Miss, ...]


def read_labels(lines: Iterable[str], name: str) -> Iterator[Labelled]:
    """Yield the labelled texts of JSON lines with id, title, text and label; not those marked as doubtful.

    Args:
        name: the file, for the error's text.

    Raises:
        UsageError: a line is not such an object.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            labelled = Labelled(str(row["id"]), row.get("title"), row["text"], int(row["label"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(
                f"{name}: line {number} is not a JSON object with id, title, text and label ({error!r})."
            ) from error
        if labelled.label not in GRADE_OF_LABEL or not isinstance(labelled.text, str):
            raise UsageError(f"{name}: line {number}: label must be 0, 1 or 2 and text must be text.")
        if not row.get("doubt"):
            yield labelled


def evaluate(topic: Topic, labelled: Iterable[Labelled]) -> Evaluation:
    """Return how the topic does on the labelled texts."""
    verdicts = [(one, topic.score(title=one.title, lead=None, text=one.text)) for one in labelled]
    confusion = Counter((GRADE_OF_LABEL[one.label], verdict.grade) for one, verdict in verdicts)
    misses = [Miss(one, verdict) for one, verdict in verdicts if GRADE_OF_LABEL[one.label] != verdict.grade]
    return Evaluation(
        kept=_rates([(v.grade != Grade.NONE, one.label >= 1) for one, v in verdicts]),
        core=_rates([(v.grade == Grade.CORE, one.label == 2) for one, v in verdicts]),
        confusion=dict(confusion),
        misses=tuple(sorted(misses, key=_badness, reverse=True)),
    )


def flagged_per_10000(topic: Topic, articles: Iterable[tuple[str | None, str]]) -> float:
    """Return how many of 10,000 ordinary articles (title, text) the topic would keep."""
    grades = [topic.score(title=title, lead=None, text=text).grade for title, text in articles]
    return 10_000 * sum(grade != Grade.NONE for grade in grades) / max(1, len(grades))


def _rates(pairs: list[tuple[bool, bool]]) -> Rates:
    return Rates(
        flagged_count=sum(said for said, _ in pairs),
        positive_count=sum(true for _, true in pairs),
        right_count=sum(said and true for said, true in pairs),
    )


def _badness(miss: Miss) -> tuple[int, int, str]:
    wanted = GRADE_OF_LABEL[miss.labelled.label]
    steps = list(reversed(GRADE_OF_LABEL.values()))
    sure = miss.verdict.score if miss.labelled.label == 0 else 100 - miss.verdict.score
    return abs(steps.index(wanted) - steps.index(miss.verdict.grade)), sure, miss.labelled.id
