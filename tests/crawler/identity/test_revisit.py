"""When an article is asked for again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.article import Precision, Published
from crawler.config import CrawlLimits
from crawler.identity.revisit import next_visit

AGES = CrawlLimits().revisit_ages
FOUND = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def test_an_article_is_due_at_each_age_and_then_never_again() -> None:
    due = []
    moment = FOUND
    while (next_at := next_visit(FOUND, None, AGES, moment)) is not None:
        due.append(next_at - FOUND)
        moment = next_at
    assert due == [timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=7)]


def test_a_missed_age_is_not_made_up_for() -> None:
    assert next_visit(FOUND, None, AGES, FOUND + timedelta(hours=20)) == FOUND + timedelta(days=1)


@pytest.mark.parametrize(
    ("published", "wanted"),
    [
        (Published("2026-11-20T01:00:00Z", Precision.MINUTE), timedelta(hours=4)),
        (Published("2026-11-18T03:00:00Z", Precision.SECOND), timedelta(days=5)),
        (Published("2026-11-20", Precision.DAY), timedelta(hours=1)),
        (Published("2026-11-21T03:00:00Z", Precision.MINUTE), timedelta(hours=1)),
        (Published("2026-11-01T03:00:00Z", Precision.MINUTE), None),
        (Published("2019-03", Precision.MONTH), None),
    ],
    ids=["two hours old", "two days old", "today", "dated in the future", "old", "very old"],
)
def test_age_counts_from_publication(published: Published, wanted: timedelta | None) -> None:
    found = next_visit(FOUND, published, AGES, FOUND + timedelta(seconds=1))
    assert found == (FOUND + wanted if wanted else None)


@given(st.lists(st.timedeltas(timedelta(minutes=1), timedelta(days=400))), st.integers(0, 10**8))
def test_it_is_always_in_the_future(ages: list[timedelta], seconds: int) -> None:
    now = FOUND + timedelta(seconds=seconds)
    due = next_visit(FOUND, None, ages, now)
    assert due is None or due > now
