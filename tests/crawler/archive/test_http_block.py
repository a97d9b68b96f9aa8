"""The page in a record, or in a word why there is none."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime

import brotli
import pytest

from crawler.archive.http_block import asked, entry_of, page_of, record_time, target
from crawler.article import Precision, Published
from crawler.page import Page
from crawler.unpacking import zstd
from tests.warcs import answer, story_page

URL = "https://bao-thu.example/tin/1.html"
AT = datetime(2026, 3, 1, 7, 8, 9, tzinfo=UTC)
HTML = story_page(1)
TYPE = "Content-Type: text/html"
RESPONSE = {"warc-type": "response"}
MOST_BYTES = 100_000


def chunked(body: bytes, size: int = 100) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def came(block: bytes, **headers: str) -> Page | str:
    found = page_of({**RESPONSE, **headers}, block, URL, AT, MOST_BYTES)
    return found if isinstance(found, Page) else found.reason


PACKED = {
    "gzip": gzip.compress(HTML, mtime=0),
    "deflate": zlib.compress(HTML),
    "br": brotli.compress(HTML),
    "zstd": bytes(zstd.compress(HTML)),
}


@pytest.mark.parametrize(
    "block",
    [
        answer(HTML),
        answer(HTML, TYPE, f"Content-Length: {len(HTML)}"),
        answer(chunked(HTML), TYPE, "Transfer-Encoding: chunked"),
        answer(HTML, TYPE, "Transfer-Encoding: chunked"),
        *(answer(body, TYPE, f"Content-Encoding: {coding}") for coding, body in PACKED.items()),
        *(answer(HTML, TYPE, f"Content-Encoding: {coding}", "Content-Length: 9") for coding in PACKED),
        answer(chunked(PACKED["br"]), TYPE, "Content-Encoding: br", "Transfer-Encoding: chunked"),
        answer(gzip.compress(PACKED["br"], mtime=0), TYPE, "Content-Encoding: br, gzip"),
        answer(HTML, "Content-Type: application/octet-stream"),
        answer(HTML, "Server: x"),
        answer(HTML, TYPE, status="203 Non-Authoritative"),
        answer(HTML).replace(b"\r\n", b"\n", 2),
        answer(b"<?xml version='1.0'?>\n<!-- a -->\n" + HTML, "Content-Type: text/xml"),
    ],
    ids=lambda block: block[:90].decode("ascii", "replace").replace("\r\n", " | "),
)
def test_a_page_is_what_the_server_meant(block: bytes) -> None:
    page = came(block)
    assert isinstance(page, Page)
    assert page.body.endswith(HTML)
    assert (page.url, page.fetched_at) == (URL, AT)
    assert page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (b"", "bad_response"),
        (b"<html>no status</html>", "bad_response"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/ht", "truncated"),
        (answer(HTML[:200], TYPE, f"Content-Length: {len(HTML)}"), "truncated"),
        (answer(chunked(HTML)[:-80], TYPE, "Transfer-Encoding: chunked"), "truncated"),
        (answer(PACKED["gzip"][:-20], TYPE, "Content-Encoding: gzip"), "truncated"),
        (answer(b"\x1f\x8bkhong", TYPE, "Content-Encoding: gzip"), "bad_response"),
        (answer(gzip.compress(bytes(MOST_BYTES + 1), mtime=0), TYPE, "Content-Encoding: gzip"), "too_large"),
        (answer(b"<html>" + bytes(MOST_BYTES), TYPE), "too_large"),
        (answer(b"\x89PNG", "Content-Type: image/png"), "not_html"),
        (answer(b"%PDF-1.7", "Content-Type: application/octet-stream"), "not_html"),
        (answer(b"", TYPE, "Location: /x", status="302 Found"), "redirect"),
        (answer(b"", TYPE, status="304 Not Modified"), "revisit_record"),
        (answer(HTML, TYPE, status="206 Partial Content"), "truncated"),
        (answer(HTML, TYPE, status="404 Not Found"), "not_found"),
        (answer(HTML, TYPE, status="410 Gone"), "gone"),
        (answer(HTML, TYPE, status="429 Slow down"), "throttled"),
        (answer(HTML, TYPE, status="503 Busy"), "server_error"),
    ],
)
def test_what_is_no_page_has_a_reason(block: bytes, reason: str) -> None:
    assert came(block) == reason


def test_a_resource_is_its_own_answer() -> None:
    page = came(HTML, **{"warc-type": "resource", "content-type": "text/html"})
    assert isinstance(page, Page)
    assert page.body == HTML
    assert came(b"%PDF", **{"warc-type": "resource", "content-type": "application/pdf"}) == "not_html"
    assert came(answer(HTML), **{"warc-truncated": "length"}) == "truncated"


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("2026-03-01T07:08:09Z", AT),
        ("2026-03-01T14:08:09+07:00", AT),
        ("2026-03-01T07:08:09", AT),
        ("2026-03-01T07:08:09.250Z", AT.replace(microsecond=250_000)),
        ("hom qua", None),
        ("", None),
    ],
)
def test_times_are_read(said: str, wanted: datetime | None) -> None:
    assert record_time({"warc-date": said}) == wanted
    assert target({"warc-target-uri": f"<{URL}>"}) == target({"warc-target-uri": URL}) == URL


def test_our_own_archives_tell_what_lists_told() -> None:
    told = {
        "warc-target-uri": "https://bao-thu.example/moi.html",
        "biengioi-asked-uri": URL,
        "biengioi-told-title": "Tiêu đề trên danh sách",
        "biengioi-told-date": "2026-02-28;day",
    }
    assert asked(told) == URL
    entry = entry_of(told, URL)
    assert (entry.url, entry.title) == (URL, "Tiêu đề trên danh sách")
    assert entry.published == Published("2026-02-28", Precision.DAY)
    for broken in ("", "2026-02-28", "2026-02-28;week", "hôm qua;day"):
        assert entry_of({"biengioi-told-date": broken}, URL).published is None
