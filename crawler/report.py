"""What a run did, in numbers that add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from crawler.decision import Kind

TERMS = {
    Kind.NEW: "stored",
    Kind.REVISED: "revised",
    Kind.UNCHANGED: "unchanged",
    Kind.DUPLICATE: "duplicate",
    Kind.NEAR_DUPLICATE: "near_duplicate",
    Kind.REJECTED: "rejected",
    Kind.FAILED: "failed",
    Kind.PENDING: "pending",
}
"""Decision kind → the key of the identity's term in a report."""


BACKFILL = "backfill"
"""The kind of a run that read archives."""


class RunStatus(StrEnum):
    """How a run stands (column ``runs.status``)."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """A source failed, or the numbers do not add up."""
    ABORTED = "aborted"
    """The process died; whoever came next closed the run."""


class SourceStatus(StrEnum):
    """How a source fared in one run."""

    DONE = "done"
    FAILED = "failed"
    """None of its seeds could be read."""
    SKIPPED = "skipped"
    """Another crawl holds it, or it asked for a pause that is not over: nothing was sent to it."""
    UNFINISHED = "unfinished"
    """The run ended before the source did."""


@dataclass(frozen=True, slots=True)
class Tally:
    """One source's numbers in one run, or their sum.

    Args:
        considered: URLs first seen in this run, pending from earlier ones, and revisits that were due.
        known_count: URLs that were offered again and not due; outside the sum.
        offsite_count: links to hosts the source does not name; outside the sum.
        older_count: offers dated before the time that was asked for; outside the sum.
        rejected: rejection reason → count.
        failed: outcome → count.
        pending: still waiting; taken first next time.
    """

    considered: int = 0
    known_count: int = 0
    offsite_count: int = 0
    older_count: int = 0
    stored: int = 0
    revised: int = 0
    unchanged: int = 0
    duplicate: int = 0
    near_duplicate: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)
    pending: int = 0

    @classmethod
    def of(cls, decided: Iterable[tuple[Kind, str, int]], *, pending: int = 0, **counts: int) -> Tally:
        """Return the numbers of what was decided.

        Args:
            decided: kind, reason, how many.
            counts: those that stand beside the decisions.
        """
        terms: dict[str, int] = {}
        rejected: dict[str, int] = {}
        failed: dict[str, int] = {}
        for kind, reason, number in decided:
            match kind:
                case Kind.REJECTED:
                    rejected[reason] = rejected.get(reason, 0) + number
                case Kind.FAILED:
                    failed[reason] = failed.get(reason, 0) + number
                case Kind.PENDING:
                    pending += number
                case _:
                    terms[TERMS[kind]] = terms.get(TERMS[kind], 0) + number
        return cls(**counts, **terms, rejected=rejected, failed=failed, pending=pending)

    @property
    def rejected_count(self) -> int:
        """How many pages were rejected, for any reason."""
        return sum(self.rejected.values())

    @property
    def failed_count(self) -> int:
        """How many pages could not be fetched or read, for any reason."""
        return sum(self.failed.values())

    @property
    def settled_count(self) -> int:
        """How many URLs the right side of the identity accounts for."""
        plain = self.stored + self.revised + self.unchanged + self.duplicate + self.near_duplicate
        return plain + self.rejected_count + self.failed_count + self.pending

    @property
    def adds_up(self) -> bool:
        """Whether every considered URL is accounted for, once."""
        return self.considered == self.settled_count

    def to_json(self) -> dict[str, Any]:
        """Return the numbers under their fixed keys, reasons in alphabetical order."""
        return {
            "considered": self.considered,
            "known_count": self.known_count,
            "offsite_count": self.offsite_count,
            "older_count": self.older_count,
            "stored": self.stored,
            "revised": self.revised,
            "unchanged": self.unchanged,
            "duplicate": self.duplicate,
            "near_duplicate": self.near_duplicate,
            "rejected": dict(sorted(self.rejected.items())),
            "failed": dict(sorted(self.failed.items())),
            "pending": self.pending,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Tally:
        """Return the numbers that `to_json` wrote; a term that a later release added is 0."""
        return cls(**{one.name: document[one.name] for one in fields(cls) if one.name in document})


def total(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of `tallies`, reason by reason."""
    parts = list(tallies)
    return Tally(
        considered=sum(t.considered for t in parts),
        known_count=sum(t.known_count for t in parts),
        offsite_count=sum(t.offsite_count for t in parts),
        older_count=sum(t.older_count for t in parts),
        stored=sum(t.stored for t in parts),
        revised=sum(t.revised for t in parts),
        unchanged=sum(t.unchanged for t in parts),
        duplicate=sum(t.duplicate for t in parts),
        near_duplicate=sum(t.near_duplicate for t in parts),
        rejected=_sum_reasons(t.rejected for t in parts),
        failed=_sum_reasons(t.failed for t in parts),
        pending=sum(t.pending for t in parts),
    )


def _sum_reasons(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    summed: dict[str, int] = {}
    for one in counts:
        for reason, count in one.items():
            summed[reason] = summed.get(reason, 0) + count
    return summed


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What a run did for one source.

    Args:
        seeds: seed URL → how reading it ended (an `Outcome` value or a `Rejection` value).
        message: why the source failed or was skipped, in one sentence; else empty.
    """

    tally: Tally = Tally()
    status: SourceStatus = SourceStatus.UNFINISHED
    seeds: Mapping[str, str] = field(default_factory=dict)
    message: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the report of one source as JSON types."""
        return {
            **self.tally.to_json(),
            "status": self.status.value,
            "seeds": dict(self.seeds),
            "message": self.message,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> SourceReport:
        """Return the report that `to_json` wrote."""
        return cls(
            tally=Tally.from_json(document),
            status=SourceStatus(document["status"]),
            seeds=document["seeds"],
            message=document["message"],
        )


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run, source by source; what `crawl --json` and `runs ID --json` print.

    Args:
        run_id: None for a dry run, which is not recorded.
        started_at, ended_at: as stored, ``YYYY-MM-DDTHH:MM:SSZ``.
    """

    run_id: int | None
    kind: str
    status: RunStatus
    started_at: str
    ended_at: str | None
    sources: Mapping[str, SourceReport] = field(default_factory=dict)

    @property
    def tally(self) -> Tally:
        """The sum over all sources."""
        return total(report.tally for report in self.sources.values())

    @property
    def adds_up(self) -> bool:
        """Whether the identity holds for every source."""
        return all(report.tally.adds_up for report in self.sources.values())

    def to_json(self, *, with_sources: bool = True) -> dict[str, Any]:
        """Return the run under its fixed keys."""
        document = {
            "run_id": self.run_id,
            "kind": self.kind,
            "status": self.status.value,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            **self.tally.to_json(),
        }
        if with_sources:
            document["sources"] = {id_: one.to_json() for id_, one in sorted(self.sources.items())}
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> RunReport:
        """Return the report that `to_json` wrote, with its sources."""
        return cls(
            run_id=document["run_id"],
            kind=document["kind"],
            status=RunStatus(document["status"]),
            started_at=document["started_at"],
            ended_at=document["ended_at"],
            sources={id_: SourceReport.from_json(one) for id_, one in document["sources"].items()},
        )
