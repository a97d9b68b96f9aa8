"""Watching a crawl: a live table on a terminal, a log line per finished source elsewhere."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawler.decision import Decision, Kind
from crawler.ports import Progress
from crawler.report import SourceReport

if TYPE_CHECKING:
    from rich.table import Table

logger = logging.getLogger("biengioi")

_SHOWN_SOURCES = 12


class LogProgress:
    """One line when a source is finished."""

    def found(self, source_id: str, count: int) -> None:
        """Say nothing; the source's line will."""

    def decided(self, source_id: str, decision: Decision) -> None:
        """Say nothing, unless asked for everything."""
        logger.debug("%s: %s %s %s", source_id, decision.kind, decision.reason, decision.detail)

    def closed(self, source_id: str, report: SourceReport) -> None:
        """Log the source's numbers."""
        tally = report.tally
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
            f"; {report.message}" if report.message else "",
        )


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

    def __rich__(self) -> Table:
        from rich.table import Table

        table = Table(box=None, pad_edge=False, header_style="dim")
        table.add_column("source")
        for name in ("considered", "decided", "stored"):
            table.add_column(name, justify="right")
        for source_id, row in list(self.rows.items())[:_SHOWN_SOURCES]:
            table.add_row(source_id, str(row.found), str(row.decided), str(row.stored))
        if len(self.rows) > _SHOWN_SOURCES:
            table.add_row(f"… and {len(self.rows) - _SHOWN_SOURCES} more")
        done = f"{self.closed_count} of {self.source_count} sources done"
        totals = (str(self.totals.found), str(self.totals.decided), str(self.totals.stored))
        table.add_row(done, *totals, style="bold")
        return table


@contextmanager
def watching(source_count: int, *, verbose: bool) -> Iterator[Progress]:
    """Show the crawl's progress on stderr: live if that is a terminal, else as log lines."""
    if verbose or not sys.stderr.isatty():
        yield LogProgress()
        return
    from rich.console import Console
    from rich.live import Live

    progress = LiveProgress(source_count)
    with Live(progress, console=Console(stderr=True), refresh_per_second=4, transient=True):
        yield progress


def configure_logging(verbose: int, *, is_live: bool) -> None:
    """Send our log to stderr: warnings beside a live table, a line per source without one."""
    level = logging.DEBUG if verbose > 1 else logging.WARNING if is_live else logging.INFO
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    handler.addFilter(_is_for_users)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in ("biengioi", "scheduler", "spiders", "db"):
        logging.getLogger(name).setLevel(level)


def _is_for_users(record: logging.LogRecord) -> bool:
    """Whether a record is ours or a warning; Scrapy sets its own loggers to DEBUG."""
    return record.levelno >= logging.WARNING or not record.name.startswith(("scrapy", "twisted", "py."))
