"""CSV for spreadsheets and data frames: nothing in it is ever taken for a formula."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any, BinaryIO

_FORMULA = re.compile(r"[\s']*[=+\-@＝＋－＠]|'*[\t\r\n]")
"""How cells begin that a spreadsheet would run (owasp.org/www-community/attacks/CSV_Injection).

Those that begin so behind apostrophes get one more too: taking the first away always gives the
text back.
"""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Many readers end a cell or the file at one of these, and terminals obey some."""


def write_csv(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], file: BinaryIO, *, has_mark: bool = True
) -> int:
    """Write a header and rows as RFC 4180 says, and return how many rows.

    Args:
        has_mark: whether it begins with a byte order mark: without one Excel takes UTF-8 for the local code
            page, with one some programs take it for a part of the first name.
    """
    if has_mark:
        file.write(codecs.BOM_UTF8)
    writer = csv.writer(_Utf8(file))
    writer.writerow(columns)
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 - the last one is the answer
        writer.writerow([safe_cell(value) for value in row])
    return count


def is_csv_of(columns: Collection[str], head: bytes) -> bool:
    """Whether what begins with `head` may have been written by `write_csv`, with some of these columns."""
    header, is_whole, _ = head.removeprefix(codecs.BOM_UTF8).partition(b"\r\n")
    names = header.decode(errors="replace").split(",")
    return head.startswith(codecs.BOM_UTF8) and bool(is_whole) and set(names) <= set(columns)


def safe_cell(value: Any) -> Any:
    """Return what a cell may hold: text without control characters that does not begin a formula."""
    if not isinstance(value, str):
        return value
    clean = _CONTROLS.sub("", value)
    return f"'{clean}" if _FORMULA.match(clean) else clean


def plain_cell(text: str) -> str:
    """Return the text that `safe_cell` made a cell of."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


class _Utf8:
    """A binary file that takes text; unlike TextIOWrapper it never closes what is not its own."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write `text`."""
        return self._file.write(text.encode(errors="replace"))
