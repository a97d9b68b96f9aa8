"""Texts to score, from files of JSON lines; a bad line is one sentence that names its number."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from crawler.bounded import MAX_TEXT_BYTES
from crawler.errors import UsageError


@dataclass(frozen=True, slots=True)
class Text:
    """A text to score.

    Args:
        id: whatever the line says; it is only given back.
        lead: None where it is not known.
        date: of publication, as it is written; None where it is not known.
    """

    id: object
    title: str | None
    lead: str | None
    text: str
    date: str | None = None

    def __post_init__(self) -> None:
        for value in (self.title, self.lead, self.date):
            if not isinstance(value, str | None):
                raise TypeError(f"title, lead and date must be text, not {value!r}")
        if not isinstance(self.text, str):
            raise TypeError(f"text must be text, not {self.text!r}")


def read_texts(name: str, *, dated: bool = False) -> Iterator[Text]:
    """Yield the texts of a file as they come: objects with id, title, lead and text, or summary.

    Args:
        dated: read their `date` too.

    Raises:
        UsageError: the file cannot be read, or a line is not such an object.
    """
    for number, line in enumerate(read_lines(name), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text = Text(
                row["id"],
                row.get("title"),
                row.get("lead"),
                row.get("text", row.get("summary")),
                row.get("date") if dated else None,
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise UsageError(
                f"{name}: line {number} is not a JSON object with id, title and text ({error})."
            ) from error
        yield text


def read_lines(name: str) -> Iterator[str]:
    """Yield the lines of a UTF-8 file as they come; of stdin for "-", unpacked for a name in .gz.

    Raises:
        UsageError: the file cannot be read, or a line is not UTF-8.
    """
    try:
        with _open(name) as file:
            number = 0
            while line := file.readline(MAX_TEXT_BYTES):
                number += 1
                if len(line) == MAX_TEXT_BYTES:
                    raise UsageError(f"{name}: line {number} is too long to be a text.")
                yield _decoded(line, f"{name}: line {number}")
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{name} cannot be read ({reason}); give a file of JSON lines.") from error


def _open(name: str) -> AbstractContextManager[BinaryIO | gzip.GzipFile]:
    if name == "-":
        return nullcontext(sys.stdin.buffer)
    return gzip.GzipFile(name) if name.endswith(".gz") else Path(name).open("rb")


def _decoded(line: bytes, where: str) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{where} is not UTF-8.") from error
