"""Watching a backfill: one line on a terminal, a log line now and then elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

from biengioi.backfilling import BackfillProgress
from biengioi.output import terminal_width
from biengioi.working import working
from crawler.archive.task import Batch, Lost, Task
from crawler.decision import Decision, Kind

logger = logging.getLogger("biengioi")

_DRAW_S = 0.25
_LOG_S = 30.0
"""Between two lines, where they stay."""


class _Numbers(BackfillProgress):
    """Adds up what was read."""

    def __init__(self) -> None:
        self.began_at = monotonic()
        self.task_count = self.done_count = self.record_count = self.found_count = 0
        self.total_bytes = 0
        self.positions: dict[str, int] = {}
        self.waiting_count = self.decided_count = self.stored_count = 0
        self._shown_at = 0.0

    def begun(self, tasks: Sequence[Task], unread: Sequence[Task]) -> None:
        self.task_count, self.total_bytes = len(unread), sum(task.size for task in unread)
        if len(tasks) > len(unread):
            self.say(f"{len(tasks) - len(unread)} of {len(tasks)} tasks were read before")

    def took(self, came: Batch | Lost) -> None:
        if isinstance(came, Lost):
            self.done_count += 1
            self.positions[came.task.name] = came.task.size
            self.say(f"{came.task.name}: {came.reason}")
            return
        self.done_count += came.is_last
        self.record_count += came.record_count
        self.found_count += len(came.captures)
        self.positions[came.task.name] = came.position
        self._show()

    def stores(self, count: int) -> None:
        self.waiting_count = count

    def decided(self, decision: Decision) -> None:
        self.decided_count += 1
        self.stored_count += decision.kind in (Kind.NEW, Kind.NEAR_DUPLICATE, Kind.REVISED)
        self._show()

    def line(self) -> str:
        """Return the numbers so far in one line."""
        if self.waiting_count:
            return f"storing {self.decided_count} of {self.waiting_count} stories, {self.stored_count} kept"
        took_s = max(monotonic() - self.began_at, 0.001)
        done = sum(self.positions.values()) / max(self.total_bytes, 1)
        left = f", {_duration(took_s / done - took_s)} left" if 0 < done <= 1 else ""
        return (
            f"{self.done_count} of {self.task_count} tasks, {self.record_count} records"
            f" ({self.record_count / took_s:.0f} a second), {self.found_count} relevant{left}"
        )

    def say(self, sentence: str) -> None:
        logger.info("%s", sentence)

    def draw(self, line: str) -> None:
        logger.info("%s", line)

    pause_s = _LOG_S

    def _show(self) -> None:
        now = monotonic()
        if now - max(self._shown_at, self.began_at if self.pause_s == _LOG_S else 0.0) >= self.pause_s:
            self._shown_at = now
            self.draw(self.line())


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


@contextmanager
def watching_backfill(*, is_live: bool) -> Iterator[BackfillProgress]:
    """Show a backfill's progress on stderr: on one line if that is a terminal, else as log lines."""
    numbers = _Numbers()
    if not is_live:
        yield numbers
        return
    numbers.pause_s = _DRAW_S
    with working() as show:
        numbers.draw = lambda line: show(line[: terminal_width() - 1])  # type: ignore[method-assign]
        yield numbers
