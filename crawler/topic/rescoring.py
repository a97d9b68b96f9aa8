"""What a changed topic would do to what is kept: a summary first, then the moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crawler.topic.relevance import Grade
from crawler.topic.topic import Topic

#: A page that was rejected with at least this score, or whose title alone now promises as much, may
#: be wanted after a change; only its page can tell, so it is fetched again.
NEAR_SCORE = 25


@dataclass(frozen=True, slots=True)
class Move:
    """An article whose grade changes.

    Args:
        key: what the caller knows it by.
    """

    key: int | str
    before: Grade
    after: Grade

    @property
    def leaves(self) -> bool:
        """Whether it would no longer be kept."""
        return self.after == Grade.NONE


def summary(found: Iterable[Move]) -> Mapping[str, int]:
    """Return the changes counted by kind: "core → related": 3."""
    counted = Counter(f"{move.before} → {move.after}" for move in found)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def worth_refetching(topic: Topic, title: str | None, score: int | None) -> bool:
    """Tell whether a page rejected for the topic could be wanted now.

    Args:
        title: what is kept of it.
        score: its score when it was rejected; None where it never reached the scorer.
    """
    return (score or 0) >= NEAR_SCORE or 100 * topic.priority(title, None) >= NEAR_SCORE
