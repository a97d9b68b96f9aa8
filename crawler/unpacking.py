"""Content codings: bodies unpacked up to a size limit and to their end, or refused by name.

From the live web and from archives alike.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping

import brotli

from crawler.decision import Decision, Outcome

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_CHUNK_BYTES = 64 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_GZIP, _ZLIB, _RAW = 31, 15, -15
"""What `zlib` calls the three wrappings of one and the same stream (RFC 1950-1952)."""


class Unreadable(Exception):
    """A body that is cut off, broken or a bomb; `decision` says which."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        super().__init__(decision.detail)


class _Truncated(Exception):
    """A compressed body ends before its stream does."""


def unpacked(body: bytes, coding: str, max_bytes: int) -> bytes:
    """Return a body without one content coding (RFC 9110 §8.4.1); as it is for an unknown word.

    Servers write charsets and "none" there; a coding that nobody asked for will not be readable anyway.

    Args:
        max_bytes: how long the result may be.

    Raises:
        Unreadable: the body is cut off, is not what the coding says, or unpacks to too much.
    """
    unpack = UNPACKERS.get(coding.removeprefix("x-"))
    if unpack is None:
        return body
    parts: list[bytes] = []
    size = 0
    try:
        for part in unpack(body):
            parts.append(part)
            size += len(part)
            if size > max_bytes:
                detail = f"the {coding} body of {len(body)} bytes unpacks to more than {max_bytes}"
                raise Unreadable(Decision.failed(Outcome.TOO_LARGE, detail))
        return b"".join(parts)
    except _Truncated:
        detail = f"the {coding} body ends before its end, after {len(body)} bytes"
        raise Unreadable(Decision.failed(Outcome.TRUNCATED, detail)) from None
    except (zlib.error, brotli.error, zstd.ZstdError) as error:
        detail = f"the body is not {coding}, which its Content-Encoding says ({error})"
        raise Unreadable(Decision.failed(Outcome.BAD_RESPONSE, detail)) from error
    finally:
        parts.clear()  # an error keeps this frame, and with it a bomb, until the garbage is collected


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
            raise _Truncated
        yield chunk
    return stream.unused_data


def _unbrotli(body: bytes) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    while not stream.is_finished():
        chunk = stream.process(body, output_buffer_limit=_CHUNK_BYTES)
        body = b""
        if not chunk and not stream.is_finished():
            raise _Truncated
        yield chunk


def _unzstd(body: bytes) -> Iterator[bytes]:
    """Yield what the frames of a zstd body hold (RFC 8878 §3.1); what follows the last one is padding."""
    while True:
        stream = zstd.ZstdDecompressor()
        while not stream.eof:
            chunk = stream.decompress(body, _CHUNK_BYTES)
            body = b""
            if not chunk and stream.needs_input:
                raise _Truncated
            yield chunk
        body = stream.unused_data
        if not body.startswith(_ZSTD_MAGIC):
            return


UNPACKERS: Mapping[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "deflate": _deflated,
    "br": _unbrotli,
    "zstd": _unzstd,
}
"""Content coding → what yields a body without it."""
