"""What a month without articles means: the rule alone, on facts that are told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from crawler.reach.coverage import (
    ENOUGH,
    Crawls,
    PaperMonth,
    State,
    Unread,
    Watcher,
    Written,
    cover,
    judge,
    last_months,
    province_names,
)
from crawler.source import IMPORT, Source
from crawler.topic.gazetteer import Gazetteer

PLACES = Gazetteer.load().places
MARCH = date(2026, 3, 1)
TODAY = date(2026, 4, 30)
WEEK = timedelta(days=7)
MONTH = timedelta(days=28)


def watcher(per_month: float | None, read: int, unread: Unread | None = None, id_: str = "a") -> Watcher:
    rate = None if per_month is None else per_month / 30
    return Watcher(id_, rate, PaperMonth(read, 30, unread or (None if read == 30 else Unread.DOWN)))


@pytest.mark.parametrize(
    ("watchers", "state", "reason"),
    [
        ([watcher(4, 30)], State.NOTHING_WRITTEN, None),
        ([watcher(2, 30)], State.TOO_FEW, None),
        ([watcher(2, 30), watcher(2, 30)], State.NOTHING_WRITTEN, None),
        ([watcher(4, 0)], State.NOT_LOOKED, Unread.DOWN),
        ([watcher(4, 14)], State.NOT_LOOKED, Unread.DOWN),
        ([watcher(4, 16)], State.TOO_FEW, None),
        ([watcher(8, 16)], State.NOTHING_WRITTEN, None),
        ([watcher(0.2, 0)], State.NOT_LOOKED, Unread.DOWN),
        # What the big paper brings counts, not how many papers there are.
        ([watcher(9, 30), watcher(1, 0), watcher(1, 0)], State.NOTHING_WRITTEN, None),
        ([watcher(9, 0, Unread.DISABLED), watcher(1, 30), watcher(1, 0)], State.NOT_LOOKED, Unread.DISABLED),
        # A habit that is not known: read, and nobody can say.
        ([watcher(None, 30)], State.TOO_FEW, None),
        ([watcher(None, 3, Unread.NOT_CRAWLED)], State.NOT_LOOKED, Unread.NOT_CRAWLED),
        ([], State.NOT_LOOKED, Unread.NONE_DECLARED),
    ],
)
def test_the_three_states(watchers: list[Watcher], state: State, reason: Unread | None) -> None:
    verdict = judge(0, watchers)
    assert (verdict.state, verdict.reason) == (state, reason)


def test_a_month_with_articles_is_none_of_them() -> None:
    assert judge(1, [watcher(4, 0)]).state is State.WRITTEN
    assert judge(1, []).state is State.WRITTEN


def test_what_is_expected_is_told_too() -> None:
    verdict = judge(0, [watcher(6, 15), watcher(3, 30)])
    assert (round(verdict.expected, 1), round(verdict.usual, 1)) == (6.0, 9.0)
    assert verdict.expected >= ENOUGH


PAPER = Source("an", "Báo An", "https://an.example", province="Lạng Sơn")


def crawls(good: list[date], failed: list[date] = [], fresh: dict[date, int] | None = None) -> Crawls:  # noqa: B006
    return Crawls({"an": good}, {"an": failed}, {"an": fresh or {}}, WEEK, TODAY)


def every(days: int, first: date = date(2026, 1, 1), last: date = TODAY) -> list[date]:
    return [first + timedelta(days=n) for n in range(0, (last - first).days + 1, days)]


def test_a_good_crawl_sees_a_week_back() -> None:
    assert crawls(every(7)).month("an", MARCH, PAPER) == PaperMonth(31, 31)
    assert crawls([date(2026, 3, 10)]).month("an", MARCH, PAPER).read_days == 7
    assert crawls([date(2026, 4, 2)]).month("an", MARCH, PAPER).read_days == 5


def test_days_to_come_are_not_asked_for() -> None:
    seen = Crawls({"an": every(1, last=date(2026, 4, 10))}, {}, {}, WEEK, date(2026, 4, 10))
    assert seen.month("an", date(2026, 4, 1), PAPER) == PaperMonth(10, 10)


def test_why_a_month_was_not_read() -> None:
    elsewhere = [date(2026, 1, 5)]
    disabled = Source("an", "Báo An", "https://an.example", enabled=False)
    assert crawls(elsewhere, every(1, MARCH)).month("an", MARCH, PAPER).unread is Unread.DOWN
    assert crawls(elsewhere).month("an", MARCH, PAPER).unread is Unread.NOBODY_WATCHED
    others = Crawls({"an": elsewhere, "binh": every(5)}, {}, {}, WEEK, TODAY)
    assert others.month("an", MARCH, PAPER).unread is Unread.NOT_CRAWLED
    assert others.month("an", MARCH, disabled).unread is Unread.DISABLED
    assert others.month("an", MARCH, None).unread is Unread.NOT_DECLARED


def test_a_paper_that_offers_nothing_as_it_never_does_was_not_read() -> None:
    busy = {date(2026, 1, 1): 90, date(2026, 2, 1): 80, date(2026, 4, 1): 85}
    assert crawls(every(2), fresh=busy).month("an", MARCH, PAPER) == PaperMonth(0, 31, Unread.SILENT)
    assert crawls(every(2), fresh={**busy, MARCH: 1}).month("an", MARCH, PAPER) == PaperMonth(31, 31)
    slow = dict.fromkeys(busy, 1)
    assert crawls(every(2), fresh=slow).month("an", MARCH, PAPER) == PaperMonth(31, 31)


def test_a_month_is_not_judged_by_itself() -> None:
    """Forty articles in one month, none in the others: the habit of the month before is nothing."""
    months = last_months(TODAY, 4)
    by_paper = {"tan-thanh-gate": {MARCH: {"an": 40, IMPORT: 3}}}
    written = Written({"tan-thanh-gate": {MARCH: 40}}, by_paper)
    (found,) = cover([PLACES["tan-thanh-gate"]], months, written, crawls(every(2)), {"an": PAPER}, {})
    march = found.months[2]
    assert (march.article_count, march.paper_count, march.verdict.usual) == (40, 1, 0.0)
    assert found.months[0].verdict.state is State.NOTHING_WRITTEN  # going by March


def test_a_province_is_known_by_its_old_and_its_new_name() -> None:
    names = province_names(PLACES)
    assert {"Hà Giang", "Tuyên Quang"} <= names["ha-giang"]
    gate = next(one for one in PLACES.values() if one.kind == "gate" and one.province == "ha-giang")
    assert {"Hà Giang", "Tuyên Quang"} <= names[gate.id]
    assert names["lang-son"] == {"Lạng Sơn"}


def test_months_go_back_over_the_turn_of_the_year() -> None:
    assert last_months(date(2026, 2, 14), 3) == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
