"""The crawl processes at work: how many there may be, and which source is in which."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from crawler.config import ScheduleLimits
from scheduler.child_process import Child, Ending

logger = logging.getLogger(__name__)

MAINTENANCE = "maintain"


@dataclass(slots=True, eq=False)
class Task:
    """One process and what it is there for.

    Args:
        source_ids: what it crawls; none for the daily maintenance.
        open_ids: those of them that are not booked yet.
        run_id: of the run that it started, once known.
        ending: how it ended, once it has.
        is_reached: whether any of its sources could be reached.
    """

    child: Child
    source_ids: tuple[str, ...]
    open_ids: set[str] = field(init=False)
    run_id: int | None = None
    ending: Ending | None = None
    is_reached: bool = False

    def __post_init__(self) -> None:
        self.open_ids = set(self.source_ids)


class Processes:
    """All child processes of the service.

    Args:
        command: how the program is started, up to its global options.
        hear: takes each line that a process writes to its log; None leaves them unread but the last.
    """

    def __init__(self, command: Sequence[str], hear: Callable[[bytes], None] | None = None) -> None:
        self._command = tuple(command)
        self._hear = hear
        self.tasks: list[Task] = []

    def places(self, limits: ScheduleLimits, now: float) -> int:
        """Return how many crawls may be started.

        One that takes longer than `limits.patience` makes room for another, so that slow papers do not
        keep the others waiting; but there are never more than twice `limits.workers`.
        """
        crawls = [task for task in self.tasks if task.source_ids and task.ending is None]
        young = sum(task.child.age(now) < limits.patience.total_seconds() for task in crawls)
        return max(0, min(limits.workers - young, 2 * limits.workers - len(crawls)))

    def crawl(
        self, source_ids: tuple[str, ...], options: Iterable[str], limits: ScheduleLimits, now: float
    ) -> None:
        """Start a crawl of some sources; what cannot be started now is still due at the next tick."""
        self._start(("crawl", "--json", *source_ids), source_ids, options, limits, now)

    def maintain(self, options: Iterable[str], limits: ScheduleLimits, now: float) -> None:
        """Start the daily maintenance."""
        self._start((MAINTENANCE, "--json"), (), options, limits, now)

    def _start(
        self,
        words: Sequence[str],
        source_ids: tuple[str, ...],
        options: Iterable[str],
        limits: ScheduleLimits,
        now: float,
    ) -> None:
        try:
            child = Child(
                [*self._command, "--supervised", *options, *words],
                now,
                deadline_s=limits.deadline.total_seconds(),
                memory_mb=limits.memory_mb,
                niceness=limits.niceness,
                hear=self._hear,
            )
        except OSError as error:
            logger.error("No process could be started (%s); the next tick tries again.", error.strerror)
            return
        logger.info("%s: begun (process %d)", " ".join(source_ids) or MAINTENANCE, child.pid)
        self.tasks.append(Task(child, source_ids))

    def look(self, now: float) -> None:
        """See to every process; those that have ended get their `ending`."""
        for task in self.tasks:
            if task.ending is None:
                task.ending = task.child.look(now)

    def end_all(self, reason: str, now: float, *, within_s: float) -> None:
        """Ask every process to end."""
        for task in self.tasks:
            if task.ending is None:
                task.child.end(reason, now, within_s=within_s)

    @property
    def is_idle(self) -> bool:
        """Whether no process is running any more."""
        return all(task.ending is not None for task in self.tasks)
