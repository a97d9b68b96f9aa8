"""What papers say when they are asked: whether the way to them is open, and what time it is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import timedelta
from statistics import median

from biengioi.doctor.check import Check, Subject, ok, problem, warning
from crawler.source import Source
from spiders.greeting import Greeting

MAX_PAPERS = 3
_SKEW = timedelta(minutes=5)
"""What two clocks may differ without being wrong."""


def chosen(sources: Mapping[str, Source], paused: Set[str] = frozenset()) -> Sequence[str]:
    """Return the home pages of a few enabled sources from all over the list.

    Args:
        paused: the politeness keys of papers that asked to be left alone.
    """
    enabled = [one for _, one in sorted(sources.items()) if one.enabled and not paused & one.host_names]
    step = max(1, len(enabled) // MAX_PAPERS)
    return [one.homepage for one in enabled[::step][:MAX_PAPERS]]


def reached(greetings: Sequence[Greeting]) -> Iterator[Check]:
    """Judge what came: nothing at all is a problem, and so is a clock that differs from all of theirs."""
    silent = [one for one in greetings if one.problem]
    told = (
        ", ".join(f"{one.host} ({one.problem or one.address})" for one in greetings) or "no source is enabled"
    )
    if greetings and len(silent) == len(greetings):
        advice = "Look at this machine's network, and whether a firewall lets it ask port 443."
        yield problem(Subject.PAPERS, told, advice)
    elif silent:
        yield warning(Subject.PAPERS, told, "`biengioi sources check ID` says more of one paper.")
    else:
        yield ok(Subject.PAPERS, told)
    skews = [one.skew_s for one in greetings if one.skew_s is not None]
    if skews and abs(median(skews)) > _SKEW.total_seconds():
        way = "behind" if median(skews) > 0 else "ahead"
        advice = "Set the clock (`timedatectl set-ntp true`)."
        yield problem(Subject.CLOCK, f"it is {abs(median(skews)):.0f} s {way} of the papers'", advice)
