"""What a check of sources found: seed by seed, source by source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crawler.decision import Reply, meaning
from crawler.page import Candidate
from crawler.source import Source
from spiders.discovery.feed_check import FeedCheck, FeedVerdict


@dataclass(slots=True)
class SeedCheck:
    """What one seed answered.

    Args:
        link_count: candidates it offers; matched_count: those that look like articles by the rule.
        feed_verdict: of a feed, whether it is worth reading.
        page_count: further pages it leads to: the next of a list, the parts of an index.
        newest: the latest date among them, as stored.
        moved_to: where permanent redirects within the paper led.
    """

    kind: str
    url: str
    outcome: str = "not asked"
    detail: str = ""
    link_count: int = 0
    matched_count: int = 0
    page_count: int = 0
    feed_verdict: FeedVerdict | None = None
    newest: str | None = None
    moved_to: str = ""

    @property
    def is_absent(self) -> bool:
        """Whether the answer says that its address is wrong."""
        return meaning(self.outcome).reply is Reply.ABSENT


Again = Callable[[Source, "SourceCheck"], Source | None]
"""What to ask next of a source that was checked; None for nothing."""


@dataclass(slots=True)
class SourceCheck:
    """What one source answered.

    Args:
        sample: one article as it would be stored, cut to what a person checks; None without one.
        suggestions: what to change in the source file, a sentence each.
        home: what the home page answered.
        advertised: feeds that the home page names and the file does not.
        asked: the source as it was asked for `again`, the check of it.
    """

    source_id: str
    robots: str = "allows"
    seeds: list[SeedCheck] = field(default_factory=list)
    sample: dict[str, Any] | None = None
    suggestions: list[str] = field(default_factory=list)
    site_name: str = ""
    feeds: list[FeedCheck] = field(default_factory=list, repr=False)
    candidates: list[Candidate] = field(default_factory=list, repr=False)
    home: SeedCheck = field(default_factory=lambda: SeedCheck("home", ""))
    advertised: list[str] = field(default_factory=list)
    asked: Source | None = field(default=None, repr=False)
    again: SourceCheck | None = field(default=None, repr=False)
    first: SourceCheck | None = field(default=None, repr=False)

    @property
    def is_good(self) -> bool:
        """Whether a seed could be read and an article came of it."""
        return self.sample is not None and "url" in self.sample and "rejected" not in self.sample

    def to_json(self) -> dict[str, Any]:
        """Return the check as JSON types."""
        return {
            "source_id": self.source_id,
            "ok": self.is_good,
            "robots": self.robots,
            "seeds": [
                {
                    "kind": seed.kind,
                    "url": seed.url,
                    "outcome": seed.outcome,
                    "detail": seed.detail,
                    "link_count": seed.link_count,
                    "matched_count": seed.matched_count,
                    "page_count": seed.page_count,
                    "feed_verdict": seed.feed_verdict,
                    "newest": seed.newest,
                }
                for seed in self.seeds
            ],
            "sample": self.sample,
            "suggestions": self.suggestions,
        }


class CheckInterrupted(KeyboardInterrupt):
    """A signal ended a check.

    Args:
        checks: those that were finished; one may lack what was on the wire just then.
    """

    def __init__(self, checks: list[SourceCheck]) -> None:
        super().__init__()
        self.checks = checks
