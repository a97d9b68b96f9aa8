"""How findings are made of sentences, and the measures that all of them share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from crawler.finding import Facts, FindingKind, Found, Severity
from crawler.language import english
from crawler.sentence import Sentence


def found(
    source_id: str | None,
    kind: FindingKind,
    severity: Severity,
    evidence: Sentence | tuple[Sentence, ...],
    advice: Sentence,
) -> Found:
    """Return a finding with its facts, and with its sentences in English for whoever asks in SQL."""
    facts = Facts(evidence if isinstance(evidence, tuple) else (evidence,), (advice,))
    say = english().say
    return Found(source_id, kind, severity, say(facts.evidence), say(facts.advice), facts)


def counted(what: Iterable[str]) -> dict[str, int]:
    """Return how often each outcome came, the commonest first."""
    return dict(Counter(what).most_common())


def is_common(count: int, of_count: int, *, is_open: bool) -> bool:
    """Whether a result is so common that it is a fault; it stays one until it is clearly rarer."""
    return count >= (3 if is_open else 5) and count / of_count >= (0.3 if is_open else 0.5)


def middle(durations: Iterable[timedelta]) -> timedelta | None:
    """Return the median; None of nothing."""
    ordered = sorted(durations)
    return ordered[len(ordered) // 2] if ordered else None
