"""Score the built-in topic with the shared corpus's scorer.

From the repository: ``python SHARED/corpus/score_topic.py SHARED/corpus benchmarks.topic:score``.
"""

from __future__ import annotations

from functools import cache

from crawler.topic.topic import Topic


@cache
def _topic() -> Topic:
    return Topic.load()


def score(title: str, text: str, _kind: str) -> tuple[float, str]:
    """Return score and grade of an article, or of a feed item, whose text is its summary."""
    verdict = _topic().score(title=title, lead=None, text=text)
    return float(verdict.score), str(verdict.grade)
