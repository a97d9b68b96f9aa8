"""What the pages say: both languages, numbers that agree with the lists behind them, exports and feeds."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import httpx
import pytest
from pyarrow import parquet

from crawler.topic.gazetteer import Gazetteer
from db.collection import Collection
from db.export.export import FORMATS, Documents, Format
from db.web import exports
from db.web.i18n import languages
from db.web.page import WebRequest
from db.web.query_params import Asked
from tests.db.world import World

ATOM = "{http://www.w3.org/2005/Atom}"


def total(page: str) -> int:
    """How many articles a list says that it has."""
    found = re.search(r'<p class="total"><strong>([\d.,]+)', page)
    assert found
    return number(found[1])


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def links(page: str, inside: str) -> list[tuple[str, str]]:
    """(address, text) of every link that matches a pattern."""
    return [
        (unescape(href), unescape(re.sub(r"<[^>]+>", " ", text)))
        for href, text in re.findall(rf'<a[^>]*href="({inside})"[^>]*>(.*?)</a>', page, re.DOTALL)
    ]


def test_the_first_page_is_in_the_language_of_the_browser(client: httpx.Client) -> None:
    for header, place in {
        None: "/vi/",
        "en-GB,en;q=0.9": "/en/",
        "vi-VN,vi;q=0.9,en;q=0.8": "/vi/",
        "fr, en;q=0.3, vi;q=0.2": "/en/",
        "fr": "/vi/",
        "en;q=0": "/vi/",
        ";;;,,q=": "/vi/",
    }.items():
        answer = client.get("/", headers={"accept-language": header} if header else {"accept-language": ""})
        assert (answer.status_code, answer.headers["location"]) == (302, place)
        assert "accept-language" in answer.headers["vary"].lower()


@pytest.mark.parametrize("code", ["vi", "en"])
@pytest.mark.parametrize("path", ["", "articles", "articles/1", "sources", "runs", "runs/1", "nothing"])
def test_every_page_names_its_language_and_leads_to_the_other(
    client: httpx.Client, code: str, path: str
) -> None:
    page = client.get(f"/{code}/{path}").text
    assert f'<html lang="{code}">' in page
    other = {"vi": "en", "en": "vi"}[code]
    expected = f"/{other}/{path}" if path != "nothing" else f"/{other}/nothing"
    assert f'hreflang="{other}" lang="{other}"' in page
    assert f'href="{expected}"' in page


def test_changing_the_language_keeps_what_was_asked(client: httpx.Client) -> None:
    page = client.get("/vi/articles", params={"q": "cửa khẩu", "country": "CN"}).text
    ((href, _),) = set(links(page, r"/en/articles[^\"]*")) or {("", "")}
    assert parse_qs(urlsplit(href).query) == {"q": ["cửa khẩu"], "country": ["CN"]}


def test_what_papers_wrote_is_marked_as_vietnamese(client: httpx.Client) -> None:
    page = client.get("/en/articles/1").text
    assert re.search(r'<h1[^>]* lang="vi"', page)
    assert re.search(r'<div class="body" lang="vi"', page)


@pytest.mark.parametrize(("question", "province_count"), [("", 25), ("?division=merged", 22)])
def test_each_station_leads_to_as_many_articles_as_it_says(
    client: httpx.Client, question: str, province_count: int
) -> None:
    page = client.get(f"/en/{question}").text
    strip = page[page.index('<svg class="strip wide') : page.index("<details")]
    stations = {
        (unescape(href), number(label.partition(";")[0].rpartition(":")[2]))
        for href, label in re.findall(r'<a class="[^"]*" href="([^"]+)" aria-label="([^"]+)"', strip)
    }
    gates = [place for place in Gazetteer.load().places.values() if place.kind == "gate"]
    assert len(stations) == province_count + len(gates)
    busy = [station for station in stations if station[1]]
    for href, count in sorted(busy)[::4]:
        assert total(client.get(href).text) == count
    table = page[page.index("<details") :]
    for href, count in stations:
        assert (
            f"{count}"
            in dict(links(table[: table.index("</table>")], re.escape(href).replace("&", "&amp;")))[href]
        )


def test_each_bar_and_each_place_leads_to_as_many_articles_as_it_says(client: httpx.Client) -> None:
    page = client.get("/vi/").text
    tables = page[page.index('aria-labelledby="places"') :]
    shown = [
        (href, text) for href, text in links(tables, r"/vi/articles\?[^\"]*") if text.strip().isdecimal()
    ]
    assert len(shown) > 60
    for href, text in shown[:: max(1, len(shown) // 25)]:
        assert total(client.get(href).text) == number(text)


def test_the_numbers_at_the_top_are_those_of_their_lists(client: httpx.Client, library: World) -> None:
    page = client.get("/vi/").text
    numbers = links(page[page.index('class="numbers"') : page.index("</dl>")], r"/vi/articles[^\"]*")
    assert len(numbers) == 2
    for href, text in numbers:
        assert total(client.get(href).text) == number(text)
    count = library.rows("SELECT count(*) AS n FROM articles WHERE duplicate_of IS NULL")[0]["n"]
    assert number(numbers[0][1]) == count


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?country=CN",
        "?division=merged",
        "?division=former&q=cua+khau",
        "?q=cua+khau",
        "?q=c%E1%BB%ADa+kh%E1%BA%A9u&country=LA",
        "?since=2020-01-01&field=meetings",
    ],
)
def test_each_facet_leads_to_as_many_articles_as_it_says(client: httpx.Client, question: str) -> None:
    page = client.get(f"/vi/articles{question}").text
    choices = re.findall(
        r'<li class="\w*"><a href="([^"]+)"( aria-current="true")?>.*?<span class="count">([\d.]+)</span>',
        page,
    )
    assert len(choices) > 20
    for href, is_chosen, count in choices[::7]:
        expected = number(count)
        if is_chosen:
            assert total(page) == expected
        else:
            assert total(client.get(unescape(href)).text) == expected


def test_a_search_needs_no_diacritics(client: httpx.Client) -> None:
    with_marks = client.get("/vi/articles", params={"q": "hội đàm"}).text
    without = client.get("/vi/articles", params={"q": "hoi dam"}).text
    assert total(without) >= total(with_marks) > 0
    assert "<mark>" in without


@pytest.mark.parametrize(
    "query", ['"', "-", "*", "NEAR(", "a OR", "(((", "' OR 1=1 --", "NOT x", "^", "{x}: y", "x" * 499, "\x00"]
)
def test_no_query_breaks_the_page(client: httpx.Client, query: str) -> None:
    answer = client.get("/en/articles", params={"q": query})
    assert answer.status_code in (200, 400)
    assert "Traceback" not in answer.text
    assert "sqlite" not in answer.text.lower()


@pytest.mark.parametrize(
    "question",
    [
        "since=yesterday",
        "until=2026-13-01",
        "page=0",
        "page=x",
        "page=9999999999999999",
        "page=0000000019999999999999",
        f"place={'x' * 300}",
        f"q={'x' * 600}",
        "&".join(f"a{n}=1" for n in range(99)),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(client: httpx.Client, question: str) -> None:
    answer = client.get(f"/en/articles?{question}")
    assert answer.status_code == 400
    assert "<h1>" in answer.text


def test_pages_of_a_list_follow_each_other(client: httpx.Client) -> None:
    seen: list[str] = []
    href: str | None = "/vi/articles"
    first = client.get(href).text
    while href:
        page = client.get(href).text
        seen += re.findall(r'<h2 lang="vi"><a href="/vi/articles/(\d+)"', page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        href = unescape(found[1]) if found else None
    assert len(seen) == len(set(seen)) == total(first)


def test_days_are_those_of_viet_nam(client: httpx.Client, library: World) -> None:
    row = library.rows(
        "SELECT id, published_day FROM articles WHERE substr(published_at, 1, 10) <> published_day"
        " AND published_precision = 'minute' AND duplicate_of IS NULL LIMIT 1"
    )[0]
    day = date.fromisoformat(row["published_day"])
    page = client.get("/vi/articles", params={"since": day.isoformat(), "until": day.isoformat()}).text
    assert f'/vi/articles/{row["id"]}"' in page
    assert f"{day:%d/%m/%Y}" in client.get(f"/vi/articles/{row['id']}").text
    assert f"{day.day} {day:%b %Y}" in client.get(f"/en/articles/{row['id']}").text


def test_an_article_is_shown_whole_with_what_is_known_of_it(client: httpx.Client, library: World) -> None:
    row = library.rows("SELECT * FROM articles WHERE id = 1")[0]
    page = client.get("/en/articles/1").text
    body = page[page.index('<div class="body"') : page.index('class="key"')]
    text = "\n".join(
        unescape(re.sub(r"<[^>]+>", "", one)) for one in re.findall(r"<p[^>]*>(.*?)</p>", body, re.DOTALL)
    )
    assert text.strip().startswith(row["text"])
    assert f'href="{row["url"]}" rel="noopener noreferrer nofollow external"' in page
    assert "seen for the first time" in page
    assert "/en/runs/1" in page


def test_an_article_can_be_taken_along(client: httpx.Client, library: World) -> None:
    row = library.rows("SELECT * FROM articles WHERE id = 1")[0]
    for layout in ("record", "plain", "citation"):
        assert (
            client.get(f"/vi/articles/1/{layout}.txt").headers["content-type"] == "text/plain; charset=utf-8"
        )
    assert client.get("/vi/articles/1/plain.txt").text == row["text"]
    record = client.get("/vi/articles/1/record.txt").text
    assert record.split("-" * 17)[0].strip() == row["url"]
    citation = client.get("/en/articles/1/citation.txt").text
    assert row["title"] in citation
    assert row["url"] in citation


def test_a_revised_article_shows_what_changed(client: httpx.Client, library: World) -> None:
    id_ = library.rows("SELECT article_id FROM revisions LIMIT 1")[0]["article_id"]
    assert f"/en/articles/{id_}/changes" in client.get(f"/en/articles/{id_}").text
    page = client.get(f"/en/articles/{id_}/changes").text
    assert "Hai bên hẹn gặp lại" in re.sub(r"<[^>]+>", "", page)
    assert "<ins>" in page
    whole = client.get(f"/en/articles/{id_}/changes", params={"a": "1", "b": "3"}).text
    assert "<del>" in whole
    assert "Both versions are the same" in client.get(f"/en/articles/{id_}/changes?a=2&b=2").text


def test_sources_show_their_health(client: httpx.Client) -> None:
    page = client.get("/en/sources").text
    assert "Unreachable" in page
    assert "<code>biengioi sources check" in page
    for href, _ in links(page, r"/en/sources/[^\"]+")[:3]:
        assert client.get(href).status_code == 200


def test_a_crawl_adds_up_before_your_eyes(client: httpx.Client) -> None:
    page = client.get("/en/runs/4").text
    left, *right = map(number, re.findall(r'<span class="part[^"]*"><strong>([\d,]+)', page))
    assert left == sum(right) > 0
    assert "Both sides are equal" in page


@pytest.mark.parametrize("question", ["", "?q=cua+khau"])
def test_every_format_is_offered_and_sent_as_what_it_is(client: httpx.Client, question: str) -> None:
    page = client.get(f"/en/articles{question}").text
    for form in FORMATS.values():
        answer = client.get(f"/en/articles.{form.name}{question}")
        offered = f'href="/en/articles.{form.name}{question}"' in page
        assert (offered, answer.status_code) == (True, 200)
        assert answer.headers["content-type"] == form.media_type
        assert f'filename="biengioi{form.suffix}"' in answer.headers["content-disposition"]
    assert client.get(f"/en/articles.nothing{question}").status_code == 404


def test_what_a_search_finds_is_the_same_document_as_in_a_list_and_can_be_imported(
    client: httpx.Client, tmp_path: Path
) -> None:
    listed = dict.fromkeys(client.get("/vi/articles.jsonl").content.splitlines())
    answer = client.get("/vi/articles.jsonl?q=cua+khau")
    found = answer.content.splitlines()
    assert 1 < len(found) < len(listed)
    assert set(found) <= set(listed)
    file = tmp_path / "found.jsonl"
    file.write_bytes(answer.content)
    with Collection.open(tmp_path / "other.db", create=True) as collection:
        report = collection.import_paths([file])
    assert (report.stored, report.unknown_keys) == (len(found), frozenset())


def test_an_added_format_is_written_for_lists_and_for_searches(
    library: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_titles(documents: Documents, file: BinaryIO) -> int:
        file.writelines(f"{article['title']}\n".encode() for article in documents.articles())
        return len(documents.ids)

    titles = Format("titles", "Write the titles.", "text/plain", ".txt", write_titles, lambda *_: False)
    monkeypatch.setitem(FORMATS, titles.name, titles)
    form = exports.format_of("articles.titles")
    assert form is titles
    with library.connection() as conn:
        for parameters in ({}, {"q": "cua khau"}):
            visit = WebRequest(languages()["en"], "articles", parameters, datetime.now(UTC))
            file = io.BytesIO()
            exports.write(conn, file, form=form, asked=Asked.read(parameters), visit=visit)
            lines = file.getvalue().decode().splitlines()
            assert len(lines) > 1
            assert set(lines) <= {row["title"] for row in library.rows("SELECT title FROM articles")}


@pytest.mark.parametrize(
    "question", ["", "?country=KH", "?q=cua+khau", "?q=cua+khau&country=KH&since=2026-01-01"]
)
def test_every_result_can_be_taken_home(client: httpx.Client, question: str) -> None:
    count = total(client.get(f"/vi/articles{question}").text)
    lines = client.get(f"/vi/articles.jsonl{question}").text.splitlines()
    assert len({json.loads(line)["id"] for line in lines}) == len(lines) == count
    rows = list(csv.DictReader(io.StringIO(client.get(f"/vi/articles.csv{question}").text.lstrip("\ufeff"))))
    assert len(rows) == count
    assert {"id", "url", "title", "text", "places"} <= set(rows[0])
    table = parquet.read_table(io.BytesIO(client.get(f"/vi/articles.parquet{question}").content))
    assert table.column("id").to_pylist() == [int(row["id"]) for row in rows]
    answer = client.get(f"/vi/articles.atom{question}")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == min(50, count)
    for element in (feed, *entries):
        assert all(element.find(f"{ATOM}{name}") is not None for name in ("id", "title", "updated"))
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids)


def test_a_list_names_its_own_feed(client: httpx.Client) -> None:
    page = client.get("/vi/articles?q=cua+khau&country=LA").text
    found = re.search(r'<link rel="alternate" type="application/atom\+xml"[^>]* href="([^"]+)"', page)
    assert found
    answer = client.get(unescape(found[1]))
    assert answer.status_code == 200
    feed = ElementTree.fromstring(answer.content)
    (own,) = (link.get("href", "") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self")
    assert own == str(client.base_url.join(unescape(found[1])))
    assert client.get(own).content == answer.content
    others = ("/vi/articles.atom", "/vi/articles.atom?q=cua+khau", "/vi/articles.atom?country=LA")
    ids = {ElementTree.fromstring(client.get(one).content).findtext(f"{ATOM}id") for one in others}
    assert len({*ids, feed.findtext(f"{ATOM}id")}) == 4
    again = ElementTree.fromstring(client.get(unescape(found[1]).replace("/vi/", "/en/") + "&page=2").content)
    assert again.findtext(f"{ATOM}id") == feed.findtext(f"{ATOM}id")


def test_a_query_that_is_none_is_an_error_before_anything_is_sent(client: httpx.Client) -> None:
    for form in FORMATS.values():
        assert client.get(f"/vi/articles.{form.name}", params={"q": '"'}).status_code == 400


def test_errors_of_json_addresses_are_json(client: httpx.Client) -> None:
    answer = client.get("/data/nothing.json")
    assert answer.status_code == 404
    assert answer.json()["ok"] is False
