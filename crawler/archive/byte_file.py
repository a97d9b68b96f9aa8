"""A file read by position, a part at a time: archives are larger than memory."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

_PART_BYTES = 1 << 20


class ByteFile:
    """The bytes of a file by their positions; a context manager.

    Raises:
        OSError: it cannot be opened or read.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self._descriptor).st_size
        self._start, self._part = 0, b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def at(self, start: int, count: int) -> bytes:
        """Return so many bytes from `start` on; fewer at the end of the file."""
        first = start - self._start
        if not 0 <= first <= first + count <= len(self._part):
            if count > _PART_BYTES:
                return self._read(start, count)
            self._start, self._part, first = start, self._read(start, _PART_BYTES), 0
        return self._part[first : first + count]

    def find(self, needle: bytes, start: int, stop: int) -> int:
        """Return where `needle` stands first, all of it from `start` on and before `stop`; -1 for nowhere."""
        stop = min(stop, self.size)
        while start + len(needle) <= stop:
            if not self._start <= start < self._start + len(self._part) - len(needle):
                self._start, self._part = start, self._read(start, _PART_BYTES)
                if len(self._part) < len(needle):
                    return -1
            found = self._part.find(needle, start - self._start, stop - self._start)
            if found >= 0:
                return self._start + found
            start = self._start + len(self._part) - len(needle) + 1
        return -1

    def _read(self, start: int, count: int) -> bytes:
        parts = []
        while count > 0 and (part := os.pread(self._descriptor, count, start)):
            parts.append(part)
            start, count = start + len(part), count - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)
