"""Seeds that are gzip files: known by their content, whatever their name and headers say."""

from __future__ import annotations

import zlib
from dataclasses import replace

from crawler.page import Page

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = zlib.MAX_WBITS | 16
"""Reads a gzip header and nothing else (zlib manual, inflateInit2)."""
_CHUNK_BYTES = 8 * 1024


def is_packed(body: bytes) -> bool:
    """Whether `body` is a gzip file (RFC 1952 §2.3.1)."""
    return body.startswith(_GZIP_MAGIC)


def unpacked(page: Page, max_bytes: int) -> Page | str:
    """Return the page with its gzip file unpacked, or why that cannot be; other pages as they are.

    All members of the file count; what stands behind the last is ignored, as gunzip does.

    Args:
        max_bytes: after unpacking.
    """
    parts: list[bytes] = []
    place, room = 0, max_bytes + 1
    while page.body.startswith(_GZIP_MAGIC, place):
        member = zlib.decompressobj(_GZIP_WINDOW)
        while not member.eof and room > 0 and place < len(page.body):
            chunk = page.body[place : place + _CHUNK_BYTES]
            try:
                parts.append(member.decompress(chunk, room))
            except zlib.error as error:
                return f"its gzip data is broken ({error})"
            room -= len(parts[-1])
            place += len(chunk) - len(member.unused_data) - len(member.unconsumed_tail)
        if room <= 0:
            return f"it unpacks to more than {max_bytes} bytes"
        if not member.eof:
            return "its gzip data is broken (it ends too early)"
    return replace(page, body=b"".join(parts)) if place else page
