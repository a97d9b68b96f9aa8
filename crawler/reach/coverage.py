"""Whether silence about a place means that nothing was written, or that nobody looked. Pure.

A month of a place without articles is one of three things. The papers that usually write about it
were read, and so much used to come in as long a time that chance hardly explains none: nothing was
written. They were not read: we did not look. Or what used to come is too little to tell.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from crawler.config import CrawlLimits
from crawler.source import IMPORT, Source
from crawler.text.normalize import fold
from crawler.topic.gazetteer import Place

LOOKED = 0.5
"""We looked where at least this share of what used to come would have been seen."""

ENOUGH = 3.0
"""Articles that used to come in the days that were read, from which none is no chance: where three
are expected, none comes once in twenty times (Poisson)."""

LEAST_DAYS = 28
"""Days that a paper was read in other months, from which its habit is known."""


@dataclass(frozen=True, slots=True)
class WatchedSources:
    """What is watched, and how closely.

    Args:
        sources: all that are declared, by id.
        reach: how far back of its day a crawl sees what a paper published (``crawl.window``).
    """

    sources: Mapping[str, Source] = field(default_factory=dict)
    reach: timedelta = CrawlLimits().window


NOTHING_WATCHED = WatchedSources()


class State(StrEnum):
    """What a month of a place is."""

    WRITTEN = "written"
    NOTHING_WRITTEN = "nothing_written"
    NOT_LOOKED = "not_looked"
    TOO_FEW = "too_few"

    @property
    def mark(self) -> str:
        """What stands for it where a number of articles would."""
        return {"nothing_written": "0", "not_looked": "?", "too_few": "·"}.get(self, "")


class Unread(StrEnum):
    """Why a paper was not read."""

    NONE_DECLARED = "none_declared"
    """No paper is declared that would write about the place."""
    NOT_DECLARED = "not_declared"
    """Its source file is gone."""
    DISABLED = "disabled"
    DOWN = "down"
    """It was asked, and could not be read."""
    SILENT = "silent"
    """It was read, and offered not one new address, as it never does: most likely a dead feed."""
    NOT_CRAWLED = "not_crawled"
    """Others were asked, it was not."""
    NOBODY_WATCHED = "nobody_watched"
    """No crawl ran at all."""


@dataclass(frozen=True, slots=True)
class PaperMonth:
    """How much of a month of a paper was read.

    Args:
        day_count: the days of the month, up to today.
        unread: why the others were not read; None where all were.
    """

    read_days: int
    day_count: int
    unread: Unread | None = None


@dataclass(frozen=True, slots=True)
class Watcher:
    """A paper that would tell of a place, in one month.

    Args:
        per_day: articles about the place that it used to bring in a day, going by other months;
            None where that is not known.
    """

    source_id: str
    per_day: float | None
    month: PaperMonth


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a month is, and what that rests on.

    Args:
        reason: for `NOT_LOOKED` why not; of several the one that most is lost by.
        expected: articles that used to come in the days that were read.
        usual: the same, had every day been read.
    """

    state: State
    reason: Unread | None = None
    expected: float = 0.0
    usual: float = 0.0


def judge(article_count: int, watchers: Sequence[Watcher]) -> Verdict:
    """Return what a month of a place is.

    Args:
        article_count: articles about it.
        watchers: the papers that usually write about it, or those declared for it where none does.
    """
    known = [(one, one.per_day) for one in watchers if one.per_day]
    expected = sum(rate * one.month.read_days for one, rate in known)
    usual = sum(rate * one.month.day_count for one, rate in known)
    if article_count:
        return Verdict(State.WRITTEN, None, expected, usual)
    if not watchers:
        return Verdict(State.NOT_LOOKED, Unread.NONE_DECLARED)
    weights = known or [(one, 1.0) for one in watchers]
    lost: Counter[Unread] = Counter()
    seen = total = 0.0
    for one, weight in weights:
        seen += weight * one.month.read_days
        total += weight * one.month.day_count
        if one.month.unread is not None:
            lost[one.month.unread] += round(1000 * weight * (one.month.day_count - one.month.read_days))
    if seen < LOOKED * total:
        return Verdict(State.NOT_LOOKED, lost.most_common(1)[0][0], expected, usual)
    return Verdict(State.NOTHING_WRITTEN if expected >= ENOUGH else State.TOO_FEW, None, expected, usual)


