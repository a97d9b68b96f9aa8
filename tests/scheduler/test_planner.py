"""Who is due when: intervals, cron, catch-up, wrong clocks, crowds, fairness."""

from __future__ import annotations

import heapq
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.article import LOCAL_ZONE
from crawler.config import ScheduleLimits
from crawler.decision import Outcome
from crawler.report import SourceStatus
from crawler.source import Schedule, Source
from db.service.schedule import Poll, ScheduleEntry
from scheduler.interval import WEEK
from scheduler.planner import Planner, cron_time, digest

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LIMITS = ScheduleLimits()
PLANNER = Planner(LIMITS)


def paper(number: int = 0, **schedule: object) -> Source:
    return Source(
        f"bao-{number}",
        f"Báo {number}",
        f"https://bao-{number}.example",
        schedule=Schedule(**schedule),  # type: ignore[arg-type]
    )


def good(fresh: int = 3, known: int = 20) -> Poll:
    return Poll(SourceStatus.DONE, frozenset({Outcome.OK}), fresh, known)


def failed(*outcomes: str) -> Poll:
    return Poll(SourceStatus.FAILED, frozenset(outcomes))


def crawled(source: Source, poll: Poll, at: datetime = NOW, took: timedelta = MINUTE) -> ScheduleEntry:
    entry = PLANNER.started(PLANNER.first(source, at), at)
    return PLANNER.polled(source, entry, poll, at + took)


def test_a_new_source_is_due_at_once() -> None:
    assert PLANNER.first(paper(), NOW).next_fetch_at == NOW


def test_an_interval_counts_from_the_start_of_the_crawl() -> None:
    due = crawled(paper(every=HOUR), good(), took=20 * MINUTE).next_fetch_at
    assert 0.9 * HOUR <= due - NOW <= 1.1 * HOUR


def test_after_a_crawl_longer_than_its_interval_the_shortest_one_lies_between() -> None:
    source = paper(every=30 * MINUTE, min_every=10 * MINUTE)
    assert crawled(source, good(), took=2 * HOUR).next_fetch_at == NOW + 2 * HOUR + 10 * MINUTE


def test_the_same_source_and_start_give_the_same_time_and_others_other_times() -> None:
    source = paper()
    assert crawled(source, good()) == crawled(source, good())
    due = {crawled(paper(number), good()).next_fetch_at for number in range(200)}
    assert len(due) > 100
    assert max(due) - min(due) > 5 * MINUTE


def test_cron_means_the_hours_of_viet_nam_whatever_the_zone_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for zone in ("UTC", "America/New_York", "Asia/Ho_Chi_Minh"):
        monkeypatch.setenv("TZ", zone)
        local = cron_time("30 6 * * *", NOW).astimezone(LOCAL_ZONE)
        assert (local.hour, local.minute) == (6, 30)
        assert NOW < local <= NOW + DAY


@given(st.integers(0, 365 * 24 * 60))
def test_cron_knows_no_daylight_saving(minutes: int) -> None:
    """In New York 02:30 is missing on one night and comes twice on another; here never."""
    after = NOW + minutes * MINUTE
    due = cron_time("30 2 * * *", after)
    assert timedelta(0) < due - after <= DAY + timedelta(seconds=1)
    assert (due.hour, due.minute) == (19, 30)


@pytest.mark.parametrize(("weekday", "name"), [("0", "Sun"), ("1", "Mon"), ("7", "Sun"), ("1-5", "Mon")])
def test_weekdays_of_cron_are_those_of_viet_nam(weekday: str, name: str) -> None:
    saturday_evening = datetime(2026, 11, 21, 16, 59, tzinfo=UTC)
    assert cron_time(f"0 0 * * {weekday}", saturday_evening).astimezone(LOCAL_ZONE).strftime("%a") == name


def test_sources_of_one_cron_time_are_spread_after_it() -> None:
    due = [crawled(paper(n, cron="0 6 * * *"), good()).next_fetch_at for n in range(100)]
    six = cron_time("0 6 * * *", NOW)
    assert all(six <= one <= six + LIMITS.spread for one in due)
    assert len(set(due)) > 50


