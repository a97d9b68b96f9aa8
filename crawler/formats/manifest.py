"""The manifest of a corpus folder: JSON lines that say which file holds which article."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, fields

import orjson

from crawler.errors import UsageError

MANIFEST = "manifest.jsonl"
"""Its name in the folder."""

_FILE = re.compile(r"(\d{3,})_[0-9a-f]{16}\.txt", re.ASCII)


@dataclass(frozen=True, slots=True)
class Claim:
    """One file and the article in it; of two claims on one article the later one holds.

    Args:
        file: its name in the folder.
        id: of the article, in the collection that the corpus was exported from.
        sha256: of the file's bytes, in lower-case hex.
        format: "record" or "plain".
    """

    file: str
    id: int
    content_hash: str
    sha256: str
    url: str | None
    source_id: str
    published_at: str | None
    format: str

    @property
    def number(self) -> int:
        """The running number that the file's name begins with."""
        return int(self.file.partition("_")[0])

    def to_line(self) -> bytes:
        """Return the line that says so."""
        return orjson.dumps(self, option=orjson.OPT_APPEND_NEWLINE)


_TYPES = {"id": (int,), "url": (str, type(None)), "published_at": (str, type(None))}


def read_claim(line: bytes) -> Claim:
    """Return what a line of a manifest says.

    Raises:
        UsageError: it is none; the text is the end of a sentence that begins with the line.
    """
    try:
        claim = Claim(**orjson.loads(line))
    except (orjson.JSONDecodeError, TypeError) as error:
        raise UsageError("is not a line of a manifest.") from error
    for one in fields(claim):
        if not isinstance(getattr(claim, one.name), _TYPES.get(one.name, (str,))):
            raise UsageError(f"is not a line of a manifest: {one.name} does not fit.")
    if not _FILE.fullmatch(claim.file):  # never a path out of the folder
        raise UsageError("names a file that no export writes.")
    return claim


def checksum(data: bytes) -> str:
    """Return the SHA-256 of a file's bytes, in lower-case hex."""
    return hashlib.sha256(data).hexdigest()
