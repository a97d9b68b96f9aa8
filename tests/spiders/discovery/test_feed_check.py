"""What is to be said of a feed before it is trusted."""

from __future__ import annotations

import pytest

from crawler.page import Page
from spiders.discovery.feed import read_feed
from spiders.discovery.feed_check import FeedCheck, FeedVerdict, check_feed
from tests.spiders.discovery.paper import NOW, PAPER

URL = "https://bao.vn/rss/the-gioi-209.rss"
TODAY = "Fri, 20 Nov 2026 08:30:00 +0700"


def rss(*links: str, title: str = "Báo - Thế giới", day: str = TODAY) -> str:
    items = "".join(f"<item><link>{link}</link><pubDate>{day}</pubDate></item>" for link in links)
    return f"<rss version='2.0'><channel><title>{title}</title>{items}</channel></rss>"


def check(body: str, section: str = "", others: tuple[FeedCheck, ...] = ()) -> FeedCheck:
    listing = read_feed(Page(URL, URL, body.encode(), NOW), PAPER, NOW)
    return check_feed(URL, listing, NOW, section=section, others=others)


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (rss("/a-1.html", "/b-2.html"), FeedVerdict.OK),
        (rss(), FeedVerdict.EMPTY),
        (rss("/a-1.html", day="Tue, 20 Oct 2026 08:30:00 +0700"), FeedVerdict.STALE),
        (rss("https://x.example/1", "https://x.example/2", "/a-1.html"), FeedVerdict.OFFSITE),
        (rss("https://x.example/1"), FeedVerdict.OFFSITE),
        (rss("/a-1.html", title="Báo - Đô thị"), FeedVerdict.OTHER_SECTION),
        ("<html>Không tìm thấy</html>", FeedVerdict.NOT_A_FEED),
    ],
)
def test_the_verdict_on_a_feed(body: str, verdict: FeedVerdict) -> None:
    assert check(body, section="Thế giới").verdict is verdict


def test_a_check_shows_its_evidence() -> None:
    found = check(rss("/a-1.html", "/b-2.html"))
    assert (found.title, found.newest, found.item_count) == ("Báo - Thế giới", "2026-11-20", 2)


def test_the_same_items_under_another_address_are_the_same_feed() -> None:
    one = FeedCheck("https://bao.vn/rss", FeedVerdict.OK, items=frozenset({"https://bao.vn/a-1.html"}))
    found = check(rss("/a-1.html"), others=(one,))
    assert (found.verdict, found.same_as) == (FeedVerdict.SAME_AS_ANOTHER, "https://bao.vn/rss")
    assert check(rss("/b-2.html"), others=(one,)).verdict is FeedVerdict.OK


def test_a_feed_without_dates_is_not_called_stale() -> None:
    assert check(
        "<rss version='2.0'><channel><item><link>/a-1.html</link></item></channel></rss>"
    ).verdict is (FeedVerdict.OK)
