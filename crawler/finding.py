"""What can be wrong with a source or with the whole installation, in words that are stored."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum

from crawler.sentence import Sentence


class Severity(StrEnum):
    """How soon a person should look (column ``findings.severity``), the mildest first."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """The place in that order, from 0."""
        return list(Severity).index(self)


class FindingKind(StrEnum):
    """What is wrong (column ``findings.kind``)."""

    UNREACHABLE = "unreachable"
    """Several crawls in a row: no seed's host answered."""
    SERVER_ERROR = "server_error"
    """The same, and its server answered with errors of its own."""
    BLOCKED = "blocked"
    """The paper answers, but not to us: refusals, challenges, endless pauses."""
    ROBOTS_REFUSED = "robots_refused"
    MOVED = "moved"
    """It redirects to a host that the source file does not name."""
    SEED_DEAD = "seed_dead"
    """A declared seed can no longer be read; an error when it was the last one."""
    RUN_FAILED = "run_failed"
    """Its crawls end before their time: killed, crashed, or past their deadline."""
    OVERLONG_CRAWL = "overlong_crawl"
    """A crawl takes longer than the interval at which it should be repeated."""
    SILENT = "silent"
    """It can be read, and brings nothing new for longer than its own rhythm explains."""
    FEED_STALE = "feed_stale"
    """The same of one feed or news sitemap, while the paper's other seeds go on."""
    QUALITY_FELL = "quality_fell"
    """Pages give no text, or much shorter ones, more often than they used to."""
    IDENTICAL_BODIES = "identical_bodies"
    """Different addresses answer with one and the same page."""
    ALL_REJECTED = "all_rejected"
    """Pages come, and none is kept any more."""
    CLOCK_SKEW = "clock_skew"
    """A server's clock, or ours, is wrong."""
    OFFLINE = "offline"
    """Hardly any source could be reached: most likely our own network."""
    INVALID_SOURCE_FILE = "invalid_source_file"
    LOW_DISK = "low_disk"
    SERVICE_SILENT = "service_silent"
    """The service has given no sign of life, and did not say that it would stop."""
    ALERT_FAILED = "alert_failed"
    """A channel for alerts takes no messages."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A finding as sentences, for readers of any language."""

    evidence: tuple[Sentence, ...]
    advice: tuple[Sentence, ...]

    def to_json(self) -> str:
        """Return them as one JSON document."""
        told = {
            "evidence": [one.to_json() for one in self.evidence],
            "advice": [one.to_json() for one in self.advice],
        }
        return json.dumps(told, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Facts | None:
        """Return what `to_json` gave; None of what another release may have written."""
        try:
            told = json.loads(text)
            evidence, advice = (tuple(map(Sentence.from_json, told[name])) for name in ("evidence", "advice"))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        return cls(evidence, advice)


@dataclass(frozen=True, slots=True)
class Found:
    """Something that is wrong at this moment.

    Args:
        source_id: None for the whole installation.
        evidence: what was seen, in words and numbers; may quote scraped text.
        advice: what to do, a sentence with the command or the line to change.
        facts: both for readers of any language; None where there are only the words.
    """

    source_id: str | None
    kind: FindingKind
    severity: Severity
    evidence: str
    advice: str
    facts: Facts | None = None
