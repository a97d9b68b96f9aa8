"""Days, weeks and months: names as in ISO 8601, no day in two buckets, none lost."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.buckets import Bucket, Grain, axis_steps, buckets, fitting_grain, per_bucket

DAYS = st.dates(date(2023, 12, 1), date(2026, 2, 28))


@pytest.mark.parametrize(
    ("day", "grain", "name", "since", "until"),
    [
        (date(2026, 11, 20), Grain.DAY, "2026-11-20", date(2026, 11, 20), date(2026, 11, 20)),
        (date(2026, 11, 22), Grain.WEEK, "2026-W47", date(2026, 11, 16), date(2026, 11, 22)),
        (date(2027, 1, 3), Grain.WEEK, "2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        (date(2024, 12, 30), Grain.WEEK, "2025-W01", date(2024, 12, 30), date(2025, 1, 5)),
        (date(2024, 2, 10), Grain.MONTH, "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        (date.max, Grain.WEEK, "9999-W52", date(9999, 12, 27), date.max),
        (date.min, Grain.WEEK, "0001-W01", date.min, date(1, 1, 7)),
    ],
)
def test_a_day_is_in_the_bucket_that_the_calendar_names(
    day: date, grain: Grain, name: str, since: date, until: date
) -> None:
    bucket = Bucket.of(day, grain)
    assert (bucket.name, bucket.since, bucket.until) == (name, since, until)


@settings(max_examples=30, deadline=None)
@given(DAYS, st.integers(0, 300), st.sampled_from(Grain))
def test_buckets_follow_each_other_without_gap_or_overlap(first: date, length: int, grain: Grain) -> None:
    last = first + timedelta(days=length)
    found = buckets(first, last, grain, most=1000)
    assert found[0].since <= first <= found[0].until
    assert found[-1].since <= last <= found[-1].until
    for one, following in pairwise(found):
        assert following.since == one.until + timedelta(days=1)


def test_of_too_many_buckets_the_last_are_kept_and_of_a_span_backwards_none() -> None:
    assert [one.name for one in buckets(date.min, date(2026, 3, 5), Grain.MONTH, most=2)] == [
        "2026-02",
        "2026-03",
    ]
    assert buckets(date(2026, 1, 2), date(2026, 1, 1), Grain.DAY) == ()
    assert len(buckets(date.min, date.min, Grain.WEEK)) == 1


@settings(max_examples=30, deadline=None)
@given(st.lists(DAYS, min_size=1, max_size=40), st.sampled_from(Grain))
def test_no_article_is_lost_between_days_and_buckets(days: list[date], grain: Grain) -> None:
    counts = Counter(days)
    shown = buckets(min(days), max(days), grain, most=20_000)
    per = per_bucket(counts, shown)
    assert sum(per) == len(days)
    for bucket, count in zip(shown, per, strict=True):
        assert count == sum(bucket.since <= day <= bucket.until for day in days)


def test_days_outside_of_the_buckets_are_left_out() -> None:
    shown = buckets(date(2026, 1, 1), date(2026, 1, 2), Grain.DAY)
    assert per_bucket({date(2025, 12, 31): 5, date(2026, 1, 2): 3}, shown) == (0, 3)
    assert per_bucket({date(2026, 1, 2): 3}, ()) == ()


def test_the_shortest_grain_that_is_easy_to_read_is_taken() -> None:
    first = date(2026, 1, 1)
    assert fitting_grain(first, first) is Grain.DAY
    assert fitting_grain(first, first + timedelta(days=91)) is Grain.DAY
    assert fitting_grain(first, first + timedelta(days=92)) is Grain.WEEK
    assert fitting_grain(first, first + timedelta(days=2000)) is Grain.MONTH


@pytest.mark.parametrize(
    ("most", "steps"),
    [
        (0, (1, 5)), (1, (0.2, 5)), (4, (1, 4)), (5, (1, 5)), (17, (5, 4)), (24, (5, 5)), (81, (20, 5)),
        (0.031, (0.01, 4)), (0.3, (0.1, 3)), (101, (50, 3)),
    ],
)  # fmt: skip
def test_an_axis_has_a_few_round_steps_up_to_what_it_shows(most: float, steps: tuple[float, int]) -> None:
    step, count = axis_steps(most)
    assert step * count == pytest.approx(steps[0] * steps[1])
    assert 3 <= count <= 5
    assert step * count >= most * (1 - 1e-9)
