"""Web archives (WARC 1.1, ISO 28500:2017): a page with its request as bytes, and such bytes read again.

A record is a gzip member of its own, so a page can be read, copied or left out alone. The response comes
first and its request directly behind it; both together are what this house calls one record. Pure.

What no page says of itself stands in three fields of the response, which other programs pass over
(§4: fields with names that are not known): the address that was asked for, where redirects led to
another, and the title and date that the paper's lists told.
"""

from __future__ import annotations

import hashlib
import zlib
from base64 import b32encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from typing import BinaryIO
from urllib.parse import urlsplit

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord, ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParserException
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from crawler.article import Precision, Published, format_instant, parse_instant
from crawler.page import FrontierEntry, Page

VERSION = "WARC/1.1"
ASKED_URI = "Biengioi-Asked-URI"
TOLD_TITLE = "Biengioi-Told-Title"
TOLD_DATE = "Biengioi-Told-Date"
"""The fields of our own; a date is written with its precision: ``2026-11-20;day``."""

_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
"""Headers whose values are nobody else's business."""
_NOT_KEPT = "(not kept)"
_OF_TRANSFER = frozenset({"content-encoding", "transfer-encoding", "content-length"})
"""Headers that speak of the body as it was on the wire; the body that is kept is unpacked."""
_ORIGINAL = "X-Archive-Orig-"
_LEVEL = 5
"""Of zlib: 6 takes four tenths more time for a hundredth of the size, 9 more than twice."""
_GZIP = 31
"""What zlib calls the gzip wrapping (RFC 1952)."""
_CHUNK_BYTES = 256 * 1024
_DAMAGED = (
    ArchiveLoadFailed, StatusAndHeadersParserException, zlib.error,
    EOFError, ValueError, KeyError, IndexError, AttributeError, TypeError,
)  # fmt: skip
"""What warcio and zlib raise of bytes that are no record."""


class DamagedRecord(Exception):
    """Bytes that should be a record and are none; says why."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A page as it goes into a file.

    Args:
        data: the gzip members of response and request.
        warc_id: ``WARC-Record-ID`` of the response.
        payload_sha256: of the body, in hex.
    """

    data: bytes
    warc_id: str
    payload_sha256: str


@dataclass(frozen=True, slots=True)
class Capture:
    """A page that was read out of an archive.

    Args:
        entry: what lists had told of it.
        warc_id: ``WARC-Record-ID`` of the response.
        payload_digest: ``WARC-Payload-Digest``, as written.
        response_length: bytes of the response's own member.
    """

    page: Page
    entry: FrontierEntry
    warc_id: str
    payload_digest: str
    response_length: int


class _Head(StatusAndHeaders):  # type: ignore[misc]
    """The head of an HTTP message, byte by byte as it came (RFC 9110 §5.5: what is no ASCII is opaque)."""

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self.to_bytes(header_filter, encoding="latin-1")


class _Writer(WARCWriter):  # type: ignore[misc]
    """Writes records without gzip, which is added here; digests are SHA-256."""

    def __init__(self, out: BinaryIO) -> None:
        super().__init__(out, gzip=False, warc_version=VERSION)

    @staticmethod
    def _create_digester() -> Digester:
        return Digester("sha256")


def file_head(name: str, software: str, at: datetime) -> bytes:
    """Return the first record of a file, which says what wrote it (``warcinfo``)."""
    out = BytesIO()
    writer = _Writer(out)
    about = {
        "software": software,
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    }
    record = writer.create_warcinfo_record(name, about)
    record.rec_headers.replace_header("WARC-Date", format_instant(at))
    writer.write_record(record)
    return _member(out.getvalue())