@dataclass(frozen=True)
class Crawls:
    """When papers were asked, and what came of it, in days of Viet Nam.

    Args:
        good: source id → days with a crawl that could read it.
        failed: source id → days with crawls, none of which could.
        fresh: source id → month → addresses that were new then.
        reach: how far back of its day a good crawl sees what a paper published (``crawl.window``).
        today: nothing later is judged.
    """

    good: Mapping[str, Collection[date]]
    failed: Mapping[str, Collection[date]]
    fresh: Mapping[str, Mapping[date, int]]
    reach: timedelta
    today: date

    _told_by: dict[tuple[bool, str], frozenset[int]] = field(default_factory=dict, init=False)

    @cached_property
    def _all(self) -> frozenset[int]:
        return frozenset(
            day.toordinal() for days in [*self.good.values(), *self.failed.values()] for day in days
        )

    def _told(self, source_id: str, *, good: bool) -> frozenset[int]:
        """Return the days, as ordinals, of which a paper's crawls would tell, those that went well or not."""
        key = good, source_id
        if key not in self._told_by:
            days = (self.good if good else self.failed).get(source_id, ())
            self._told_by[key] = frozenset(
                day.toordinal() - n for day in days for n in range(self.reach.days or 1)
            )
        return self._told_by[key]

    def month(self, source_id: str, month: date, source: Source | None) -> PaperMonth:
        """Return how much of a month was read.

        Args:
            month: its first day.
            source: as it is declared now; None where it is not.
        """
        days = days_of(month, self.today)
        seen = self._told(source_id, good=True)
        missed = [day for day in days if day not in seen]
        read_count = len(days) - len(missed)
        if read_count >= LOOKED * len(days) and self._is_dead(source_id, month, days):
            return PaperMonth(0, len(days), Unread.SILENT)
        why = self._why_missed(source_id, missed, source) if missed else None
        return PaperMonth(read_count, len(days), why)

    def _why_missed(self, source_id: str, missed: Sequence[int], source: Source | None) -> Unread:
        asked = self._told(source_id, good=False)
        if 2 * sum(day in asked for day in missed) >= len(missed):
            return Unread.DOWN
        if self._all.isdisjoint(missed):
            return Unread.NOBODY_WATCHED
        if source is None:
            return Unread.NOT_DECLARED
        return Unread.NOT_CRAWLED if source.enabled else Unread.DISABLED

    def _is_dead(self, source_id: str, month: date, days: range) -> bool:
        """Whether crawls of a month found no new address though other months bring too many for chance."""
        fresh = self.fresh.get(source_id, {})
        others = [count for other, count in fresh.items() if other != month]
        is_read = any(day.toordinal() in days for day in self.good.get(source_id, ()))
        return is_read and not fresh.get(month) and bool(others) and sum(others) / len(others) >= ENOUGH


@dataclass(frozen=True, slots=True)
class MonthCoverage:
    """One month of one place.

    Args:
        month: its first day.
        article_count: copies are not counted.
        paper_count: papers that brought them, those of copies included.
    """

    month: date
    article_count: int
    paper_count: int
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {
            "month": f"{self.month:%Y-%m}",
            "article_count": self.article_count,
            "paper_count": self.paper_count,
            "state": self.verdict.state.value,
            "reason": self.verdict.reason.value if self.verdict.reason else None,
            "expected": round(self.verdict.expected, 1),
            "usual": round(self.verdict.usual, 1),
        }


