"""Who is due, and when each source is due next. Pure: the time and the facts are handed in.

All times are UTC; only cron expressions mean hours in Viet Nam, which has had no daylight saving
since 1979.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta

from crawler.article import LOCAL_ZONE
from crawler.config import ScheduleLimits
from crawler.cron import parse_cron
from crawler.decision import Outcome
from crawler.report import SourceStatus
from crawler.source import Source
from db.service.schedule import Poll, ScheduleEntry
from scheduler.interval import LOST_WEIGHT, WEEK, adapt, backed_off, bounds, weight_of

_JITTER = 0.1
"""Intervals vary by up to this share, so that sources that were due together drift apart."""

_HELD = timedelta(minutes=5)
"""When to look again at a source that another crawl held."""


@dataclass(frozen=True, slots=True)
class Planner:
    """The rules of the schedule.

    Args:
        limits: the configuration's.
    """

    limits: ScheduleLimits

    def first(self, source: Source, now: datetime) -> ScheduleEntry:
        """Return the entry of a source that nothing is known of: due now."""
        return ScheduleEntry(source.id, digest(source), _whole(now), _clamped(source, source.schedule.every))

    def redeclared(self, source: Source, entry: ScheduleEntry, now: datetime) -> ScheduleEntry:
        """Return the entry after a change of the source's file: due now, failures forgotten."""
        return replace(
            self.first(source, now),
            started_at=entry.started_at,
            ended_at=entry.ended_at,
            fresh_count=entry.fresh_count,
            known_count=entry.known_count,
        )

    def corrected(self, source: Source, entry: ScheduleEntry, now: datetime) -> ScheduleEntry:
        """Return the entry without what a wrong clock wrote into it.

        What ended in the future ended now; and nobody waits for longer than the rules could want.
        """
        ended = entry.ended_at
        if ended is not None and ended > now:
            back = replace(entry, started_at=_whole(now), ended_at=_whole(now))
            return replace(back, next_fetch_at=self._next(source, back, back.interval))
        if entry.next_fetch_at > now + WEEK and entry.next_fetch_at > self._latest(source, now):
            fresh = replace(entry, started_at=None)
            return replace(fresh, next_fetch_at=self._next(source, fresh, fresh.interval, ended_at=now))
        return entry

    def _latest(self, source: Source, now: datetime) -> datetime:
        if source.schedule.cron:
            return cron_time(source.schedule.cron, now + WEEK) + self.limits.spread
        longest = max(bounds(source.schedule)[1], WEEK)
        return now + longest * (1 + _JITTER)

    def started(self, entry: ScheduleEntry, now: datetime) -> ScheduleEntry:
        """Return the entry when a crawl of the source starts; it stays due until that has ended."""
        return replace(entry, started_at=_whole(now))

    def polled(
        self, source: Source, entry: ScheduleEntry, poll: Poll, now: datetime, *, is_offline: bool = False
    ) -> ScheduleEntry:
        """Return the entry after a crawl of the source.

        Args:
            now: when its part of the crawl ended.
            is_offline: whether no source of that crawl could be reached.
        """
        if poll.status is SourceStatus.SKIPPED:
            return replace(entry, next_fetch_at=_whole(now) + min(_HELD, entry.interval))
        ended = replace(entry, ended_at=_whole(now), lost_count=0)
        if poll.status is SourceStatus.FAILED:
            weight = entry.failure_weight + weight_of(poll.outcomes, is_offline=is_offline)
            failed = replace(ended, failure_weight=weight)
            return replace(failed, next_fetch_at=self._after_failure(source, failed, now))
        if poll.status is SourceStatus.DONE:
            ended = replace(
                ended,
                interval=adapt(
                    source.schedule,
                    entry.interval,
                    poll.fresh_count,
                    poll.known_count,
                    may_have_missed=entry.fresh_count is not None
                    and Outcome.NOT_MODIFIED not in poll.outcomes,
                ),
                fresh_count=poll.fresh_count,
                known_count=poll.known_count,
                failure_weight=0.0,
            )
        return replace(ended, next_fetch_at=self._next(source, ended, ended.interval))

    def lost(self, source: Source, entry: ScheduleEntry, now: datetime) -> ScheduleEntry:
        """Return the entry of a source whose crawl died with it; it is then crawled alone."""
        ended = replace(
            entry,
            ended_at=_whole(now),
            failure_weight=entry.failure_weight + LOST_WEIGHT,
            lost_count=entry.lost_count + 1,
        )
        return replace(ended, next_fetch_at=self._after_failure(source, ended, now))

    def _after_failure(self, source: Source, entry: ScheduleEntry, now: datetime) -> datetime:
        pause = backed_off(entry.interval, entry.failure_weight)
        return min(self._next(source, entry, pause), max(_whole(now) + WEEK, _whole(now) + pause))

    def _next(
        self, source: Source, entry: ScheduleEntry, pause: timedelta, *, ended_at: datetime | None = None
    ) -> datetime:
        """Return when the source is due after what is in `entry`.

        The pause counts from the start of the last crawl, so that "every 30m" means that; after a crawl
        that took longer than that, at least the shortest interval lies behind its end.
        """
        ended = ended_at or entry.ended_at
        assert ended is not None
        started = min(entry.started_at or ended, ended)
        chance = _chance(source.id, started)
        if source.schedule.cron:
            after = ended if pause <= entry.interval else started + pause
            return _whole(cron_time(source.schedule.cron, after) + self.limits.spread * chance)
        low, high = bounds(source.schedule)
        jittered = pause * (1 + _JITTER * (2 * chance - 1))
        jittered = min(max(jittered, low), max(high, pause))
        return _whole(max(started + jittered, ended + low))

    def batches(
        self,
        sources: Mapping[str, Source],
        entries: Mapping[str, ScheduleEntry],
        busy: Collection[str],
        places: int,
        now: datetime,
    ) -> list[tuple[str, ...]]:
        """Return which crawls to start now, each as the ids of its sources.

        The longest due go first. A source goes alone after a crawl that died with it. A paper that is
        being crawled under another id is left out, as its lease is taken.

        Args:
            busy: the sources that are being crawled.
            places: how many crawls may be started.
        """
        busy_hosts = {host for id_ in busy if id_ in sources for host in sources[id_].host_names}
        due = [
            id_
            for id_ in due_order(entries, now)
            if id_ in sources and id_ not in busy and not sources[id_].host_names & busy_hosts
        ]
        chosen: list[tuple[str, ...]] = []
        while due and len(chosen) < places:
            together = [id_ for id_ in due if not entries[id_].lost_count]
            alone = bool(entries[due[0]].lost_count)
            batch = tuple(due[:1] if alone else together[: self.limits.sources_per_crawl])
            chosen.append(batch)
            hosts = {host for id_ in batch for host in sources[id_].host_names}
            due = [id_ for id_ in due if id_ not in batch and not sources[id_].host_names & hosts]
        return chosen


