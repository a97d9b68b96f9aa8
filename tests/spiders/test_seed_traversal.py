"""What a seed is asked with, and when a guess is given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.ports import SeedState
from crawler.source import Seed, SeedKind
from spiders.seed_traversal import SeedTraversal

NOW = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
SEED = Seed(SeedKind.FEED, "https://bao.vn/rss")


def state(age: timedelta, *, complete: bool = True, outcome: str = "ok") -> SeedState:
    return SeedState('"1"', "Fri, 20 Nov 2026 04:00:00 GMT", NOW - age, outcome, NOW - age, complete)


def test_a_seed_that_was_read_to_its_end_is_asked_with_its_validators() -> None:
    headers = SeedTraversal(SEED, state(timedelta(hours=1))).conditional_headers(NOW)
    assert headers == {"If-None-Match": '"1"', "If-Modified-Since": "Fri, 20 Nov 2026 04:00:00 GMT"}


@pytest.mark.parametrize(
    "before", [SeedState(), state(timedelta(hours=1), complete=False), state(timedelta(hours=25))]
)
def test_it_is_asked_in_full_the_first_time_after_a_cut_walk_and_once_a_day(before: SeedState) -> None:
    assert SeedTraversal(SEED, before).conditional_headers(NOW) == {}


def test_a_wrong_guess_is_tried_again_after_a_month_and_a_declared_seed_always() -> None:
    recent, old = (state(timedelta(days=days), outcome="not_found") for days in (3, 31))
    assert SeedTraversal(SEED, recent, is_declared=False).is_dead(NOW)
    assert not SeedTraversal(SEED, old, is_declared=False).is_dead(NOW)
    assert not SeedTraversal(SEED, recent, is_declared=True).is_dead(NOW)
    assert not SeedTraversal(SEED, SeedState(), is_declared=False).is_dead(NOW)


def test_a_walk_that_a_pause_forbade_leaves_what_is_remembered_as_it_was() -> None:
    """Else the paper would be asked in full, and far back, as soon as its pause is over."""
    for complete in (True, False):
        traversal = SeedTraversal(
            SEED, state(timedelta(hours=1), complete=complete), cut=True, outcome="paused"
        )
        assert traversal.complete is complete
    assert not SeedTraversal(SEED, state(timedelta(hours=1)), cut=True, outcome="throttled").complete
