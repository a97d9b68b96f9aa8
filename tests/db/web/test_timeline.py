"""The timeline, what stands out, the edits: their numbers lead to what they count, in both languages."""

from __future__ import annotations

import re
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import httpx
import pytest
from playwright.sync_api import Browser

from db.web import chart
from tests.db.web.test_pages import ATOM, links, number, total
from tests.db.world import World

QUERIES = {"q": "cửa khẩu", "q2": "hop tac", "q3": "khong-he-co"}


@pytest.mark.parametrize("code", ["vi", "en"])
@pytest.mark.parametrize("path", ["timeline", "top", "edits"])
def test_every_page_is_in_both_languages(client: httpx.Client, code: str, path: str) -> None:
    answer = client.get(f"/{code}/{path}")
    assert answer.status_code == 200
    assert f'<html lang="{code}">' in answer.text
    other = {"vi": "en", "en": "vi"}[code]
    assert f'href="/{other}/{path}"' in answer.text


@pytest.mark.parametrize("by", ["day", "week", "month"])
def test_every_number_of_the_table_is_that_of_the_list_behind_it(client: httpx.Client, by: str) -> None:
    page = client.get("/en/timeline", params={**QUERIES, "by": by, "since": "2020-01-08"}).text
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    found = [(href, number(text)) for href, text in links(table, r"/en/articles[^\"]*")]
    assert len(found) % 4 == 0
    assert any(count for _, count in found)
    for href, count in found[-12:]:
        answer = client.get(href)
        assert answer.status_code == 200
        assert total(answer.text) == count, href


def test_the_bars_are_the_numbers_and_lead_where_they_lead(client: httpx.Client) -> None:
    page = client.get("/en/timeline", params={"q": "cửa khẩu", "by": "month"}).text
    svg = page[page.index('<svg class="timeline"') :].partition("</svg>")[0]
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    shown = [href for href, text in links(table, r"/en/articles\?[^\"]*q=[^\"]*") if number(text)]
    assert [href for href, _ in links(svg, r"/en/articles[^\"]*")] == shown


def test_shares_are_of_all_kept_articles_of_the_bucket(client: httpx.Client) -> None:
    parameters = {"q": "hop tac", "by": "month"}
    tables = [
        client.get("/en/timeline", params={**parameters, "normalised": normalised}).text.partition("<tbody>")[
            2
        ]
        for normalised in ("", "1")
    ]
    counted, shared = ([text for _, text in links(one, r"/en/articles[^\"]*")] for one in tables)
    for count, kept, share in zip(counted[::2], counted[1::2], shared[::2], strict=True):
        expected = 100 * number(count) / number(kept) if number(kept) else 0
        assert float(share.strip(" %")) == pytest.approx(expected, abs=0.5)


def test_nothing_found_draws_nothing_and_says_so(client: httpx.Client) -> None:
    page = client.get("/en/timeline", params={"q": "khong-he-co"}).text
    assert '<svg class="timeline"' not in page
    assert "There is no article with a date to draw." in page


@pytest.mark.parametrize(
    "parameters", [{"q": "-"}, {"by": "year"}, {"q": "a" * 501}, {"since": "soon"}, {"least": "many"}]
)
def test_what_cannot_be_drawn_is_said(client: httpx.Client, parameters: dict[str, str]) -> None:
    path = "edits" if "least" in parameters else "timeline"
    answer = client.get(f"/en/{path}", params=parameters)
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_a_wrong_day_stays_where_it_was_typed_and_is_told_in_the_language_of_the_page(
    client: httpx.Client,
) -> None:
    page = client.get("/vi/timeline", params={"q": "hop tac", "since": "31/12/2026", "by": "month"}).text
    assert 'aria-invalid="true" name="since" value="31/12/2026"' in page
    assert 'value="hop tac"' in page
    assert "phải là một ngày" in page
    assert "phải là một trong" in client.get("/vi/timeline", params={"by": "year"}).text


def test_a_typed_query_stays_in_its_field(client: httpx.Client) -> None:
    page = client.get("/en/timeline", params={"q2": '"><script>', "q": "hop tac"}).text
    assert 'value="&#34;&gt;&lt;script&gt;"' in page
    assert "<script>" not in page.partition("<body>")[2]


def test_one_value_alone_is_no_wall_and_equal_values_are_equal_bars_below_the_top() -> None:
    (bar,) = chart.lay_out([[4]], is_whole=True).bars
    assert bar.width < chart.WIDTH_PX / 10
    assert 0 < bar.height < chart.HEIGHT_PX - 60
    equal = chart.lay_out([[7, 7, 7]], is_whole=True)
    assert len({one.height for one in equal.bars}) == 1
    assert [value for _, value in equal.ticks] == [0, 2, 4, 6, 8]
    assert equal.bars[0].height < chart.HEIGHT_PX - 40
    assert chart.lay_out([[0, 0]], is_whole=True).bars == ()
    assert [value for _, value in chart.lay_out([[0, 0]], is_whole=True).ticks] == [0, 1, 2, 3, 4, 5]
    shares = chart.lay_out([[1.0, 0.9]], is_whole=False)
    assert shares.ticks[-1][1] == pytest.approx(1)
    assert chart.lay_out([[0.0]], is_whole=False).ticks[-1][1] == pytest.approx(1)
    assert chart.lay_out([], is_whole=True) == chart.lay_out([[]], is_whole=True)


