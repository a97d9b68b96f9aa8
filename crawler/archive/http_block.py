"""The page in a record: an HTTP answer as it came over the wire, or as its archive has unpacked it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from crawler.archive.record import Headers
from crawler.article import Precision, Published
from crawler.decision import OUTCOME_OF_STATUS, Decision, Outcome, Rejection
from crawler.formats.warc import ASKED_URI, TOLD_DATE, TOLD_TITLE
from crawler.page import FrontierEntry, Page
from crawler.unpacking import Unreadable, unpacked

_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})(?!\d)")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_CHUNK_SIZE = re.compile(rb"\s*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]{0,1000})?\r?\n")
_HTML_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]{0,200}+>\s*+)?(?><!--(?>.{0,2000}?-->)\s*+){0,5}+(?:<!doctype\s+html|<html[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_TELLS_NOTHING = frozenset({
    "", "text/plain", "text/xml", "application/xml", "application/octet-stream", "binary/octet-stream",
    "application/x-unknown-content-type", "unknown/unknown",
})  # fmt: skip
"""Types by which a page may be HTML or not: there the bytes are asked."""
_LENGTH = re.compile(r"[0-9]{1,18}")
_ASKED_URI, _TOLD_TITLE, _TOLD_DATE = (name.lower() for name in (ASKED_URI, TOLD_TITLE, TOLD_DATE))
NOT_MODIFIED_STATUS = 304
"""An answer without a page: it was as the asker had it (RFC 9110 §15.4.5)."""


def record_time(headers: Headers) -> datetime | None:
    """Return when a record was made, aware UTC, by its WARC-Date; None where it does not say."""
    try:
        moment = datetime.fromisoformat(headers.get("warc-date", ""))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def target(headers: Headers) -> str:
    """Return the address that a record is about; some programs put it between angle brackets."""
    return headers.get("warc-target-uri", "").strip("<>")


def asked(headers: Headers) -> str:
    """Return the address that was asked for: of our own archives where redirects led to the target."""
    return headers.get(_ASKED_URI, "") or target(headers)


def entry_of(headers: Headers, url: str) -> FrontierEntry:
    """Return what the paper's lists told of a page, as our own archives say.

    Args:
        url: the page's address in canonical spelling.
    """
    at, _, precision = headers.get(_TOLD_DATE, "").partition(";")
    try:
        published = Published(at, Precision(precision)) if at else None
        if published is not None:
            published.local_day  # noqa: B018 - raises where it is no date
    except ValueError:
        published = None
    return FrontierEntry(url, headers.get(_TOLD_TITLE), published=published)


def page_of(
    headers: Headers, block: bytes, url: str, fetched_at: datetime, max_bytes: int
) -> Page | Decision:
    """Return the page in a record, or why there is none.

    Args:
        headers: the record's own.
        block: the HTTP answer of a `response`; of a `resource` what was answered.
        max_bytes: of the page, unpacked.
    """
    if cut := headers.get("warc-truncated"):
        return Decision.failed(Outcome.TRUNCATED, f"the archive kept a part of the page ({cut[:100]})")
    if headers.get("warc-type") == "resource":
        kind = {"content-type": headers.get("content-type", "")}
        return _html(Page(url, target(headers), block, fetched_at, headers=kind))
    if not (status_line := _STATUS_LINE.match(block)):
        return Decision.failed(Outcome.BAD_RESPONSE, "the record has no HTTP status")
    status = int(status_line[1])
    end = _END_OF_HEAD.search(block)
    if end is None:
        return Decision.failed(Outcome.TRUNCATED, "the record ends within the headers of its answer")
    answer = _fields(block[status_line.end() : end.start()])
    if status == NOT_MODIFIED_STATUS:
        return Decision.rejected(Rejection.REVISIT_RECORD, f"HTTP {status}")
    if 300 <= status < 400:
        return Decision.rejected(Rejection.REDIRECT, f"HTTP {status}")
    if (outcome := OUTCOME_OF_STATUS[status]) is not Outcome.OK:
        return Decision.failed(outcome, f"HTTP {status}")
    try:
        body = _body(answer, block[end.end() :], max_bytes)
    except Unreadable as error:
        return error.decision
    if len(body) > max_bytes:
        return Decision.failed(Outcome.TOO_LARGE, f"{len(body)} bytes, at most {max_bytes} are read")
    return _html(Page(url, target(headers), body, fetched_at, status, answer))


def _fields(head: bytes) -> dict[str, str]:
    """Return the fields of an HTTP answer, names in lower case, the last of repeated ones."""
    lines = (line.partition(":") for line in head.decode("latin-1").splitlines()[1:])
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}


def _body(answer: Mapping[str, str], body: bytes, max_bytes: int) -> bytes:
    """Return the body without the codings that it still has; many archives keep only their names.

    Raises:
        Unreadable: it is cut off, broken or too large.
    """
    is_chunked = "chunked" in answer.get("transfer-encoding", "").lower()
    whole = _joined(body) if is_chunked else body
    codings = [one.strip().lower() for one in answer.get("content-encoding", "").split(",") if one.strip()]
    length = answer.get("content-length", "")
    if not (is_chunked or codings) and _LENGTH.fullmatch(length) and len(body) < int(length):
        detail = f"{len(body)} bytes of {length} were kept"
        raise Unreadable(Decision.failed(Outcome.TRUNCATED, detail))
    if _HTML_START.match(whole):
        return whole
    for coding in reversed(codings):  # they stand in the order in which they were applied
        whole = unpacked(whole, coding, max_bytes)
    return whole


def _joined(body: bytes) -> bytes:
    """Return a chunked body in one piece (RFC 9112 §7.1); as it is where it was joined before.

    Raises:
        Unreadable: it ends before its last chunk.
    """
    parts: list[bytes] = []
    at = 0
    while size := _CHUNK_SIZE.match(body, at):
        length = int(size[1], 16)
        at = size.end() + length
        parts.append(body[size.end() : at])
        if length == 0:
            return b"".join(parts)
        if at >= len(body):
            break
    if not parts:
        return body
    detail = f"the chunked body ends before its end, after {len(body)} bytes"
    raise Unreadable(Decision.failed(Outcome.TRUNCATED, detail))


def _html(page: Page) -> Page | Decision:
    """Return a page whose type, or where that says nothing whose bytes, are HTML; else that it is none."""
    media_type, semicolon, parameters = page.headers.get("content-type", "").partition(";")
    media_type = media_type.strip().lower()
    if media_type in _HTML_TYPES:
        return page
    if media_type in _TELLS_NOTHING and _HTML_START.match(page.body):
        return replace(page, headers={**page.headers, "content-type": f"text/html{semicolon}{parameters}"})
    return Decision.rejected(Rejection.NOT_HTML, f"its type is {media_type[:100] or 'not told'}")
