"""The records of a WARC file (WARC 1.1, iipc.github.io/warc-specifications), packed or not.

Written for archives of which nearly nothing is wanted. Usually each record is a gzip member of its own,
so a record's headers are unpacked first, and the rest of a member whose record nobody wants is not: the
next member is where a gzip header stands behind the length that this one must have had (RFC 1952 §2.3.1,
ISIZE). What is damaged costs the records that it touches, and reading goes on at the next one.
"""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterator
from typing import Protocol

from crawler.archive.byte_file import ByteFile
from crawler.archive.record import Headers, Record, Refuse
from crawler.decision import Decision, Outcome

GZIP = b"\x1f\x8b\x08"
"""How a gzip member begins that is packed as all are (RFC 1952 §2.3)."""
_VERSION = b"WARC/"
MARKS = (GZIP, _VERSION)
"""How a file of records begins, packed or not."""
_BLANK_LINE = b"\r\n\r\n"
_GZIP_WRAPPING = 31
"""What `zlib` calls gzip."""
_HEAD_BYTES = 1024
_MOST_HEAD_BYTES = 1 << 16
_STEP_BYTES = 1 << 16
_FIRST_STEP_BYTES = 768
_LEAST_MEMBER_BYTES = 18
"""A gzip header and trailer."""
_MOST_SKIPPED_BYTES = 16 << 20
"""A larger block is unpacked and thrown away: a search for its end might have to be given up late."""
_LENGTH_MODULUS = 1 << 32
"""ISIZE is the length modulo this."""
_LENGTHS = frozenset("0123456789")


class _Damaged(Exception):
    """What is here is no record, or no gzip."""


class _Cut(_Damaged):
    """The file ends within a record."""


class _Stream(Protocol):
    """Bytes of a file, unpacked where they are packed."""

    @property
    def end(self) -> int:
        """Where in the file it stands."""
        ...

    def peek(self, count: int) -> bytes: ...

    def take(self, count: int) -> bytes: ...

    def skip(self, count: int) -> None: ...

    def is_over(self) -> bool: ...


class _Member:
    """What one gzip member holds."""

    def __init__(self, file: ByteFile, start: int) -> None:
        self._file = file
        self.end = start
        self._stream = zlib.decompressobj(_GZIP_WRAPPING)
        self._step = _FIRST_STEP_BYTES
        self._out = bytearray()

    def peek(self, count: int) -> bytes:
        self._fill(count)
        return bytes(self._out[:count])

    def take(self, count: int) -> bytes:
        self._fill(count)
        if len(self._out) < count:
            raise _Damaged
        taken = bytes(self._out[:count])
        del self._out[:count]
        return taken

    def skip(self, count: int) -> None:
        while count > 0:
            part = min(count, _STEP_BYTES)
            self.take(part)
            count -= part

    def is_over(self) -> bool:
        self._fill(1)
        return not self._out

    def _fill(self, count: int) -> None:
        while len(self._out) < count and not self._stream.eof:
            packed = self._file.at(self.end, self._step)
            if not packed:
                raise _Cut
            try:
                self._out += self._stream.decompress(packed, max(count - len(self._out), _HEAD_BYTES))
            except zlib.error as error:
                raise _Damaged from error
            rest = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
            self.end += len(packed) - len(rest)
            self._step = _STEP_BYTES


class _Plain:
    """One record that is not packed, and what follows."""

    def __init__(self, file: ByteFile, start: int) -> None:
        self._file = file
        self.end = start

    def peek(self, count: int) -> bytes:
        return self._file.at(self.end, count)

    def take(self, count: int) -> bytes:
        self._require(count)
        taken = self._file.at(self.end, count)
        self.end += count
        return taken

    def skip(self, count: int) -> None:
        self._require(count)
        self.end += count

    def _require(self, count: int) -> None:
        if self.end + count > self._file.size:
            self.end = self._file.size
            raise _Cut

    def is_over(self) -> bool:
        return True


def records(file: ByteFile, start: int, end: int, refuse: Refuse, max_block_bytes: int) -> Iterator[Record]:
    """Yield the records that begin at `start` or behind it and before `end`, in their order.

    Args:
        start: 0, or anywhere in the file: the first record is searched for.
        refuse: asked before a record's block is unpacked.
        max_block_bytes: a record with more is too large.
    """
    at: int | None = start if start == 0 else _next_record(file, start)
    while at is not None and at < min(end, file.size):
        if file.at(at, len(GZIP)) == GZIP:
            at = yield from _read(file, at, _Member(file, at), refuse, max_block_bytes)
        elif file.at(at, len(_VERSION)) == _VERSION:
            at = yield from _read(file, at, _Plain(file, at), refuse, max_block_bytes)
        else:
            after = _next_record(file, at)
            if file.at(at, min((after or file.size) - at, _STEP_BYTES)).strip(b"\0\r\n"):
                yield Record(at, {}, refusal=_damaged("there is no record here"))
            at = after