def test_bars_of_several_series_stand_beside_each_other_within_the_picture() -> None:
    for count in (1, 7, 400):
        bars = sorted(chart.lay_out([[1] * count] * 3, is_whole=True).bars, key=lambda bar: bar.x)
        assert len(bars) == 3 * count
        for one, following in pairwise(bars):
            assert one.x + one.width <= following.x + 0.03
        assert bars[-1].x + bars[-1].width <= chart.WIDTH_PX


def test_what_stands_out_leads_to_its_articles(client: httpx.Client) -> None:
    page = client.get("/en/top", params={"country": "LA"}).text
    places = page[page.index('id="top-place"') :].partition("</table>")[0]
    found = links(places, r"/en/articles[^\"]*")
    assert found
    for href, _ in found[:3]:
        assert parse_qs(urlsplit(href).query)["country"] == ["LA"]
        assert total(client.get(href).text) >= 2
    words = page[page.index('id="top-word"') :].partition("</table>")[0]
    for href, _ in links(words, r"/en/articles[^\"]*")[:3]:
        assert total(client.get(href).text) >= 2


def test_lists_and_searches_offer_the_same_orders_as_the_commands(
    client: httpx.Client, library: World
) -> None:
    for parameters, orders in (
        ({}, ["newest", "oldest"]),
        ({"q": "hop tac"}, ["relevance", "recent", "newest", "oldest"]),
    ):
        page = client.get("/en/articles", params=parameters).text
        orders_line = page[page.index('class="aside orders"') :].partition("</p>")[0]
        offered = [
            parse_qs(urlsplit(href).query)["order"][0]
            for href, _ in links(orders_line, r"/en/articles[^\"]*")
        ]
        assert offered == orders
    page = client.get("/en/articles", params={"order": "oldest", "country": "CN"}).text
    shown = [int(one) for one in re.findall(r'<h2 lang="vi"><a href="/en/articles/(\d+)"', page)]
    rows = library.rows(
        "SELECT id FROM articles WHERE duplicate_of IS NULL AND countries LIKE '%CN%'"
        " ORDER BY published_at, id"
    )
    assert shown == [row["id"] for row in rows[:25]]
    assert client.get("/en/articles", params={"order": "nope"}).status_code == 400


def revised(library: World) -> int:
    return int(
        library.rows("SELECT article_id, count(*) FROM revisions GROUP BY 1 ORDER BY 2 DESC")[0]["article_id"]
    )


def test_edits_are_listed_by_time_and_lead_to_their_comparison(client: httpx.Client, library: World) -> None:
    page = client.get("/en/edits").text
    times = re.findall(r'<time datetime="([^"]+)"', page)
    assert times
    assert times == sorted(times, reverse=True)
    assert len(times) == library.rows("SELECT count(*) AS n FROM revisions")[0]["n"]
    href, _ = links(page, r"/en/articles/\d+/changes[^\"]*")[0]
    comparison = client.get(href).text
    assert "<ins>" in comparison
    assert not links(
        client.get("/en/edits", params={"least": 99_999}).text, r"/en/articles/\d+/changes[^\"]*"
    )


def test_any_two_versions_can_be_compared(client: httpx.Client, library: World) -> None:
    article_id = revised(library)
    for a, b in ((1, 3), (3, 1), (2, 3), (2, 2)):
        page = client.get(f"/en/articles/{article_id}/changes", params={"a": a, "b": b}).text
        chosen = re.findall(r'<option value="(\d+)" selected>', page)
        assert chosen == [str(a), str(b)]
        body = page.partition('<div class="body"')[2]
        assert ("<ins>" in body or "<del>" in body) == (a != b)


def test_the_feed_of_edits_is_atom_with_ids_that_stay(client: httpx.Client) -> None:
    answer = client.get("/vi/edits.atom", params={"least": "2"})
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)
    entries = feed.findall(f"{ATOM}entry")
    assert entries
    assert len({one.findtext(f"{ATOM}id") for one in entries}) == len(entries)
    assert feed.findtext(f"{ATOM}updated") == max(one.findtext(f"{ATOM}updated") or "" for one in entries)
    (own,) = feed.findall(f"{ATOM}link")
    assert (own.get("rel"), own.get("href")) == ("self", "/vi/edits.atom?least=2")
    for one in entries:
        link = one.find(f"{ATOM}link")
        assert link is not None
        assert client.get(link.get("href") or "").status_code == 200
        assert "<ins>" in (one.findtext(f"{ATOM}content") or "")


def test_the_timeline_fits_a_phone_and_its_bars_can_be_chosen(site: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 800})
    try:
        page.goto(f"{site}/en/timeline?q=hop+tac&q2=cua+khau&by=month")
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        bar = page.locator("svg.timeline a").last
        href = bar.get_attribute("href")
        assert href
        bar.locator("rect").dispatch_event("click")
        page.wait_for_url(f"**{href}")
        assert total(page.content()) >= 1
    finally:
        page.close()