@dataclass(frozen=True, slots=True)
class PlaceCoverage:
    """All months of one place, oldest first."""

    place: Place
    months: tuple[MonthCoverage, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {
            "id": self.place.id,
            "name": self.place.name,
            "kind": self.place.kind,
            "province": self.place.province,
            "months": [one.to_json() for one in self.months],
        }


@dataclass(frozen=True)
class Written:
    """What came in about places.

    Args:
        originals: place id → month → articles, without copies.
        by_paper: place id → month → source id → articles, with copies.
    """

    originals: Mapping[str, Mapping[date, int]] = field(default_factory=dict)
    by_paper: Mapping[str, Mapping[date, Mapping[str, int]]] = field(default_factory=dict)


def cover(
    places: Sequence[Place],
    months: Sequence[date],
    written: Written,
    crawls: Crawls,
    sources: Mapping[str, Source],
    names: Mapping[str, Collection[str]],
) -> list[PlaceCoverage]:
    """Return what each month of each place is.

    Args:
        months: their first days, oldest first; habits are learned from the same months.
        sources: all that are declared, by id.
        names: place id → the names of its province, old and new.
    """
    readings: dict[tuple[str, date], PaperMonth] = {}

    def reading(source_id: str, month: date) -> PaperMonth:
        key = (source_id, month)
        if key not in readings:
            readings[key] = crawls.month(source_id, month, sources.get(source_id))
        return readings[key]

    found = []
    for place in places:
        by_paper = written.by_paper.get(place.id, {})
        writers = {id_ for month in months for id_ in by_paper.get(month, ()) if id_ != IMPORT}
        papers = sorted(writers) or _declared_for(place, sources, names.get(place.id, ()))
        originals = written.originals.get(place.id, {})
        found.append(PlaceCoverage(place, tuple(_months(papers, months, originals, by_paper, reading))))
    return found


def _months(
    papers: Sequence[str],
    months: Sequence[date],
    originals: Mapping[date, int],
    by_paper: Mapping[date, Mapping[str, int]],
    reading: Reading,
) -> Iterator[MonthCoverage]:
    habits = {id_: _Habit(id_, months, by_paper, reading) for id_ in papers}
    for month in months:
        watchers = [Watcher(id_, habits[id_].without(month), reading(id_, month)) for id_ in papers]
        count, brought = originals.get(month, 0), by_paper.get(month, {})
        verdict = judge(count or len(brought), watchers)
        yield MonthCoverage(month, count, len(set(brought) - {IMPORT}), verdict)


Reading = Callable[[str, date], PaperMonth]
"""Says how much of a paper's month was read."""


class _Habit:
    """How many articles about a place a paper brings in a day, by the months in which it was read."""

    def __init__(
        self,
        source_id: str,
        months: Sequence[date],
        by_paper: Mapping[date, Mapping[str, int]],
        reading: Reading,
    ) -> None:
        self._months: dict[date, tuple[int, int]] = {}
        for month in months:
            read = reading(source_id, month)
            if read.read_days and read.read_days >= LOOKED * read.day_count:
                self._months[month] = (by_paper.get(month, {}).get(source_id, 0), read.read_days)
        self._articles = sum(articles for articles, _ in self._months.values())
        self._days = sum(days for _, days in self._months.values())

    def without(self, month: date) -> float | None:
        """Return it by all months but one, which must not be judged by itself."""
        articles, days = self._months.get(month, (0, 0))
        days = self._days - days
        return (self._articles - articles) / days if days >= LEAST_DAYS else None


def _declared_for(place: Place, sources: Mapping[str, Source], names: Collection[str]) -> list[str]:
    """Return the papers that would write about a place of which none has: of its province, else its border.

    The disabled ones only where no other is declared.
    """
    wanted = set(map(fold, names))
    local = [one for one in sources.values() if one.province and fold(one.province) in wanted]
    of_border = [
        one
        for one in sources.values()
        if not one.province and not set(one.borders).isdisjoint(place.countries)
    ]
    for papers in (local, of_border):
        if papers:
            return [one.id for one in papers if one.enabled] or [one.id for one in papers]
    return []


def days_of(month: date, today: date) -> range:
    """Return the days of a month, up to today, as ordinals (`date.toordinal`)."""
    first = month.toordinal()
    return range(first, min(first + monthrange(month.year, month.month)[1], today.toordinal() + 1))


def last_months(today: date, count: int) -> list[date]:
    """Return the first days of the last `count` months, the running one included, oldest first."""
    months = [today.replace(day=1)]
    while len(months) < count:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months[::-1]


def province_names(places: Mapping[str, Place]) -> dict[str, frozenset[str]]:
    """Return place id → what its province is called, before and since the mergers of 2025."""
    found: dict[str, set[str]] = defaultdict(set)
    for place in places.values():
        own = places.get(place.province or "", place)
        own_names = {own.id, own.merged_into or own.id}
        own_names |= {one.id for one in places.values() if one.merged_into == own.id}
        found[place.id] = {places[id_].name for id_ in own_names if id_ in places}
    return {id_: frozenset(names) for id_, names in found.items()}
