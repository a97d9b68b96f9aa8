"""ZIP files written to whatever takes bytes: a file, a pipe, a device that does not tell where it stands."""

from __future__ import annotations

from typing import BinaryIO, cast
from zipfile import ZIP_STORED, ZipFile


class _Stream:
    """Takes bytes and no more: without `tell`, the `zipfile` module counts what it wrote itself."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def zip_into(file: BinaryIO, packing: int = ZIP_STORED) -> ZipFile:
    """Return a new ZIP that is written into `file`, which need not be seekable."""
    return ZipFile(cast("BinaryIO", _Stream(file)), "w", packing)