def test_a_day_of_missed_cron_times_is_one_crawl() -> None:
    source = paper(cron="*/10 * * * *")
    entry = crawled(source, good())
    woken = NOW + DAY
    assert len(PLANNER.batches({source.id: source}, {source.id: entry}, (), 9, woken)) == 1
    again = PLANNER.polled(source, PLANNER.started(entry, woken), good(), woken + MINUTE)
    assert again.next_fetch_at > woken + MINUTE


def test_an_impossible_cron_time_is_still_tried_weekly() -> None:
    assert crawled(paper(cron="0 0 30 2 *"), good()).next_fetch_at <= NOW + WEEK + HOUR


@given(
    st.lists(st.sampled_from([*Outcome]), min_size=1, max_size=60),
    st.sampled_from([None, "*/5 * * * *", "0 6 * * *", "0 6 1 1 *"]),
)
def test_whatever_fails_is_tried_at_least_weekly(outcomes: list[Outcome], cron: str | None) -> None:
    source = paper(cron=cron)
    entry, at = PLANNER.first(source, NOW), NOW
    for outcome in outcomes:
        entry = PLANNER.polled(source, PLANNER.started(entry, at), failed(outcome), at + MINUTE)
        assert at < entry.next_fetch_at <= at + MINUTE + WEEK
        at = entry.next_fetch_at
    assert PLANNER.polled(source, entry, good(), at).failure_weight == 0


def test_failures_stretch_the_pause_and_a_success_ends_that() -> None:
    source = paper()
    once = crawled(source, failed(Outcome.NOT_FOUND))
    twice = PLANNER.polled(source, PLANNER.started(once, NOW), failed(Outcome.NOT_FOUND), NOW + MINUTE)
    assert NOW + 50 * MINUTE < once.next_fetch_at < NOW + 70 * MINUTE
    assert NOW + 80 * MINUTE < twice.next_fetch_at < NOW + 100 * MINUTE
    after = PLANNER.polled(source, twice, good(), NOW + MINUTE)
    assert after.next_fetch_at < NOW + 35 * MINUTE


def test_our_own_network_hardly_counts() -> None:
    entry = PLANNER.polled(
        paper(), PLANNER.first(paper(), NOW), failed(Outcome.TIMED_OUT), NOW, is_offline=True
    )
    assert entry.next_fetch_at < NOW + 40 * MINUTE


def test_what_another_crawl_holds_is_looked_at_soon_and_counts_for_nothing() -> None:
    entry = crawled(paper(), Poll(SourceStatus.SKIPPED))
    assert entry.next_fetch_at <= NOW + 6 * MINUTE
    assert entry.failure_weight == 0
    assert entry.ended_at is None


def test_a_changed_file_makes_a_source_due_and_forgets_its_failures() -> None:
    blocked = crawled(paper(), failed(Outcome.BLOCKED))
    mended = paper(every=2 * HOUR)
    assert digest(mended) != blocked.declared
    entry = PLANNER.redeclared(mended, blocked, NOW + HOUR)
    assert (entry.next_fetch_at, entry.failure_weight) == (NOW + HOUR, 0)
    assert entry.declared == digest(mended)


# --- clocks that were wrong -----------------------------------------------------------------------


@pytest.mark.parametrize("schedule", [{}, {"cron": "0 6 * * *"}, {"every": 20 * DAY, "max_every": 30 * DAY}])
def test_what_a_fast_clock_wrote_is_corrected_when_it_is_set_back(schedule: dict[str, object]) -> None:
    source = paper(**schedule)
    ahead = crawled(source, good(), at=NOW + 400 * DAY)
    right = PLANNER.corrected(source, ahead, NOW)
    assert right.next_fetch_at <= NOW + max(DAY + LIMITS.spread, 1.1 * source.schedule.every)
    assert PLANNER.corrected(source, right, NOW) is right


