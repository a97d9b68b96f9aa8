"""The clocks of a machine that sleeps and whose time is set, and what their disagreement means."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crawler.ports import Clock
from db.service.schedule import GapReason


def _passing() -> float:
    # Linux counts sleep in this one only; elsewhere sleep looks as if the clock had been set.
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(frozen=True, slots=True)
class Clocks:
    """Where the service looks for the time.

    Args:
        now: the time of day, which may be set.
        awake: seconds in which the machine was awake; deadlines count those.
        passing: seconds that passed, sleep included.
    """

    now: Clock = lambda: datetime.now(UTC)
    awake: Callable[[], float] = time.monotonic
    passing: Callable[[], float] = _passing

    def moment(self) -> Moment:
        """Return this moment on both clocks that do not stop."""
        return Moment(self.now(), self.passing())


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment by the time of day and by the seconds that passed."""

    now: datetime
    passing_s: float


def gap_between(last: Moment, this: Moment, longest: timedelta) -> GapReason | None:
    """Return why nobody watched between two ticks; None if they lie as they should.

    Args:
        longest: how far apart two ticks may be.
    """
    by_day = this.now - last.now
    passed = timedelta(seconds=this.passing_s - last.passing_s)
    if abs(by_day - passed) > longest:
        return GapReason.CLOCK
    return GapReason.ASLEEP if passed > longest else None