def due_order(entries: Mapping[str, ScheduleEntry], now: datetime) -> list[str]:
    """Return the sources that are due, the longest due first."""
    due = [one for one in entries.values() if one.next_fetch_at <= now]
    return [one.source_id for one in sorted(due, key=lambda one: (one.next_fetch_at, one.source_id))]


def cron_time(expression: str, after: datetime) -> datetime:
    """Return the first time of a cron expression, which is in hours of Viet Nam, after a moment."""
    found = parse_cron(expression).next_after(after.astimezone(LOCAL_ZONE))
    # An expression such as "0 0 30 2 *" names no time at all.
    return found.astimezone(UTC) if found else after + WEEK


def digest(source: Source) -> str:
    """Return a word that changes with what the source's file says."""
    said = repr([getattr(source, one.name) for one in fields(source) if one.compare])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _clamped(source: Source, interval: timedelta) -> timedelta:
    low, high = bounds(source.schedule)
    return min(max(interval, low), high)


def _chance(source_id: str, moment: datetime) -> float:
    """Return a number in [0, 1) that only the source and the moment decide."""
    seed = hashlib.sha256(f"{source_id} {moment.isoformat()}".encode()).digest()
    return int.from_bytes(seed[:8]) / 2**64


def _whole(moment: datetime) -> datetime:
    """Return the moment as the database can hold it, in whole seconds."""
    return moment.replace(microsecond=0)