def test_a_far_time_without_a_reason_is_corrected() -> None:
    for source in (paper(), paper(cron="0 6 * * *")):
        entry = replace(crawled(source, good()), next_fetch_at=NOW + 60 * DAY)
        assert PLANNER.corrected(source, entry, NOW + HOUR).next_fetch_at <= NOW + DAY + HOUR


@pytest.mark.parametrize("schedule", [{}, {"cron": "0 6 1 * *"}, {"every": 20 * DAY, "max_every": 30 * DAY}])
def test_a_right_time_is_left_alone(schedule: dict[str, object]) -> None:
    source = paper(**schedule)
    for poll in (good(), failed(Outcome.BLOCKED)):
        entry = crawled(source, poll)
        assert PLANNER.corrected(source, entry, NOW + MINUTE) is entry


# --- crowds ------------------------------------------------------------------------------------------


def test_a_crowd_is_crawled_by_few_processes_in_the_order_of_its_waiting() -> None:
    """500 sources due at once: the longest due first, never more at a time than agreed, each once."""
    sources = {f"bao-{n}": paper(n) for n in range(500)}
    entries = {
        id_: replace(PLANNER.first(source, NOW), next_fetch_at=NOW - n * MINUTE)
        for n, (id_, source) in enumerate(sources.items())
    }
    now, busy, ends = NOW, dict[str, datetime](), list[tuple[datetime, tuple[str, ...]]]()
    order: list[str] = []
    while len(order) < 500:
        while ends and ends[0][0] <= now:
            _, batch = heapq.heappop(ends)
            for id_ in batch:
                del busy[id_]
                entries[id_] = PLANNER.polled(sources[id_], entries[id_], good(), now)
        for batch in PLANNER.batches(sources, entries, busy, LIMITS.workers - len(ends), now):
            order += batch
            busy |= dict.fromkeys(batch, now)
            entries |= {id_: PLANNER.started(entries[id_], now) for id_ in batch}
            heapq.heappush(ends, (now + 40 * timedelta(seconds=1), batch))
        assert len(busy) <= LIMITS.workers * LIMITS.sources_per_crawl
        now += timedelta(seconds=5)
    assert order == [f"bao-{n}" for n in reversed(range(500))]
    dues = sorted(one.next_fetch_at for id_, one in entries.items() if id_ not in busy)
    per_minute = max(sum(start <= one < start + MINUTE for one in dues) for start in dues)
    assert per_minute < 150, "those that were due together drift apart"


def test_a_slow_source_does_not_hold_up_the_others() -> None:
    sources = {f"bao-{n}": paper(n) for n in range(30)}
    entries = {id_: PLANNER.first(source, NOW) for id_, source in sources.items()}
    (batch,) = PLANNER.batches(sources, entries, {"bao-0"}, 1, NOW)
    assert "bao-0" not in batch
    assert len(batch) == LIMITS.sources_per_crawl


def test_a_source_that_took_its_crawl_down_goes_alone_and_the_others_together() -> None:
    sources = {f"bao-{n}": paper(n) for n in range(4)}
    entries = {id_: PLANNER.first(source, NOW) for id_, source in sources.items()}
    entries["bao-1"] = PLANNER.lost(sources["bao-1"], entries["bao-1"], NOW - DAY)
    later = NOW + HOUR
    assert PLANNER.batches(sources, entries, (), 3, later) == [("bao-1",), ("bao-0", "bao-2", "bao-3")]
    mended = PLANNER.polled(sources["bao-1"], entries["bao-1"], good(), later)
    assert mended.lost_count == 0


def test_two_sources_of_one_paper_are_crawled_together_or_one_after_the_other() -> None:
    one = paper(1)
    two = replace(one, id="bao-1-laos")
    sources = {one.id: one, two.id: two}
    entries = {source.id: PLANNER.first(source, NOW) for source in (one, two)}
    assert PLANNER.batches(sources, entries, (), 5, NOW) == [("bao-1", "bao-1-laos")]
    assert PLANNER.batches(sources, entries, {"bao-1"}, 5, NOW) == []
    narrow = Planner(replace(LIMITS, sources_per_crawl=1))
    assert narrow.batches(sources, entries, (), 5, NOW) == [("bao-1",)]
