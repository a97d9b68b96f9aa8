"""A machine that sleeps and a clock that is set are told apart, and from ordinary lateness."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from db.service.schedule import GapReason
from scheduler.clocks import Clocks, Moment, gap_between

START = Moment(datetime(2026, 11, 21, 2, 0, tzinfo=UTC), 1000.0)
HOUR_S = 3600.0


@pytest.mark.parametrize(
    ("by_day_s", "passed_s", "reason"),
    [
        (5, 5, None),
        (50, 50, None),
        (6, 5, None),  # a leap second, or a correction of the clock
        (8 * HOUR_S, 8 * HOUR_S, GapReason.ASLEEP),
        (8 * HOUR_S, 5, GapReason.CLOCK),
        (-8 * HOUR_S, 5, GapReason.CLOCK),
        (5, 8 * HOUR_S, GapReason.CLOCK),
    ],
)
def test_a_gap_has_its_reason(by_day_s: float, passed_s: float, reason: GapReason | None) -> None:
    this = Moment(START.now + timedelta(seconds=by_day_s), START.passing_s + passed_s)
    assert gap_between(START, this, timedelta(minutes=1)) is reason


def test_the_clocks_of_this_machine_agree() -> None:
    clocks = Clocks()
    assert gap_between(clocks.moment(), clocks.moment(), timedelta(seconds=5)) is None
