"""Which reports are of one event, found anew wherever reports came, changed or left.

What hangs together with a report by evidence is looked at as a whole, so that the events are the same
whatever came first. An event keeps its id as long as most of its reports stay together.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from crawler.events.corrections import corrected
from crawler.events.joining import groups, likeness
from crawler.events.profile import Profile, profile
from db.events import rows, sayings
from db.events.rows import Kept
from db.events.sayings import Order, Sayings

MAX_TOGETHER = 150
"""Reports that are looked at as a whole: beyond, what hangs together with the last of them is not."""


@dataclass(frozen=True, slots=True)
class Whole:
    """Reports that hang together, and all that is needed to tell their events apart."""

    kept: Mapping[Order, Kept]
    profiles: Mapping[Order, Profile]
    said: Sayings

    @property
    def report_ids(self) -> set[int]:
        """Of all of them."""
        return {one.report.id for one in self.kept.values()}


def whole(conn: sqlite3.Connection, report_ids: Iterable[int]) -> list[Whole]:
    """Return what hangs together with reports, each connected part by itself."""
    search = _Search(conn)
    search.spread(report_ids)
    return search.parts()


class _Search:
    """Follows evidence from report to report.

    An event that is there is followed too: its reports may belong together no longer.
    """

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._kept: dict[int, Kept] = {}
        self._profiles: dict[int, Profile] = {}
        self._part_of: dict[int, set[int]] = {}
        self._corrections = sayings.read(conn)

    def spread(self, report_ids: Iterable[int]) -> None:
        waiting = self._visit(self._load("id", report_ids))
        while waiting:
            report_id = waiting.pop()
            one = self._kept[report_id]
            if one.event_id is not None:
                waiting += self._visit(self._load("event_id", [one.event_id]), report_id)
            if self._corrections:
                waiting += self._visit(self._said_of(one), report_id)
            if len(self._part_of[report_id]) > MAX_TOGETHER:
                continue
            found = rows.candidates(self._conn, self._profiles[report_id]) - {report_id}
            self._load("id", found - self._kept.keys())
            for other in sorted(found):
                strength = likeness(self._profiles[report_id], self._profiles[other])
                if strength is not None and strength >= 0:
                    waiting += self._visit([other], report_id)

    def _said_of(self, one: Kept) -> list[int]:
        """Load what a person named together with a report's article: all acts of these articles."""
        article_id = one.report.article_id
        named = {
            each.article_id
            for correction in self._corrections
            for each in (correction.act, correction.other)
            if each is not None
            and article_id in (correction.act.article_id, correction.other and correction.other.article_id)
        }
        return self._load("article_id", named) if named else []

    def _load(self, column: str, values: Iterable[int]) -> list[int]:
        """Read reports that were not read yet, and return the ids of all."""
        ids = []
        for one in rows.kept(self._conn, column, values):
            report_id = one.report.id
            ids.append(report_id)
            if report_id not in self._kept:
                self._kept[report_id] = one
                self._profiles[report_id] = self._profile(one)
        return ids

    def _visit(self, report_ids: Iterable[int], joined: int | None = None) -> list[int]:
        """Take reports in, and return those that are new; with `joined` they are of that one's part."""
        new = []
        for report_id in report_ids:
            if report_id not in self._part_of:
                new.append(report_id)
                self._part_of[report_id] = {report_id}
            if joined is not None:
                self._join(joined, report_id)
        return new

    def _profile(self, one: Kept) -> Profile:
        article_id, order = one.report.article_id, one.report.order
        about = [each for each in self._corrections if each.act.article_id == article_id and not each.other]
        if about:
            said = sayings.apply(about, rows.kept(self._conn, "article_id", [article_id]))
            event = corrected(one.report.event, said.of_report.get(order, ()))
            return profile(replace(one.report, event=event))
        return profile(one.report)

    def _join(self, one: int, other: int) -> None:
        if self._part_of[one] is not self._part_of[other]:
            joint = self._part_of[one] | self._part_of[other]
            for report_id in joint:
                self._part_of[report_id] = joint

    def parts(self) -> list[Whole]:
        parts = {id(part): part for part in self._part_of.values()}
        return [self._whole(sorted(part)) for part in sorted(parts.values(), key=min)]

    def _whole(self, report_ids: Sequence[int]) -> Whole:
        kept = {self._kept[id_].report.order: self._kept[id_] for id_ in report_ids}
        articles = {article_id for article_id, _ in kept}
        about = [one for one in self._corrections if one.act.article_id in articles]
        said = sayings.apply(about, kept.values())
        return Whole(kept, {order: self._profiles[one.report.id] for order, one in kept.items()}, said)


@dataclass(frozen=True, slots=True)
class Grouped:
    """One event of a whole.

    Args:
        event_id: that it keeps; None for a new one.
        profiles: of its reports, with what was corrected.
        is_dropped: whether a person said of one of them that it is no event.
    """

    event_id: int | None
    profiles: tuple[Profile, ...]
    is_dropped: bool


def events_of(one: Whole) -> list[Grouped]:
    """Return the events that a whole comes to, each with the id that most of its reports had."""
    found = groups(one.profiles.values(), one.said.pairs)
    votes: dict[int, Counter[int]] = defaultdict(Counter)
    for number, group in enumerate(found):
        for member in group:
            event_id = one.kept[member.order].event_id
            if event_id is not None:
                votes[event_id][number] += 1
    ids: dict[int, int] = {}
    for event_id, counts in sorted(votes.items()):
        _, number = min((-count, number) for number, count in counts.items())
        ids.setdefault(number, event_id)
    return [
        Grouped(ids.get(number), group, any(member.order in one.said.dropped for member in group))
        for number, group in enumerate(found)
    ]
