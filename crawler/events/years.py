"""In which year a day is that is told without one, by the years that its text tells.

Only where nobody knows when an article was published. Each year that the text names, and the one behind
it, is weighed by named features; the weights stand in years.toml and are fitted to articles of which the
publication is known (benchmarks/year_training.py). What is less likely than another year is not said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from crawler.declaration import declare, read_toml

DATA = Path(__file__).with_name("years.toml")

BEHIND_CHARS = 12
"""Characters between such words and the year: "so với cùng kỳ [năm] 2019"."""
CUE_CHARS = 28
"""Characters before a year in which words stand that say how it is meant."""
YEAR_END_MONTH, NEW_YEAR_MONTH = 11, 2
"""From when news speaks of the next year, and until when of the last."""
PLAN_MONTHS = 4
"""Months from a day of news on in which what it plans lies, where the plan has a month."""
MOST_YEARS_BACK = 3
"""Years before the last one told that count the more against a year."""


class Cue(StrEnum):
    """How a year is meant."""

    THIS = "this"
    COMPARED = "compared"
    ASIDE = "aside"
    NAME = "name"


@dataclass(frozen=True)
class YearData:
    """What years.toml says.

    Args:
        unknown: what speaks for no year that the text tells.
        this, compared, aside: words in front of a year: it is the one of the text; the text's figures
            are held against it; it is one of a birth or a paper.
        weights: what each feature speaks for a year.
    """

    unknown: float
    this: tuple[str, ...]
    compared: tuple[str, ...]
    aside: tuple[str, ...]
    weights: Mapping[str, float]

    @property
    def cues(self) -> tuple[tuple[Cue, tuple[str, ...]], ...]:
        """The words of each cue, the strongest cue first."""
        return (Cue.ASIDE, self.aside), (Cue.COMPARED, self.compared), (Cue.THIS, self.this)


@cache
def year_data() -> YearData:
    """Return what years.toml says."""
    return declare(YearData, read_toml(DATA), DATA)


@dataclass(frozen=True, slots=True)
class ToldYear:
    """A year that a text tells, with month and day as far as it does.

    Args:
        is_plan: as to come.
        is_head: at the beginning of the text.
        sentence: the number of the one in which it stands.
    """

    year: int
    month: int | None = None
    day: int | None = None
    is_plan: bool = False
    is_head: bool = False
    cue: Cue | None = None
    sentence: int | None = None


def cue_before(low: str, position: int) -> Cue | None:
    """Return how the year at a position of a text in lower case is meant."""
    before = f" {low[max(0, position - CUE_CHARS) : position]}".replace("(", " ")
    return next((cue for cue, words in year_data().cues if any(_stands(one, before) for one in words)), None)


def _stands(words: str, before: str) -> bool:
    """Whether words stand at the end of what is in front of a year, few letters and no stop behind."""
    _, found, behind = before.rpartition(f" {words} ")
    return bool(found) and len(behind) <= BEHIND_CHARS and not set(".;") & set(behind)


def likeliest_year(told: Sequence[ToldYear], target: tuple[int, int], sentence: int) -> int | None:
    """Return the year of a day without one; None where it may as well be one that the text does not tell.

    Args:
        target: month and day, 0 where the day is not told.
        sentence: the number of the one in which it stands.
    """
    known = year_data()
    scores = {
        year: sum(value * known.weights.get(name, 0.0) for name, value in features.items())
        for year, features in year_features(told, target, sentence).items()
    }
    best = max(scores, key=lambda year: scores[year], default=None)
    return best if best is not None and scores[best] > known.unknown else None


def year_features(
    told: Sequence[ToldYear], target: tuple[int, int], sentence: int
) -> dict[int, dict[str, float]]:
    """Return what speaks for each year of which a text makes one think."""
    told = [one for one in told if one.cue is not Cue.ASIDE]
    last = max((one.year for one in told if not one.is_plan), default=None)
    years = {one.year + more for one in told for more in (0, 1)}
    years |= {one.year - 1 for one in told if one.is_plan}
    return {year: _features(told, last, year, target, sentence) for year in sorted(years)}


def _features(
    told: Sequence[ToldYear], last: int | None, year: int, target: tuple[int, int], sentence: int
) -> dict[str, float]:
    here = [one for one in told if one.year == year]
    before = [one for one in told if one.year == year - 1]
    past = [one for one in here if not one.is_plan]
    found: dict[str, float] = {}
    if here:
        found["count"] = math.log1p(len(here))
    if last is not None:
        if year == last:
            found["is_last"] = 1.0
        elif year < last:
            found["earlier"] = min(last - year, MOST_YEARS_BACK)
    if before and not here:
        found["is_next"] = 1.0
    marks = {
        "beside": any(one.sentence == sentence and one.month is None for one in past),
        "head": any(one.is_head for one in past),
        "this": any(one.cue is Cue.THIS for one in here),
        "name": any(one.cue is Cue.NAME for one in here),
        "is_compared": any(one.cue is Cue.COMPARED for one in here),
        "compared_before": any(one.cue is Cue.COMPARED for one in before),
        "same_day": any((one.month, one.day) == target for one in here),
        "month_told": any(one.month and one.month <= target[0] for one in past),
        "past_after": any(one.month and (one.month, one.day or 0) > target for one in past),
        "past_later": any(one.month and one.year > year and not one.is_plan for one in told),
        "plan_after": any(one.is_plan and 0 <= (one.month or 0) - target[0] <= PLAN_MONTHS for one in here),
        "rolled_over": any(one.month and (one.month, one.day or 0) > target for one in before),
        "new_year": target[0] <= NEW_YEAR_MONTH and any(not one.is_plan for one in before),
        "year_end": target[0] >= YEAR_END_MONTH
        and any(one.year == year + 1 and (one.is_plan or not one.month) for one in told),
    }
    return found | {name: 1.0 for name, holds in marks.items() if holds}
