"""Watching a crawl: a live table on a terminal, a log line per finished source elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from biengioi.output import terminal_width
from biengioi.report_view import MIN_OFFLINE_SOURCES
from biengioi.table import lay_out
from crawler.decision import Decision, Kind, is_good, is_line_down
from crawler.ports import Progress
from crawler.report import SourceReport

if TYPE_CHECKING:
    from rich.text import Text

logger = logging.getLogger("biengioi")

_SHOWN_SOURCES = 12
_COLUMNS = ("source", "considered", "decided", "stored")


@dataclass(slots=True)
class LogProgress:
    """One line when a source is finished.

    As long as nobody was reached, lines about it are held back: if it stays so, one sentence says all.

    Args:
        is_patient: whether lines are held back at all.
    """

    is_patient: bool = True
    _held: list[tuple[str, SourceReport]] = field(default_factory=list)

    def found(self, source_id: str, count: int) -> None:
        """Say nothing; the source's line will."""

    def decided(self, source_id: str, decision: Decision) -> None:
        """Say nothing, unless asked for everything."""
        logger.debug(
            "%s: %s %s %s",
            source_id,
            decision.kind,
            decision.reason,
            decision.detail,
            extra={"source": source_id},
        )

    def closed(self, source_id: str, report: SourceReport) -> None:
        """Log the source's numbers."""
        self._held.append((source_id, report))
        if not (self.is_patient and is_line_down(report.seeds.values())):
            self.is_patient = False
            self.tell()

    def ended(self) -> None:
        """Say what was held back, unless the report says it in one sentence."""
        if len(self._held) < MIN_OFFLINE_SOURCES:
            self.tell()

    def tell(self) -> None:
        """Log what was held back."""
        for source_id, report in self._held:
            tally = report.tally
            dead = [f"{url} {outcome}" for url, outcome in report.seeds.items() if not is_good(outcome)]
            logger.info(
                "%s: %s: %d considered, %d stored, %d rejected, %d failed, %d pending, %d known%s",
                source_id,
                report.status.value,
                tally.considered,
                tally.stored,
                tally.rejected_count,
                tally.failed_count,
                tally.pending,
                tally.known_count,
                "".join(f"; {one}" for one in ([report.message] if report.message else dead)),
                extra={"source": source_id},
            )
        self._held.clear()


@dataclass(slots=True)
class _Row:
    found: int = 0
    decided: int = 0
    stored: int = 0


@dataclass(slots=True)
class LiveProgress:
    """The sources that are being read now, and the totals, redrawn by Rich.

    Args:
        source_count: sources of this crawl.
    """

    source_count: int
    closed_count: int = 0
    rows: dict[str, _Row] = field(default_factory=dict)
    totals: _Row = field(default_factory=_Row)

    def found(self, source_id: str, count: int) -> None:
        """Add to the URLs that are considered."""
        for row in (self._row(source_id), self.totals):
            row.found += count

    def decided(self, source_id: str, decision: Decision) -> None:
        """Add to the URLs that are settled."""
        for row in (self._row(source_id), self.totals):
            row.decided += 1
            row.stored += decision.kind in (Kind.NEW, Kind.REVISED)

    def closed(self, source_id: str, report: SourceReport) -> None:  # noqa: ARG002
        """Take a finished source off the table."""
        self.closed_count += 1
        self.rows.pop(source_id, None)

    def _row(self, source_id: str) -> _Row:
        return self.rows.setdefault(source_id, _Row())

    def __rich__(self) -> Text:
        from rich.text import Text

        rows = [
            [source_id, str(row.found), str(row.decided), str(row.stored)]
            for source_id, row in list(self.rows.items())[:_SHOWN_SOURCES]
        ]
        if len(self.rows) > _SHOWN_SOURCES:
            rows.append([f"… and {len(self.rows) - _SHOWN_SOURCES} more", "", "", ""])
        totals = (str(self.totals.found), str(self.totals.decided), str(self.totals.stored))
        rows.append([f"{self.closed_count} of {self.source_count} sources done", *totals])
        width = terminal_width() - 1
        lines = list(lay_out(_COLUMNS, rows, _COLUMNS[1:], width))
        if len(lines) > len(rows) + 1:  # records: there is room for the totals alone
            lines = list(lay_out(_COLUMNS, rows[-1:], _COLUMNS[1:], width))
        return Text("\n".join(lines), no_wrap=True)


@contextmanager
def watching(source_count: int, *, is_live: bool, is_patient: bool = True) -> Iterator[Progress]:
    """Show the crawl's progress on stderr: in place on a terminal, else as log lines."""
    if not is_live:
        log = LogProgress(is_patient=is_patient)
        yield log
        log.ended()
        return
    from rich.console import Console
    from rich.live import Live

    progress = LiveProgress(source_count)
    with Live(progress, console=Console(stderr=True), refresh_per_second=4, transient=True):
        yield progress
