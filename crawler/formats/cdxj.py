"""Indexes of web archives (CDXJ): a sorted line for each page, by which replay tools find it. Pure."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes, urlsplit

import orjson

if TYPE_CHECKING:
    from crawler.formats.warc import Capture

_WWW = re.compile(r"^www\d*\.")
_SLASHES = re.compile("/{2,}")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def line_of(capture: Capture, file: str, offset: int) -> str:
    """Return the line of a page, without a line feed.

    Args:
        file: its archive.
        offset: bytes of that before its response.
    """
    page = capture.page
    about = {
        "url": page.final_url,
        "mime": (page.headers.get("content-type") or "unk").partition(";")[0].strip().lower(),
        "status": str(page.status),
        "digest": capture.payload_digest,
        "length": str(capture.response_length),
        "offset": str(offset),
        "filename": file,
    }
    return f"{url_key(page.final_url)} {page.fetched_at:%Y%m%d%H%M%S} {orjson.dumps(about).decode()}"


def url_key(url: str) -> str:
    """Return the key by which an address is sorted: its host reversed, its letters small (SURT).

    The host loses ``www.``, the path its last slash and doubled ones, the query is sorted.
    """
    parts = urlsplit(url)
    host = _WWW.sub("", (parts.hostname or "").lower())
    port = f":{parts.port}" if parts.port not in (None, _DEFAULT_PORTS.get(parts.scheme)) else ""
    path = _SLASHES.sub("/", _escaped(parts.path)).rstrip("/") or "/"
    query = "&".join(sorted(_escaped(one) for one in parts.query.split("&") if one))
    return f"{','.join(reversed(host.split('.')))}{port}){path}{f'?{query}' if query else ''}".lower()


def _escaped(text: str) -> str:
    return quote(unquote_to_bytes(text), safe="/:@!$'()*+,;=-._~")


def compressed(lines: Iterable[str], name: str, block_count: int = 1024) -> Iterator[tuple[bytes, str]]:
    """Yield sorted lines as gzip members, and with each its line for the index of that file (ZipNum).

    Args:
        name: of the file that the members go into.
        block_count: lines of one member.
    """
    waiting: list[str] = []
    offset = 0
    for line in (*lines, None):
        if line is not None:
            waiting.append(line)
        if waiting and (line is None or len(waiting) == block_count):
            data = gzip.compress("".join(f"{one}\n" for one in waiting).encode(), mtime=0)
            about = orjson.dumps({"offset": offset, "length": len(data), "filename": name}).decode()
            yield data, f"{waiting[0].partition(' {')[0]} {about}"
            offset += len(data)
            waiting = []
