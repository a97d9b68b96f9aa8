"""Content encodings: unpacked up to the size limit and to their end, or booked as what they are.

Scrapy's own middleware hands on what it could read of a body that was cut off, ignores one that
unpacks to too much, and raises whatever its libraries raise.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping

import brotli
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.decision import Decision, Outcome
from spiders.outcomes import RequestRefused

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ORIGINAL_CODING = "X-Archive-Orig-Content-Encoding"
"""The header that says, as in archives, how a body came that is unpacked now."""
_CHUNK_BYTES = 64 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_GZIP, _ZLIB, _RAW = 31, 15, -15
"""What `zlib` calls the three wrappings of one and the same stream (RFC 1950-1952)."""


class Truncated(Exception):
    """A compressed body ends before its stream does."""


class BoundedCompressionMiddleware:
    """Unpacks the bodies that will be read; a body that is cut, broken or a bomb fails by name."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BoundedCompressionMiddleware:
        """Build it as Scrapy does."""
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Request) -> None:
        """Say which encodings can be read."""
        request.headers.setdefault("Accept-Encoding", ", ".join(_UNPACKERS))

    def process_response(self, request: Request, response: Response) -> Response:
        """Return the response unpacked, or raise RequestRefused with what is wrong with its body.

        Of an error only the status is read, so its body stays as it is.
        """
        codings = [
            coding.strip().lower()
            for line in response.headers.getlist("Content-Encoding")
            for coding in line.decode("latin-1").split(",")
        ]
        if not codings or not response.body or not 200 <= response.status < 300:
            return response
        body = response.body
        max_bytes = request.meta.get("download_maxsize") or self._max_bytes
        for coding in reversed(codings):  # they stand in the order in which they were applied
            body = unpacked(body, coding, max_bytes)
        unpacked_response = response.replace(body=body)
        headers = unpacked_response.headers
        headers.setlist(ORIGINAL_CODING, headers.getlist("Content-Encoding"))
        del headers["Content-Encoding"]
        return unpacked_response


def unpacked(body: bytes, coding: str, max_bytes: int) -> bytes:
    """Return a body without one content coding (RFC 9110 §8.4.1); as it is for an unknown word.

    Servers write charsets and "none" there; a coding that nobody asked for will not be readable anyway.

    Args:
        max_bytes: how long the result may be.

    Raises:
        RequestRefused: the body is cut off, is not what the coding says, or unpacks to too much.
    """
    unpack = _UNPACKERS.get(coding.removeprefix("x-"))
    if unpack is None:
        return body
    parts, size = [], 0
    try:
        for part in unpack(body):
            parts.append(part)
            size += len(part)
            if size > max_bytes:
                detail = f"the {coding} body of {len(body)} bytes unpacks to more than {max_bytes}"
                raise RequestRefused(Decision.failed(Outcome.TOO_LARGE, detail))
    except Truncated:
        detail = f"the {coding} body ends before its end, after {len(body)} bytes"
        raise RequestRefused(Decision.failed(Outcome.TRUNCATED, detail)) from None
    except (zlib.error, brotli.error, zstd.ZstdError) as error:
        detail = f"the body is not {coding}, which its Content-Encoding says ({error})"
        raise RequestRefused(Decision.failed(Outcome.BAD_RESPONSE, detail)) from error
    return b"".join(parts)


def _gunzip(body: bytes) -> Iterator[bytes]:
    """Yield what the members of a gzip file hold; what follows the last one is padding."""
    while True:
        body = yield from _inflated(body, _GZIP)
        if not body.startswith(_GZIP_MAGIC):
            return


def _deflated(body: bytes) -> Iterator[bytes]:
    """Yield what a "deflate" body holds: a zlib stream by the standard, a raw one from some servers."""
    is_zlib = len(body) < 2 or (body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0)
    yield from _inflated(body, _ZLIB if is_zlib else _RAW)


def _inflated(body: bytes, wrapping: int) -> Generator[bytes, None, bytes]:
    """Yield the chunks of one stream, and return the bytes behind it."""
    stream = zlib.decompressobj(wrapping)
    while not stream.eof:
        chunk = stream.decompress(body, _CHUNK_BYTES)
        body = stream.unconsumed_tail
        if not chunk and not body and not stream.eof:
            raise Truncated
        yield chunk
    return stream.unused_data


def _unbrotli(body: bytes) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    while not stream.is_finished():
        chunk = stream.process(body, output_buffer_limit=_CHUNK_BYTES)
        body = b""
        if not chunk and not stream.is_finished():
            raise Truncated
        yield chunk


def _unzstd(body: bytes) -> Iterator[bytes]:
    """Yield what the frames of a zstd body hold (RFC 8878 §3.1); what follows the last one is padding."""
    while True:
        stream = zstd.ZstdDecompressor()
        while not stream.eof:
            chunk = stream.decompress(body, _CHUNK_BYTES)
            body = b""
            if not chunk and stream.needs_input:
                raise Truncated
            yield chunk
        body = stream.unused_data
        if not body.startswith(_ZSTD_MAGIC):
            return


_UNPACKERS: Mapping[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "deflate": _deflated,
    "br": _unbrotli,
    "zstd": _unzstd,
}
