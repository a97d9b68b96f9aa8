"""The entries of all sources, and what one tick changes in them.

A tick works on a copy, so that nothing is remembered that its transaction did not keep.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from crawler.decision import may_be_our_line
from crawler.report import SourceStatus
from crawler.source import Source
from db.crawl import pauses, runs
from db.file.connection import Connection
from db.service import schedule
from db.service.schedule import Poll, ScheduleEntry
from scheduler.planner import Planner, digest, due_order
from scheduler.processes import Task

KIND = "schedule"
"""Of the runs of crawls that the service starts."""

LOST = "lost"
"""What became of a source whose crawl died, beside the words of `SourceStatus`."""

_FEW = 3
"""From so many sources on, none of which could be reached, our own network is the likelier cause."""


@dataclass(slots=True)
class Agenda:
    """Who is due when.

    Args:
        entries: by source id, also of sources whose file cannot be read at the moment.
        changed: the ids that are still to be saved.
    """

    entries: dict[str, ScheduleEntry] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    def copy(self) -> Agenda:
        """Return one that can be changed apart from this one."""
        return Agenda(dict(self.entries), set(self.changed))

    def put(self, entry: ScheduleEntry) -> None:
        """Take a new entry in."""
        if self.entries.get(entry.source_id) != entry:
            self.entries[entry.source_id] = entry
            self.changed.add(entry.source_id)

    def save(self, conn: Connection) -> None:
        """Write what has changed, within a write transaction."""
        schedule.save(conn, (self.entries[id_] for id_ in sorted(self.changed)))
        self.changed.clear()

    def sync(
        self,
        conn: Connection,
        planner: Planner,
        sources: Mapping[str, Source],
        unreadable: Collection[str],
        now: datetime,
    ) -> None:
        """Bring the stored schedule in step with the source files.

        Args:
            sources: those that are watched.
            unreadable: ids of files with a mistake, about which nothing is forgotten.
        """
        stored = schedule.entries(conn)
        gone = stored.keys() - sources.keys() - set(unreadable)
        schedule.drop(conn, gone)
        self.entries = {id_: one for id_, one in stored.items() if id_ not in gone}
        self.changed.clear()
        for id_, source in sources.items():
            known = stored.get(id_)
            if known is None or known.declared != digest(source):
                runs.declare_source(conn, source)
                self.put(planner.redeclared(source, known, now) if known else planner.first(source, now))

    def correct(self, planner: Planner, sources: Mapping[str, Source], now: datetime) -> None:
        """Take out what a wrong clock has written."""
        for id_ in sources.keys() & self.entries.keys():
            self.put(planner.corrected(sources[id_], self.entries[id_], now))

    def put_off(self, conn: Connection, sources: Mapping[str, Source], now: datetime) -> None:
        """Let what is due wait until one of its hosts may be asked again, where all want a pause."""
        ends = {pause.key: pause.until for pause in pauses.pauses(conn, now)}
        for id_ in due_order(self.entries, now) if ends else ():
            hosts = sources[id_].seed_host_names if id_ in sources else frozenset()
            if hosts and hosts <= ends.keys():
                next_fetch_at = min(ends[host] for host in hosts)
                self.put(replace(self.entries[id_], next_fetch_at=next_fetch_at))

    def book(
        self,
        conn: Connection,
        planner: Planner,
        sources: Mapping[str, Source],
        task: Task,
        now: datetime,
        *,
        is_stopping: bool,
        has_room: bool = True,
    ) -> dict[str, str]:
        """Plan those sources of a crawl anew whose part has ended; return how they fared.

        What could not be reached is booked when the crawl has ended: by then it is known whether the
        others could. What was cut short because the service stops, or the disk fills up, stays due.
        """
        task.run_id = task.run_id or schedule.run_of(conn, task.child.owner)
        polls = schedule.polls(conn, task.run_id, task.open_ids) if task.run_id else {}
        task.is_reached |= any(not _is_silent(poll) for poll in polls.values())
        fared: dict[str, str] = {}
        for id_, poll in polls.items():
            if task.ending is None and _is_silent(poll):
                continue
            fared[id_] = poll.status
            was_cut = (is_stopping or not has_room) and poll.status is SourceStatus.UNFINISHED
            if id_ in sources and id_ in self.entries and not was_cut:
                offline = len(task.source_ids) >= _FEW and not task.is_reached
                self.put(planner.polled(sources[id_], self.entries[id_], poll, now, is_offline=offline))
        if task.ending is None:
            return fared
        lost = task.open_ids - fared.keys()
        if lost and not is_stopping:
            problem = task.ending.problem or "The crawl's process gave no numbers for this source."
            runs.record_loss(conn, KIND, task.child.owner, lost, problem, now)
            for id_ in lost & sources.keys() & self.entries.keys():
                self.put(planner.lost(sources[id_], self.entries[id_], now))
        return fared | dict.fromkeys(lost, LOST)


def _is_silent(poll: Poll) -> bool:
    return poll.status is SourceStatus.FAILED and may_be_our_line(poll.outcomes)
