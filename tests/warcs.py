"""Invented archives for tests: records of invented pages, packed as crawlers pack them."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from html import escape

from tests.articles import make_article

HOST = "https://bao-thu.example"
CRLF = "\r\n"


def story_page(number: int, *, edit: int = 0, title: str | None = None) -> bytes:
    """The page of an invented story about cooperation at a border gate."""
    article = make_article(number, edit=edit)
    title = escape(title or f"Hợp tác biên giới Việt Nam - Trung Quốc: {article.title}")
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in article.text.split("\n"))
    paragraphs += "<p>Hội đàm về hợp tác thương mại qua cửa khẩu giữa Việt Nam và Trung Quốc.</p>"
    return (
        f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta property="article:published_time" content="2026-11-{number % 20 + 1:02}T08:30:00+07:00">'
        f"</head><body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    ).encode()


def other_page(number: int) -> bytes:
    """A page about something else."""
    body = "".join(
        f"<p>Đội bóng phường ghi bàn thứ {number + one} trong trận giao hữu.</p>" for one in range(9)
    )
    head = f"<!DOCTYPE html><html><head><title>Bóng đá {number}</title></head>"
    return f"{head}<body>{body}</body></html>".encode()


def answer(body: bytes, *fields: str, status: str = "200 OK") -> bytes:
    """An HTTP answer as it came over the wire."""
    head = CRLF.join([f"HTTP/1.1 {status}", *(fields or ("Content-Type: text/html; charset=utf-8",))])
    return f"{head}{CRLF}{CRLF}".encode() + body


def record(
    url: str,
    block: bytes,
    at: str = "2026-03-01T00:00:00Z",
    kind: str = "response",
    *more: str,
    length: int | None = None,
) -> bytes:
    """One record of a WARC file, not packed."""
    fields = [
        "WARC/1.1",
        f"WARC-Type: {kind}",
        f"WARC-Target-URI: {url}",
        f"WARC-Date: {at}",
        "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000000>",
        "Content-Type: application/http; msgtype=response",
        *more,
        f"Content-Length: {len(block) if length is None else length}",
    ]
    return f"{CRLF.join(fields)}{CRLF}{CRLF}".encode() + block + b"\r\n\r\n"


def page_record(path: str, body: bytes, at: str = "2026-03-01T00:00:00Z", host: str = HOST) -> bytes:
    """The record of one page of the paper "bao-thu"."""
    return record(f"{host}{path}", answer(body), at)


def info(at: str = "2026-03-01T00:00:00Z") -> bytes:
    """The record that says what wrote a file."""
    return record("", b"software: test\r\n", at, "warcinfo")


def packed(records: Iterable[bytes]) -> bytes:
    """A .warc.gz with a gzip member for each record."""
    return b"".join(gzip.compress(one, mtime=0) for one in records)
