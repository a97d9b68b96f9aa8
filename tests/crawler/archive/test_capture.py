"""What a worker hands over is the same on the other side."""

from __future__ import annotations

from datetime import UTC, datetime

from crawler.archive.capture import Capture
from crawler.decision import Decision, Rejection
from crawler.ports import PageVisit
from crawler.reach.origins import Outlink, OutlinkKind
from crawler.topic.relevance import Evidence, Grade, Relevance
from tests.articles import CORE, make_article

AT = datetime(2026, 3, 1, 7, 8, 9, tzinfo=UTC)


def test_a_capture_survives_json() -> None:
    link = Outlink(OutlinkKind.STORY, "khac.example", "https://khac.example/1", "theo Báo Khác")
    visit = PageVisit("bao-thu", "https://bao-thu.example/1", "ok", AT, 200, "Tên", 72, outlinks=(link,))
    article = make_article(1, tags=("a", "b"), provenance={"title": "og:title"}, warnings=("lạ",))
    whole = Capture(7, visit, article, CORE)
    none = Relevance(3, Grade.NONE, evidence=(Evidence("x", "câu", "x", "y"),), truncated=True)
    bare = Capture(
        0,
        visit,
        make_article(2, published=None, lead=None),
        none,
        Decision.rejected(Rejection.OFF_TOPIC, "why"),
    )
    for one in (whole, bare):
        assert Capture.from_json(one.to_json()) == one
        assert Capture.from_json(one.to_json().decode()) == one
