"""A page into bytes of an archive and back: nothing is lost, nothing secret is kept."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.article import Precision, Published
from crawler.formats import warc
from crawler.page import Exchange, FrontierEntry, Page

URL = "https://bao-thu.example/tin/mo-cua-khau.html?p=1"
BODY = "<html><title>Mở cửa khẩu</title><p>Hàng hoá qua lại.</p></html>".encode()
PAGE = Page(
    URL,
    URL,
    BODY,
    datetime(2026, 11, 21, 2, 0, 5, tzinfo=UTC),
    headers={"content-type": "text/html; charset=utf-8"},
    exchange=Exchange(
        "GET",
        (("Host", "bao-thu.example"), ("User-Agent", "biengioi/0.1"), ("Cookie", "phien=bimat123")),
        (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", "57"),
            ("X-Archive-Orig-Content-Encoding", "gzip"),
            ("Set-Cookie", "phien=bimat456"),
            ("X-Ten", "B\xe1o"),
        ),
    ),
)
ENTRY = FrontierEntry(URL, "Mở  cửa\nkhẩu", published=Published("2026-11-20", Precision.DAY))


def records(data: bytes) -> list[dict[str, str]]:
    """As warcio reads them: the fields of each, and what they hold as `block`; all digests fit."""
    for record in ArchiveIterator(BytesIO(data), check_digests="raise"):
        record.raw_stream.read()
        assert record.digest_checker.passed
    return [
        dict(record.rec_headers.headers) | {"block": record.raw_stream.read().decode("latin-1")}
        for record in ArchiveIterator(BytesIO(data), no_record_parse=True)
    ]


def test_a_page_comes_back_as_it_was() -> None:
    packed = warc.pack(PAGE, ENTRY)
    capture = warc.unpack(packed.data)
    assert (capture.page.url, capture.page.final_url, capture.page.body) == (URL, URL, BODY)
    assert (capture.page.fetched_at, capture.page.status) == (PAGE.fetched_at, 200)
    assert capture.page.headers["content-type"] == "text/html; charset=utf-8"
    assert capture.entry == replace(ENTRY, title="Mở cửa khẩu")
    assert capture.warc_id == packed.warc_id


def test_a_redirect_keeps_both_addresses() -> None:
    page = replace(PAGE, final_url="https://bao-thu.example/moi.html")
    capture = warc.unpack(warc.pack(page, ENTRY).data)
    assert (capture.page.url, capture.page.final_url) == (URL, page.final_url)
    assert capture.entry.url == URL


@pytest.mark.parametrize("published", [None, Published("2026-11-20T01:30:00Z", Precision.MINUTE)])
def test_what_lists_told_comes_back(published: Published | None) -> None:
    entry = FrontierEntry(URL, None, published=published)
    assert warc.unpack(warc.pack(PAGE, entry).data).entry == entry


def test_other_programs_read_a_response_and_its_request_each_in_a_member_of_its_own() -> None:
    data = warc.pack(PAGE, ENTRY).data
    response, request = records(data)
    assert (response["WARC-Type"], request["WARC-Type"]) == ("response", "request")
    assert response["WARC-Target-URI"] == request["WARC-Target-URI"] == URL
    assert response["WARC-Date"] == "2026-11-21T02:00:05Z"
    assert request["WARC-Concurrent-To"] == response["WARC-Record-ID"]
    assert response["WARC-Payload-Digest"].startswith("sha256:")
    assert request["block"].startswith("GET /tin/mo-cua-khau.html?p=1 HTTP/1.1\r\nHost: bao-thu.example\r\n")
    members = list(warc.whole_members(BytesIO(data), 0))
    assert [warc.target_uris(begin) for _, _, begin in members] == [(URL,), (URL,)]
    assert members[0][1] == warc.unpack(data).response_length
    assert members[-1][0] + members[-1][1] == len(data)


def test_no_cookie_is_kept_and_the_head_fits_the_unpacked_body() -> None:
    data = warc.pack(PAGE, ENTRY).data
    plain = gzip.decompress(data)
    assert b"bimat" not in plain
    assert b"\r\nX-Ten: B\xe1o\r\n" in plain
    assert b"\r\nX-Archive-Orig-Content-Encoding: gzip\r\n" in plain
    assert b"\r\nX-Archive-Orig-Content-Length: 57\r\n" in plain
    assert b"\r\nContent-Length: %d\r\n\r\n<html>" % len(BODY) in plain


def test_a_header_cannot_begin_another_line() -> None:
    exchange = replace(PAGE.exchange, received=(("X-A", "1\r\nX-B: 2"),))  # type: ignore[type-var]
    data = warc.pack(replace(PAGE, exchange=exchange), FrontierEntry(URL, "a\r\nWARC-Type: b")).data
    plain = gzip.decompress(data)
    assert b"\r\nX-B" not in plain
    assert b"\r\nWARC-Type: b" not in plain


def test_a_file_begins_with_what_wrote_it() -> None:
    (head,) = records(warc.file_head("a.warc.gz", "biengioi 0.1", PAGE.fetched_at))
    assert (head["WARC-Type"], head["WARC-Filename"]) == ("warcinfo", "a.warc.gz")
    assert "software: biengioi 0.1\r\nformat: WARC File Format 1.1\r\n" in head["block"]


@pytest.mark.parametrize("cut", [1, 9, 200])
def test_a_torn_tail_is_no_member(cut: int) -> None:
    head = warc.file_head("a.warc.gz", "biengioi", PAGE.fetched_at)
    data = head + warc.pack(PAGE, ENTRY).data
    found = [(offset, length) for offset, length, _ in warc.whole_members(BytesIO(data[:-cut]), 0)]
    assert len(found) == 2
    assert found[0] == (0, len(head))


def test_a_member_with_a_changed_byte_is_not_whole() -> None:
    packed = warc.pack(PAGE, ENTRY).data
    length = warc.unpack(packed).response_length
    padding = length - 9  # bits behind the last block fill its byte up and mean nothing (RFC 1951 §3.2.3)
    for at in (at for at in range(length) if at != padding):
        changed = bytearray(packed)
        changed[at] ^= 0x40
        whole = [one[1] for one in warc.whole_members(BytesIO(bytes(changed)), 0)]
        assert whole[:1] != [length], at


@pytest.mark.parametrize(
    "data", [b"", b"x", gzip.compress(b"not a record", mtime=0), gzip.compress(b"", mtime=0)]
)
def test_what_is_no_record_is_damage(data: bytes) -> None:
    with pytest.raises(warc.DamagedRecord):
        warc.unpack(data)


def test_a_cut_record_is_damage() -> None:
    data = warc.pack(PAGE, ENTRY).data
    with pytest.raises(warc.DamagedRecord):
        warc.unpack(data[: warc.unpack(data).response_length - 1])
