"""The service: every tick it looks at its processes, books what they did, and starts what is due.

A tick never waits: for no crawl, no network, and for the database hardly longer than a moment. What a
tick decides it writes down in one transaction; only then does anything start.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from crawler.article import in_viet_nam
from crawler.config import ScheduleLimits
from db.crawl import runs
from db.file.connection import Connection, free_mb, write_transaction
from db.service import lock, schedule
from db.service.schedule import GapReason
from scheduler.agenda import Agenda
from scheduler.clocks import Clocks, Moment, gap_between
from scheduler.planner import Planner, cron_time
from scheduler.processes import Processes, Task
from scheduler.registry import Registry

logger = logging.getLogger(__name__)

_BUSY_TIMEOUT_S = 2.0
"""A tick that meets another writer gives way to it soon."""

_MAINTENANCE = "30 3 * * *"
"""When the papers sleep, in hours of Viet Nam; after a night without a service as soon as there is one."""

_STOP_S = 12.0


class Service:
    """The scheduler of one database; a context manager that holds its lock.

    Args:
        db_path: the database; made if need be.
        registry: the source files and the configuration.
        command: how the program is started, up to its global options.
        mode: "service" or "once".
        version: of the program.
        clocks: where it looks for the time.
        processes: what does the crawls; child processes made with `command` by default.

    Attributes:
        outcomes: how each source fared last: a `SourceStatus` or `LOST`.

    Raises:
        ServiceRunning: another service watches this database (on entering).
    """

    def __init__(
        self,
        db_path: Path,
        registry: Registry,
        command: Sequence[str],
        *,
        mode: str = "service",
        version: str = "",
        clocks: Clocks | None = None,
        processes: Processes | None = None,
    ) -> None:
        self._db_path = db_path
        self._registry = registry
        self._crew = processes or Processes(command)
        self._mode = mode
        self._version = version
        self._clocks = clocks or Clocks()
        self._agenda = Agenda()
        self._is_in_step = False
        self._is_stopping = False
        self._has_room = True
        self.outcomes: dict[str, str] = {}

    def __enter__(self) -> Service:
        self._registry.refresh()
        is_service = self._mode == "service"
        timeout_s = _BUSY_TIMEOUT_S if is_service else self._registry.config.storage.busy_timeout_s
        self._conn = schedule.open_schedule(self._db_path, timeout_s)
        try:
            self._last = self._clocks.moment()
            self._take_over(self._last.now)
            logger.info("All times of this log are those of Viet Nam (UTC+7).")
        except BaseException:
            self._conn.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            self._conn.close()

    @property
    def limits(self) -> ScheduleLimits:
        """The limits that hold now."""
        return self._registry.config.schedule

    @property
    def children(self) -> tuple[int, ...]:
        """The process ids of what is at work."""
        return tuple(task.child.pid for task in self._crew.tasks)

    @property
    def is_idle(self) -> bool:
        """Whether no process is at work."""
        return not self._crew.tasks

    def _take_over(self, now: datetime) -> None:
        """Become the one service, and see what the last one left."""
        with write_transaction(self._conn) as conn:
            before = lock.service_record(conn, now)
            lock.acquire(conn, self._mode, self.limits.tick_s, self._version, now)
            runs.close_dead_runs(conn, now)
            if before is None or before.mode != "service" or self._mode != "service":
                return
            last = before.ended_at or before.beat_at
            if last > now + self._longest_pause:
                schedule.record_gap(conn, last, now, GapReason.CLOCK)
            elif now > last + self._longest_pause:
                reason = GapReason.STOPPED if before.ended_at else GapReason.DIED
                schedule.record_gap(conn, last, now, reason)

    def tick(self) -> None:
        """Do what is to be done now.

        Raises:
            ServiceRunning: another service has taken over.
            StorageBusy, StorageFull: the database is locked, or cannot grow; nothing was done that the
            next tick would not repeat.
        """
        moment = self._clocks.moment()
        awake_s = self._clocks.awake()
        self._crew.look(awake_s)
        self._is_in_step &= not self._registry.refresh()
        sources, planner = self._registry.sources, Planner(self.limits)
        agenda = self._agenda.copy()
        has_room = self._is_there_room()
        with write_transaction(self._conn) as conn:
            lock.heartbeat(conn, moment.now)
            self._note_gap(conn, moment)
            if not self._is_in_step:
                agenda.sync(conn, planner, sources, self._registry.unreadable, moment.now)
            agenda.correct(planner, sources, moment.now)
            fared = self._book(conn, agenda, moment.now)
            agenda.put_off(conn, sources, moment.now)
            busy = {id_ for task in self._crew.tasks for id_ in task.open_ids - fared[task].keys()}
            places = self._crew.places(self.limits, awake_s) if has_room else 0
            batches = planner.batches(sources, agenda.entries, busy, places, moment.now)
            for id_ in (id_ for batch in batches for id_ in batch):
                agenda.put(planner.started(agenda.entries[id_], moment.now))
            agenda.save(conn)
            maintains = self._begin_maintenance(conn, moment.now)
        self._last, self._agenda, self._is_in_step = moment, agenda, True
        self._settle(fared)
        options = self._registry.options()
        for batch in batches:
            self._crew.crawl(batch, options, self.limits, awake_s)
        if maintains:
            self._crew.maintain(options, self.limits, awake_s)

    @property
    def _longest_pause(self) -> timedelta:
        return timedelta(seconds=lock.MISSED_TICKS * self.limits.tick_s)

    def _note_gap(self, conn: Connection, moment: Moment) -> None:
        reason = gap_between(self._last, moment, self._longest_pause)
        if reason is not None:
            schedule.record_gap(conn, self._last.now, moment.now, reason)
            since, until = _local(self._last.now), _local(moment.now)
            logger.warning("Nobody watched from %s to %s (%s).", since, until, reason)

    def _book(self, conn: Connection, agenda: Agenda, now: datetime) -> dict[Task, dict[str, str]]:
        planner, sources = Planner(self.limits), self._registry.sources
        return {
            task: agenda.book(
                conn,
                planner,
                sources,
                task,
                now,
                is_stopping=self._is_stopping,
                has_room=self._has_room,
            )
            for task in self._crew.tasks
        }

    def _settle(self, fared: dict[Task, dict[str, str]]) -> None:
        """Forget, after the commit, what is booked."""
        for task, outcomes in fared.items():
            task.open_ids -= outcomes.keys()
            self.outcomes |= outcomes
            for id_, outcome in outcomes.items():
                entry = self._agenda.entries.get(id_)
                due = f"; due again at {_local(entry.next_fetch_at)}" if entry else ""
                told = {"source": id_, "run": task.run_id}
                logger.info("%s: %s%s", id_, outcome, due, extra=told)
            if task.ending is not None and task.ending.problem:
                told = {"run": task.run_id}
                logger.warning("process %d: %s", task.child.pid, task.ending.problem, extra=told)
        self._crew.tasks = [task for task in self._crew.tasks if task.ending is None]

    def _is_there_room(self) -> bool:
        free = free_mb(self._db_path)
        has_room = free >= self.limits.min_free_mb
        if has_room != self._has_room:
            self._has_room = has_room
            state = "Crawls go on" if has_room else "No crawl is started"
            logger.warning("%s: %d MB are free on the database's disk.", state, free)
        return has_room

    def _begin_maintenance(self, conn: Connection, now: datetime) -> bool:
        last = lock.last_maintenance(conn)
        is_due = self._mode == "service" and cron_time(_MAINTENANCE, last) <= now
        if is_due or last > now:  # a wrong clock must not put it off for years
            lock.note_maintenance(conn, now)
        return is_due

    def stop(self) -> None:
        """End every process in good order, within 15 seconds, and say that nobody watches any more."""
        if self._is_stopping:
            return
        self._is_stopping = True
        reason = "it was ended because the service was stopped"
        self._crew.end_all(reason, self._clocks.awake(), within_s=_STOP_S)
        while not self._crew.is_idle:
            self._crew.look(self._clocks.awake())
            time.sleep(0.05)
        agenda, now = self._agenda.copy(), self._clocks.now()
        with write_transaction(self._conn) as conn:
            fared = self._book(conn, agenda, now)
            agenda.save(conn)
            runs.close_dead_runs(conn, now)
            lock.release(conn, now)
        self._agenda = agenda
        self._settle(fared)


def _local(moment: datetime) -> str:
    """Return a time as the log writes it: in Viet Nam, which it says once at its beginning."""
    return in_viet_nam(moment, "seconds")
