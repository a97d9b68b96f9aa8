"""How often a source is polled: the interval follows the paper, failures stretch it, nothing ends it."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.decision import Outcome, Rejection
from crawler.source import Schedule
from scheduler.interval import WEEK, adapt, backed_off, bounds, weight_of

MINUTE = timedelta(minutes=1)
SCHEDULE = Schedule()  # every 30 minutes, between 10 minutes and a day

schedules = st.builds(
    lambda every, low, more: Schedule(every=every, min_every=low, max_every=low + more),
    st.timedeltas(MINUTE, timedelta(days=3)),
    st.timedeltas(MINUTE, timedelta(hours=6)),
    st.timedeltas(timedelta(0), timedelta(days=30)),
)
counts = st.integers(0, 10_000)


@given(schedules, st.lists(st.tuples(counts, counts, st.booleans()), max_size=60))
def test_the_interval_never_leaves_its_bounds(schedule: Schedule, polls: list[tuple[int, int, bool]]) -> None:
    low, high = bounds(schedule)
    interval = schedule.every
    for fresh, known, may_have_missed in polls:
        interval = adapt(schedule, interval, fresh, known, may_have_missed=may_have_missed)
        assert low <= interval <= high


def follow(schedule: Schedule, pause: timedelta, listed: int, polls: int = 200) -> list[timedelta]:
    """The intervals at a paper that publishes once every `pause` and lists the last `listed` stories."""
    interval, now, seen = schedule.every, timedelta(0), 0
    intervals = []
    for _ in range(polls):
        now += interval
        newest = int(now / pause)
        oldest = max(0, newest - listed)
        fresh = newest - max(seen, oldest)
        known = max(0, min(seen, newest) - oldest)
        seen = newest
        interval = adapt(schedule, interval, fresh, known, may_have_missed=True)
        intervals.append(interval)
    return intervals[polls // 2 :]


def test_it_settles_at_the_pace_of_a_slow_paper() -> None:
    pause = timedelta(hours=5)
    assert all(pause / 2 <= one <= pause * 1.5 for one in follow(SCHEDULE, pause, listed=20))


def test_it_stays_at_what_was_declared_for_a_busy_paper() -> None:
    assert set(follow(SCHEDULE, 4 * MINUTE, listed=50)) == {SCHEDULE.every}


def test_it_goes_to_the_shortest_where_nothing_that_is_listed_was_known_before() -> None:
    assert set(follow(SCHEDULE, MINUTE / 2, listed=10)) == {SCHEDULE.min_every}


def test_it_becomes_short_enough_for_the_lists_to_overlap() -> None:
    listed, pause = 10, 2 * MINUTE
    for interval in follow(SCHEDULE, pause, listed):
        assert interval <= listed * pause * 1.25


def test_it_goes_to_the_longest_for_a_dead_paper_and_back_at_once_when_it_wakes() -> None:
    asleep = SCHEDULE.every
    for _ in range(20):
        asleep = adapt(SCHEDULE, asleep, 0, 30, may_have_missed=True)
    assert asleep == SCHEDULE.max_every
    assert adapt(SCHEDULE, asleep, 60, 10, may_have_missed=True) == SCHEDULE.every


def test_no_overlap_shortens_and_nothing_new_lengthens() -> None:
    every = SCHEDULE.every
    assert adapt(SCHEDULE, every, 40, 0, may_have_missed=True) < every
    assert adapt(SCHEDULE, every, 0, 40, may_have_missed=True) > every
    assert adapt(SCHEDULE, every, 40, 0, may_have_missed=False) == every  # the first poll knows nothing


def test_an_unlikely_fault_of_the_paper_weighs_less_than_a_refusal() -> None:
    def weigh(*outcomes: str) -> float:
        return weight_of(outcomes, is_offline=False)

    silence, passing = weigh(Outcome.DNS_SILENT), weigh(Outcome.TIMED_OUT)
    usual, refusal = weigh(Outcome.NOT_FOUND), weigh(Outcome.BLOCKED)
    assert silence < passing < usual < refusal == weigh(Rejection.ROBOTS) == weigh(Outcome.GONE)
    assert weigh(Outcome.BLOCKED, Outcome.TIMED_OUT) == passing
    assert weight_of([Outcome.CONNECTION_REFUSED], is_offline=True) == silence
    assert {weight_of([outcome], is_offline=False) > 0 for outcome in Outcome} == {True}


@given(st.timedeltas(MINUTE, timedelta(days=30)), st.floats(0, 10_000), st.floats(0, 10))
def test_a_failing_source_is_never_given_up(interval: timedelta, weight: float, more: float) -> None:
    pause = backed_off(interval, weight)
    assert interval <= pause <= max(interval, WEEK)
    assert backed_off(interval, weight + more) >= pause
