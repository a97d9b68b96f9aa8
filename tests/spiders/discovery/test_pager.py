"""Where a list goes on."""

from __future__ import annotations

import pytest

from crawler.source import Source
from spiders.discovery.pager import next_page
from tests.spiders.discovery.paper import PAPER, document


def following(here: str, body: str, head: str = "", source: Source = PAPER) -> str | None:
    url = f"https://bao.vn{here}"
    found = next_page(document(body, url, head), source, url)
    return found and found.removeprefix("https://bao.vn")


def pager(*steps: tuple[str, str], current: str = "") -> str:
    return "".join(
        f'<a href="{href}" class="{"active" if words == current else ""}">{words}</a>'
        for href, words in steps
    )


@pytest.mark.parametrize(
    ("here", "body", "there"),
    [
        ("/tin.htm", pager(("/tin/trang-2.htm", "2"), ("/tin/trang-3.htm", "3")), "/tin/trang-2.htm"),
        ("/tin/trang-2.htm", pager(("/tin.htm", "1"), ("/tin/trang-3.htm", "3")), "/tin/trang-3.htm"),
        ("/tin", pager(("/tin-p2", "2")), "/tin-p2"),
        ("/tin-d6/", pager(("/tin-d6/p1", "1"), ("/tin-d6/p2", "2")), "/tin-d6/p2"),
        ("/news/tin/page-2/", pager(("/news/tin/", "1"), ("/news/tin/page-3/", "3")), "/news/tin/page-3/"),
        ("/tin?page=2", pager(("/tin?page=1", "1"), ("/tin?page=3", "❯")), "/tin?page=3"),
        ("/tin/trang-2.htm", pager(("/tin/trang-1.htm", "1"), ("/tin/trang-2.htm", "2")), None),
        ("/tin", '<a href="/tin/trang-2.htm" title="Trang tiếp"><i></i></a>', "/tin/trang-2.htm"),
        ("/tin", pager(("/the-thao/trang-2.htm", "2")), None),
        ("/tin", '<a href="https://noi-khac.example/tin/trang-2.htm">2</a>', None),
        ("/tin", pager(("/tin/bai-viet-so-2", "2")), None),
    ],
)
def test_a_pager_leads_to_the_following_page(here: str, body: str, there: str | None) -> None:
    assert following(here, body) == there


def test_the_number_that_is_shown_counts_not_that_of_the_address() -> None:
    first = pager(("/tin", "1"), ("/tin-page1", "2"), ("/tin-page2", "3"), current="1")
    assert following("/tin", first) == "/tin-page1"
    second = pager(("/tin", "1"), ("/tin-page1", "2"), ("/tin-page2", "3"), current="2")
    assert following("/tin-page1", second) == "/tin-page2"


def test_the_page_that_the_pager_marks_is_the_one_shown() -> None:
    steps = pager(("/moi/page-5.htm", "5"), ("/moi/page-6.htm", "6"), ("/moi/page-7.htm", "7"), current="6")
    assert following("/", steps) == "/moi/page-7.htm"


def test_what_the_head_declares_comes_first() -> None:
    body = pager(("/tin-p2", "2"))
    assert following("/tin", body, '<link rel="next" href="/tin?sau=abc">') == "/tin?sau=abc"
    assert following("/tin", body, '<link rel="next" href="https://noi-khac.example/">') == "/tin-p2"


ZONE = '<input type="hidden" name="hdZoneId" id="hdZoneId" value="{}">'


def test_a_list_that_a_script_continues_goes_on_where_the_script_would() -> None:
    assert following("/kinh-te.chn", ZONE.format(18831)) == "/timelinelist/18831/2.chn"
    assert following("/kinh-te", ZONE.format(18831)) == "/timelinelist/18831/2.htm"
    assert following("/timelinelist/18831/2.chn", '<a href="/a">a</a>') == "/timelinelist/18831/3.chn"


def test_a_scripted_list_ends_with_an_empty_page_and_needs_a_number() -> None:
    assert following("/timelinelist/18831/2.chn", "<p></p>") is None
    for value in ("0", "", "x", "1/../2", "²"):
        assert following("/kinh-te.chn", ZONE.format(value)) is None


def test_a_pager_in_the_page_is_preferred_to_a_guess() -> None:
    assert following("/tin.htm", ZONE.format(5) + pager(("/tin/trang-2.htm", "2"))) == "/tin/trang-2.htm"


def test_relative_links_follow_the_base_of_the_page() -> None:
    steps = '<a href="muc/tin/page-2">2</a>'
    assert following("/muc/tin", steps, '<base href="https://bao.vn/">') == "/muc/tin/page-2"
