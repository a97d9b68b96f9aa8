"""A folder of saved pages with a table of where they came from: ``urls.tsv``, read like a WARC file.

Each line is ``FILE TAB URL TAB TIME``; FILE is in the folder, TIME is ISO 8601, UTC where it names no zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crawler.archive.byte_file import ByteFile
from crawler.archive.record import Record, Refuse
from crawler.decision import Decision, Outcome

TABLE = "urls.tsv"
"""The name of the table in its folder."""
_MOST_LINE_BYTES = 1 << 16


def records(table: Path, start: int, end: int, refuse: Refuse, max_bytes: int) -> Iterator[Record]:
    """Yield a record for each line that begins at `start` or behind it and before `end`.

    Args:
        refuse: asked before a page's file is opened.
        max_bytes: a larger page is too large.

    Raises:
        OSError: the table cannot be read.
    """
    folder = table.parent.resolve()
    with ByteFile(table) as file:
        at = start if start == 0 else _line_end(file, start - 1)
        while at < min(end, file.size):
            after = _line_end(file, at)
            line = file.at(at, min(after - at, _MOST_LINE_BYTES)).decode("utf-8", "replace").strip("\r\n")
            if line.strip() and not line.startswith("#"):
                yield _record(folder, at, line, refuse, max_bytes)
            at = after


def _line_end(file: ByteFile, start: int) -> int:
    found = file.find(b"\n", start, file.size)
    return file.size if found < 0 else found + 1


def _record(folder: Path, at: int, line: str, refuse: Refuse, max_bytes: int) -> Record:
    parts = line.split("\t")
    if len(parts) != 3 or not parts[0]:
        return Record(at, {}, refusal=_damaged("the line is not FILE, URL and TIME with tabs between them"))
    name, url, time = parts
    headers = {"warc-type": "resource", "warc-target-uri": url.strip(), "warc-date": time.strip()}
    if refusal := refuse(headers):
        return Record(at, headers, refusal=refusal)
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            return Record(at, headers, refusal=_damaged("the table names a file that is not in its folder"))
        with path.open("rb") as file:
            block = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name cannot be one"
        return Record(at, headers, refusal=_damaged(f"the file cannot be read ({reason})"))
    if len(block) > max_bytes:
        detail = f"the file has more than {max_bytes} bytes"
        return Record(at, headers, refusal=Decision.failed(Outcome.TOO_LARGE, detail))
    return Record(at, headers, block)


def _damaged(detail: str) -> Decision:
    return Decision.failed(Outcome.DAMAGED, detail)
