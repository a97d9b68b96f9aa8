"""The decision, case by case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.article import Article, Precision, Published
from crawler.config import CrawlLimits
from crawler.decision import Decision, Kind, Rejection
from crawler.identity.decide import MIN_CANONICAL_CHARS, Known, decide, next_visit, reject
from crawler.topic.relevance import Grade, Relevance

TEXT = "Hai bên nhất trí tăng cường tuần tra song phương trên tuyến biên giới. " * 4
ARTICLE = Article("https://bao.vn/a-1.html", "Tuần tra song phương", TEXT)
CORE = Relevance(80, Grade.CORE)
NONE = Relevance(3, Grade.NONE)
OFF_TOPIC = Decision.rejected(Rejection.OFF_TOPIC)


def test_a_first_sight_is_new() -> None:
    assert decide(Known(), ARTICLE, None) == Decision(Kind.NEW, "first_seen")


def test_the_same_text_elsewhere_is_a_duplicate() -> None:
    assert decide(Known(same_text_id=7), ARTICLE, None) == Decision(Kind.DUPLICATE, "same_text", 7)


def test_a_near_text_is_a_near_duplicate_and_an_equal_one_comes_first() -> None:
    assert decide(Known(near_text_id=7), ARTICLE, None).kind is Kind.NEAR_DUPLICATE
    assert decide(Known(same_text_id=6, near_text_id=7), ARTICLE, None).article_id == 6


def test_a_near_duplicate_says_how_near_and_of_what() -> None:
    known = Known(near_text_id=7, near_detail="92 % of its text is in article 7")
    assert decide(known, ARTICLE, None) == Decision(Kind.NEAR_DUPLICATE, "near_text", 7, known.near_detail)


def test_what_was_published_before_its_copies_is_new_and_says_so() -> None:
    known = Known(near_text_id=7, near_detail="92 % of its text is in article 7", published_first=True)
    decision = Decision(Kind.NEW, "published_first", detail=known.near_detail)
    assert decide(known, ARTICLE, None) == decision


def test_an_edit_that_makes_a_text_near_to_another_stays_a_revision() -> None:
    known = replace(KNOWN, content_hash="other", near_text_id=7)
    assert decide(known, ARTICLE, None) == Decision(Kind.REVISED, "text_changed", 5)


KNOWN = Known(article_id=5, title=ARTICLE.title, content_hash=ARTICLE.content_hash)


def test_the_same_page_again_is_unchanged() -> None:
    assert decide(KNOWN, ARTICLE, None) == Decision(Kind.UNCHANGED, "same_text", 5)


def test_a_new_title_alone_is_a_revision() -> None:
    assert decide(replace(KNOWN, title="Tên cũ"), ARTICLE, None) == Decision(Kind.REVISED, "title_changed", 5)


def test_a_new_text_is_a_revision() -> None:
    assert decide(replace(KNOWN, content_hash="0" * 64), ARTICLE, None).reason == "text_changed"


def test_a_text_that_became_anothers_is_its_duplicate() -> None:
    known = replace(KNOWN, content_hash="0" * 64, same_text_id=9)
    assert decide(known, ARTICLE, None) == Decision(Kind.DUPLICATE, "became_same_text", 9)


def test_a_refusal_holds_for_what_is_new() -> None:
    assert decide(Known(), ARTICLE, OFF_TOPIC) is OFF_TOPIC


def test_an_edit_never_makes_a_kept_story_disappear_for_its_topic() -> None:
    assert decide(KNOWN, ARTICLE, OFF_TOPIC).kind is Kind.UNCHANGED


def test_a_kept_story_is_not_overwritten_by_a_blurb() -> None:
    short = Decision.rejected(Rejection.TOO_SHORT)
    assert decide(KNOWN, ARTICLE, short) is short


def test_what_was_taken_down_stays_down() -> None:
    decision = decide(Known(forgotten=True, same_text_id=3), ARTICLE, None)
    assert (decision.kind, decision.reason) == (Kind.REJECTED, Rejection.FORGOTTEN)


def test_a_good_article_is_not_refused() -> None:
    assert reject(ARTICLE, CORE) is None


def test_reasons_to_refuse() -> None:
    def reason(article: Article, relevance: Relevance = CORE, **more: object) -> str | None:
        decision = reject(article, relevance, **more)  # type: ignore[arg-type]
        return decision.reason if decision else None

    dated = replace(ARTICLE, published=Published("2026-11-10", Precision.DAY))
    assert reason(ARTICLE, NONE) == Rejection.OFF_TOPIC
    assert reason(replace(ARTICLE, text="a" * (MIN_CANONICAL_CHARS - 1))) == Rejection.TOO_SHORT
    assert reason(replace(ARTICLE, text="a" * MIN_CANONICAL_CHARS)) is None
    assert reason(replace(ARTICLE, language="und")) == Rejection.NOT_VIETNAMESE
    assert reason(replace(ARTICLE, language="und"), language="en") is None
    assert reason(dated, since=date(2026, 11, 11)) == Rejection.TOO_OLD
    assert reason(dated, since=date(2026, 11, 10)) is None
    assert reason(ARTICLE, since=date(2026, 11, 10)) is None


@pytest.mark.parametrize(
    ("published", "day"),
    [
        (Published("2026-11-09T17:30:00Z", Precision.MINUTE), date(2026, 11, 10)),
        (Published("2026-11-10", Precision.DAY), date(2026, 11, 10)),
        (Published("2026-11", Precision.MONTH), date(2026, 11, 1)),
    ],
)
def test_days_are_those_of_viet_nam(published: Published, day: date) -> None:
    assert published.local_day == day


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