def _read(
    file: ByteFile, at: int, stream: _Stream, refuse: Refuse, max_block_bytes: int
) -> Generator[Record, None, int | None]:
    """Yield the records of a member, or the one that is not packed; return where the next begins."""
    headers: Headers = {}
    refusal: Decision | None = None
    is_first, is_told = True, False
    try:
        while True:
            headers, refusal, is_told = {}, None, False
            headers, length, head_length = _head(stream)
            refusal = refuse(headers)
            if refusal is None and length > max_block_bytes:
                detail = f"the record has {length} bytes, at most {max_block_bytes} are read"
                refusal = Decision.failed(Outcome.TOO_LARGE, detail)
            if refusal is None:
                block = stream.take(length)
                _skip_blank_line(stream)
                is_over = stream.is_over()  # which tells whether a member is whole
                if not _is_followed_well(stream):
                    raise _Damaged
                yield Record(at, headers, block)
            else:
                is_told = True
                yield Record(at, headers, refusal=refusal)
                is_alone = is_first and isinstance(stream, _Member)
                if is_alone and (after := _after_single(file, at, head_length + length + len(_BLANK_LINE))):
                    return after
                stream.skip(length)
                _skip_blank_line(stream)
                is_over = stream.is_over()
            if is_over:
                return stream.end
            is_first = False
    except _Damaged as error:
        if not is_told:
            if isinstance(error, _Cut):
                failure = Decision.failed(Outcome.TRUNCATED, "the file ends within the record")
            else:
                failure = _damaged("the record cannot be unpacked or read")
            yield Record(at, headers, refusal=refusal or failure)
        return _next_record(file, at + 1)


def _damaged(detail: str) -> Decision:
    return Decision.failed(Outcome.DAMAGED, detail)


def _head(stream: _Stream) -> tuple[Headers, int, int]:
    """Return a record's headers, the length of its block, and that of the headers; the stream is behind them.

    Raises:
        _Damaged: there are none.
    """
    size = _HEAD_BYTES
    while (end := (head := stream.peek(size)).find(_BLANK_LINE)) < 0:
        if len(head) < size or size >= _MOST_HEAD_BYTES:
            raise _Damaged
        size *= 4
    if not head.startswith(_VERSION):
        raise _Damaged
    headers: dict[str, str] = {}
    name = ""
    for line in head[:end].decode("utf-8", "replace").split("\r\n")[1:]:
        if line[:1] in (" ", "\t"):  # a line that goes on
            headers[name] = f"{headers.get(name, '')} {line.strip()}"
            continue
        name, _, value = line.partition(":")
        name = name.strip().lower()
        headers[name] = value.strip()
    length = headers.get("content-length", "")
    if not length or not _LENGTHS.issuperset(length):
        raise _Damaged
    stream.skip(end + len(_BLANK_LINE))
    return headers, int(length), end + len(_BLANK_LINE)


def _skip_blank_line(stream: _Stream) -> None:
    ahead = stream.peek(len(_BLANK_LINE))
    stream.skip(len(ahead) - len(ahead.lstrip(b"\r\n")))


def _is_followed_well(stream: _Stream) -> bool:
    """Whether a record, or nothing, comes next, so that the one before had the length that it says."""
    ahead = stream.peek(len(_VERSION))
    return ahead.startswith(MARKS) or not ahead.strip(b"\0")


def _after_single(file: ByteFile, at: int, size: int) -> int | None:
    """Return where the gzip member at `at` ends if it holds exactly `size` bytes, without unpacking it."""
    if size > _MOST_SKIPPED_BYTES:
        return None
    wanted = size % _LENGTH_MODULUS
    # What cannot be packed grows by 5 bytes in 16 KB (RFC 1951 §3.2.4), and by a header.
    limit = at + size + size // 1000 + _FIRST_STEP_BYTES
    found = file.find(GZIP, at + _LEAST_MEMBER_BYTES, limit)
    while found >= 0:
        if _unpacked_size(file, found) == wanted:
            return found
        if _begins_record(file, found):
            return None  # something is wrong with this member, or it holds more
        found = file.find(GZIP, found + 1, limit)
    return file.size if limit >= file.size and _unpacked_size(file, file.size) == wanted else None


def _unpacked_size(file: ByteFile, end: int) -> int:
    """Return the ISIZE of the gzip member that ends at `end` (RFC 1952 §2.3.1)."""
    return int.from_bytes(file.at(end - 4, 4), "little")


def _next_record(file: ByteFile, start: int) -> int | None:
    """Return where the first record begins at `start` or behind it; None if there is none."""
    while start < file.size:
        stop = start + _STEP_BYTES
        found = [at for mark in MARKS if (at := _first(file, mark, start, stop)) is not None]
        if found:
            return min(found)
        start = stop
    return None


def _first(file: ByteFile, mark: bytes, start: int, stop: int) -> int | None:
    """Return where the first record begins with `mark` between two positions."""
    at = file.find(mark, start, stop + len(mark) - 1)
    while at >= 0 and not _begins_record(file, at):
        at = file.find(mark, at + 1, stop + len(mark) - 1)
    return at if at >= 0 else None


def _begins_record(file: ByteFile, at: int) -> bool:
    is_packed = file.at(at, len(GZIP)) == GZIP
    try:
        _head(_Member(file, at) if is_packed else _Plain(file, at))
    except _Damaged:
        return False
    return True
