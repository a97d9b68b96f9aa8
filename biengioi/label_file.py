"""A file of labels, JSON lines, that grows by one line with each answer and loses none of them."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from crawler.bounded import read_file
from crawler.errors import UsageError

MAX_LABELS_BYTES = 256 << 20
"""Of a file of labels: some 50,000 whole articles."""
_OUR_LINE = b'{"id": "'


class LabelFile:
    """A labels file open for more; a context manager. Another process cannot open it meanwhile.

    A last line that a kill cut off is removed. A file without a line is not left behind.

    Args:
        path: made where it is not.

    Raises:
        UsageError: it cannot be written, is no labels file, or another process labels into it.
    """

    def __init__(self, path: Path) -> None:
        if path.suffix == ".gz":
            raise UsageError(f"{path} would be packed; name a file without .gz.")
        if path.exists() and not path.is_file():
            raise UsageError(f"{path} is no file that lines could be added to; name another one.")
        self._path = path
        self._starts: list[int] = []
        try:
            self._file = path.open("a+b", buffering=0)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._mend()
            self.ids = labelled_ids(path)
        except BlockingIOError as error:
            self._file.close()
            raise UsageError(f"Somebody labels into {path} at this moment; name another file.") from error
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not os.fstat(self._file.fileno()).st_size:
            self._path.unlink(missing_ok=True)
        self._file.close()

    def append(self, row: dict[str, Any]) -> None:
        """Add a line; it is on the disk when this returns."""
        self._starts.append(os.fstat(self._file.fileno()).st_size)
        self._write(f"{json.dumps(row, ensure_ascii=False)}\n".encode())

    def take_back(self) -> None:
        """Remove the last line that was added."""
        self._file.truncate(self._starts.pop())
        os.fsync(self._file.fileno())

    def _write(self, line: bytes) -> None:
        left = memoryview(line)
        try:
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._unwritable(error) from error

    def _mend(self) -> None:
        content = read_file(self._path, MAX_LABELS_BYTES)
        if not content or content.endswith(b"\n"):
            return
        start = content.rfind(b"\n") + 1
        try:
            json.loads(content[start:])
            self._write(b"\n")
        except ValueError:
            if content[start:].startswith(_OUR_LINE):
                self._file.truncate(start)

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(f"{self._path} cannot be written ({error.strerror}); name another file.")


def labelled_ids(path: Path) -> set[str]:
    """Return the ids of a labels file; none where there is no file.

    Raises:
        UsageError: a line is no JSON object with id and label.
    """
    found = set()
    try:
        lines = read_file(path, MAX_LABELS_BYTES).splitlines()
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); name another file.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            row["label"]
            found.add(str(row["id"]))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise UsageError(
                f"{path}: line {number} is no JSON object with id and label; name another file with --output."
            ) from error
    return found
