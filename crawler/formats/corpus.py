"""The two corpus formats, read and written byte for byte (docs/reference.md); no files, only text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crawler.declaration import declare, read_toml
from crawler.errors import UsageError
from crawler.identity.urls import canonical_url

RULE = "-" * 17
_ANY_RULE = re.compile(r"-{10,}")
_NEWLINES = re.compile(r"[\r\n]+")
_CARRIAGE_RETURNS = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class CorpusRecord:
    """One text of a corpus, verbatim.

    Args:
        url, title: None where the file has none, as in the plain format.
        text: the body; in a plain file one paragraph per line.
    """

    url: str | None
    title: str | None
    text: str


@dataclass(frozen=True, slots=True)
class _Boilerplate:
    lines: tuple[str, ...]
    beginnings: tuple[str, ...]


def decode_corpus(data: bytes) -> str:
    """Return the text of a corpus file.

    Raises:
        UsageError: it is not plain UTF-8 with LF line ends; the text says what is wrong, as the
            end of a sentence that begins with the file's name.
    """
    if data.startswith(b"\xef\xbb\xbf"):
        raise UsageError("begins with a byte order mark; save it as UTF-8 without BOM.")
    if b"\r" in data:
        line = data[: data.index(b"\r")].count(b"\n") + 1
        raise UsageError(f"has a carriage return in line {line}; save it with LF line ends.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"is not UTF-8 at byte {error.start}; save it as UTF-8.") from error
    if "\0" in text:
        raise UsageError("holds a NUL character; it is not a text file.")
    return text


def read_corpus(text: str) -> CorpusRecord:
    """Return what a corpus file says, in whichever of the two formats it is.

    A file with a line of hyphens is meant as a record and must be one exactly: a text stored with
    its address and rules inside would be worse than none.

    Raises:
        UsageError: a malformed record or an empty text, worded as by `decode_corpus`.
    """
    if any(_ANY_RULE.fullmatch(line) for line in text.split("\n")):
        return _read_record(text)
    body = _without_furniture(text)
    if not body.strip():
        raise UsageError("has no text.")
    return CorpusRecord(None, None, body)


def _read_record(text: str) -> CorpusRecord:
    lines = text.split("\n")
    for number in (2, 4, 6):
        if len(lines) < number or lines[number - 1] != RULE:
            raise UsageError(f"is not a record: line {number} must be {len(RULE)} hyphens.")
    if lines[6:] != [""]:
        raise UsageError("is not a record: it must end with one line end after the third rule.")
    url, title, body = lines[0], lines[2], lines[4]
    if url and canonical_url(url) is None:
        raise UsageError("is not a record: line 1 must be an http or https address, or empty.")
    if not body.strip():
        raise UsageError("is not a record: line 5, the text, is empty.")
    return CorpusRecord(url or None, title or None, body)


def _without_furniture(text: str) -> str:
    lines = text.strip("\n").split("\n")
    while lines and (_is_furniture(lines[-1]) or not lines[-1].strip()):
        lines.pop()
    return "\n".join(lines)


def _is_furniture(line: str) -> bool:
    plain = _fold(line)
    known = _furniture()
    return plain in map(_fold, known.lines) or plain.startswith(tuple(map(_fold, known.beginnings)))


def _fold(line: str) -> str:
    return unicodedata.normalize("NFC", line).strip().casefold()


@cache
def _furniture() -> _Boilerplate:
    path = Path(__file__).with_suffix(".toml")
    return declare(_Boilerplate, read_toml(path), path)


def write_record(record: CorpusRecord) -> str:
    """Return the record format: address, title and body between rules, paragraphs joined by spaces."""
    fields = (record.url or "", record.title or "", record.text)
    return "".join(f"{_NEWLINES.sub(' ', field)}\n{RULE}\n" for field in fields).replace("\0", " ")


def write_plain(record: CorpusRecord) -> str:
    """Return the plain format: the text, one paragraph per line, no final newline."""
    # What `decode_corpus` refuses, no page and no imported file has brought; another program may have.
    return _CARRIAGE_RETURNS.sub("\n", record.text).replace("\0", " ").lstrip("\ufeff")


def file_name(number: int, content_hash: str) -> str:
    """Return a corpus file's name.

    Args:
        number: its place in the corpus, from 0.
        content_hash: of its text (`crawler.text.normalize`).
    """
    return f"{number:03}_{content_hash[:16]}.txt"
