"""Files that a person names, read up to a bound: a device has no end, and a typing error may name one."""

from __future__ import annotations

from pathlib import Path

from crawler.errors import UsageError

MAX_TEXT_BYTES = 64 << 20
"""Of a saved page, a corpus file or a line of JSON."""
MAX_DECLARATION_BYTES = 4 << 20
"""Of a TOML file; a thousand times what the longest has."""


def read_file(path: Path, max_bytes: int) -> bytes:
    """Return what a file holds.

    Raises:
        UsageError: it holds more than `max_bytes`.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise UsageError(f"{path} is larger than {max_bytes >> 20} MiB, which no such file is.")
    return data