def pack(page: Page, entry: FrontierEntry) -> Packed:
    """Return a page as two records of an archive, each a gzip member.

    Values of cookies and credentials are left out. Headers that speak of the body on the wire get a
    name that says so, as other crawlers do it, because the body is kept unpacked.

    Args:
        entry: what lists told of it.
    """
    payload = hashlib.sha256(page.body)
    told = {
        ASKED_URI: page.url if page.url != page.final_url else None,
        TOLD_TITLE: entry.title,
        TOLD_DATE: f"{entry.published.at};{entry.published.precision}" if entry.published else None,
    }
    common = {"WARC-Date": format_instant(page.fetched_at), "WARC-Target-URI": page.final_url}
    out = BytesIO()
    writer = _Writer(out)
    response = writer.create_warc_record(
        page.final_url,
        "response",
        payload=BytesIO(page.body),
        length=len(page.body),
        http_headers=_response_head(page),
        warc_headers_dict={
            **common,
            "WARC-Payload-Digest": f"sha256:{b32encode(payload.digest()).decode()}",
            **{name: _one_line(value) for name, value in told.items() if value},
        },
    )
    writer.write_record(response)
    data = _member(out.getvalue())
    warc_id: str = response.rec_headers.get_header("WARC-Record-ID")
    if page.exchange is not None:
        out.seek(0)
        out.truncate()
        request = writer.create_warc_record(
            page.final_url,
            "request",
            http_headers=_request_head(page),
            warc_headers_dict={**common, "WARC-Concurrent-To": warc_id},
        )
        writer.write_record(request)
        data += _member(out.getvalue())
    return Packed(data, warc_id, payload.hexdigest())


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _member(record: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return packer.compress(record) + packer.flush()


MEMBER_BEGINNING = _member(b"")[:10]
"""The head of every gzip member that is written here: no name, no time (RFC 1952 §2.3)."""


def _response_head(page: Page) -> _Head:
    received = page.exchange.received if page.exchange else tuple(page.headers.items())
    protocol = page.exchange.protocol if page.exchange else "HTTP/1.1"
    kept = [
        (f"{_ORIGINAL}{name}" if name.lower() in _OF_TRANSFER else name, value)
        for name, value in _fit_to_keep(received)
    ]
    try:
        status_line = f"{page.status} {HTTPStatus(page.status).phrase}"
    except ValueError:
        status_line = f"{page.status} "
    return _Head(status_line, [*kept, ("Content-Length", str(len(page.body)))], protocol)


def _request_head(page: Page) -> _Head:
    assert page.exchange is not None
    parts = urlsplit(page.final_url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Head(f"{target} HTTP/1.1", list(_fit_to_keep(page.exchange.sent)), page.exchange.method)


def _fit_to_keep(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        yield name, _NOT_KEPT if name.lower() in _SECRET else value.replace("\r", " ").replace("\n", " ")


def unpack(data: bytes) -> Capture:
    """Return the page that such bytes hold.

    Raises:
        DamagedRecord: they hold none, or its body is not what its digest says.
    """
    try:
        stream = zlib.decompressobj(_GZIP)
        plain = stream.decompress(data) + stream.flush()
        if not stream.eof:
            raise DamagedRecord("the record is cut off")
        response_length = len(data) - len(stream.unused_data)
        record = ArcWarcRecordLoader().parse_record_stream(BytesIO(plain), no_record_parse=True)
        return _capture(record, response_length)
    except _DAMAGED as error:
        raise DamagedRecord(f"no record can be read ({error})") from error


def _capture(record: ArcWarcRecord, response_length: int) -> Capture:
    head = record.rec_headers
    if record.rec_type != "response":
        raise DamagedRecord(f"the record is of the type {record.rec_type}, not a response")
    # Not parsed by warcio, which takes bytes for UTF-8 where they can be; a page's headers are Latin-1.
    http, _, body = record.raw_stream.read().partition(b"\r\n\r\n")
    status_line, *lines = http.decode("latin-1").split("\r\n")
    digest: str = head.get_header("WARC-Payload-Digest")
    if digest != f"sha256:{b32encode(hashlib.sha256(body).digest()).decode()}":
        raise DamagedRecord("the body is not what its digest says")
    target: str = head.get_header("WARC-Target-URI")
    asked: str = head.get_header(ASKED_URI) or target
    at, _, precision = (head.get_header(TOLD_DATE) or "").partition(";")
    page = Page(
        asked,
        target,
        body,
        parse_instant(head.get_header("WARC-Date")).astimezone(UTC),
        int(status_line.split(" ", 2)[1]),
        {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)},
    )
    published = Published(at, Precision(precision)) if at else None
    entry = FrontierEntry(asked, head.get_header(TOLD_TITLE), published=published)
    return Capture(page, entry, head.get_header("WARC-Record-ID"), digest, response_length)


def whole_members(file: BinaryIO, offset: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield (offset, length, first bytes) of every whole gzip member from `offset` on.

    The end of the last one is the end of what is whole; what follows, if anything, is none.

    Args:
        file: seekable; read a piece at a time.
    """
    file.seek(offset)
    rest = b""
    while True:
        stream, begin, length = zlib.decompressobj(_GZIP), b"", 0
        while not stream.eof:
            data = rest or file.read(_CHUNK_BYTES)
            if not data:
                return
            rest = b""
            if length == 0:
                if len(data) < len(MEMBER_BEGINNING):  # it may only be divided between two reads
                    data += file.read(_CHUNK_BYTES)
                if data[: len(MEMBER_BEGINNING)] != MEMBER_BEGINNING:
                    return
            try:
                plain = stream.decompress(data)
            except zlib.error:
                return
            begin += plain[: 4096 - len(begin)]
            length += len(data)
        rest = stream.unused_data
        length -= len(rest)
        yield offset, length, begin
        offset += length


def target_uris(beginning: bytes) -> tuple[str, ...]:
    """Return the addresses that the first bytes of an unpacked record name."""
    head = beginning.partition(b"\r\n\r\n")[0].decode("utf-8", errors="replace")
    fields = (line.partition(": ") for line in head.split("\r\n"))
    wanted = ("warc-target-uri", ASKED_URI.lower())
    return tuple(value for name, _, value in fields if name.lower() in wanted)
