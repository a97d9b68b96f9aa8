"""Files into the collection: corpora word for word, our JSON lines as what they were."""

from __future__ import annotations

import gzip
import os
import re
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from crawler.article import Article, format_instant
from crawler.bounded import MAX_TEXT_BYTES, read_file
from crawler.decision import Kind
from crawler.errors import UsageError
from crawler.formats.corpus import decode_corpus, read_corpus
from crawler.formats.manifest import MANIFEST, checksum, read_claim
from crawler.ports import Clock
from crawler.source import IMPORT
from db.articles import keeping
from db.file.connection import write_transaction

if TYPE_CHECKING:
    from crawler.topic.topic import Topic

_JSON_LINES = (".jsonl", ".jsonl.gz")
_SHOWN_KEYS = 10
_SHOWN_KEY_CHARS = 40


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of imported files and lines.

    Args:
        stored: new articles.
        duplicate: texts that were in the collection already.
        forgotten: texts that were taken down, and are not kept.
        revised: newer texts of articles that were there under the same address.
        older: texts of addresses whose article here is newer; they are earlier versions of it now.
        unknown_keys: keys of JSON lines that this version does not know, and left out.
    """

    stored: int = 0
    duplicate: int = 0
    forgotten: int = 0
    revised: int = 0
    older: int = 0
    unknown_keys: frozenset[str] = frozenset()

    @classmethod
    def of(cls, kinds: Counter[Kind], unknown_keys: Set[str]) -> ImportReport:
        """Return the report of these decisions."""
        return cls(
            stored=kinds[Kind.NEW] + kinds[Kind.NEAR_DUPLICATE],
            duplicate=kinds[Kind.DUPLICATE],
            forgotten=kinds[Kind.REJECTED],
            revised=kinds[Kind.REVISED],
            older=kinds[Kind.UNCHANGED],
            unknown_keys=frozenset(unknown_keys),
        )

    def to_json(self) -> dict[str, int]:
        """Return the numbers by name."""
        numbers = asdict(self)
        del numbers["unknown_keys"]
        return numbers

    def summary(self) -> str:
        """Return the numbers in a sentence."""
        counts = self.to_json()
        more = {"forgotten": "taken down", "revised": "newer than here", "older": "older than here"}
        parts = [f"{self.stored} stored", f"{self.duplicate} already there"]
        parts += [f"{counts[name]} {words}" for name, words in more.items() if counts[name]]
        return f"{sum(counts.values())} texts: {', '.join(parts)}."

    def warning(self) -> str | None:
        """Return what was left out, in a sentence; None if nothing was."""
        if not self.unknown_keys:
            return None
        named = [one[:_SHOWN_KEY_CHARS] for one in sorted(self.unknown_keys)]
        more = f" and {len(named) - _SHOWN_KEYS} more" if len(named) > _SHOWN_KEYS else ""
        return (
            f"Left out what this version does not know: {', '.join(named[:_SHOWN_KEYS])}{more}."
            " A newer biengioi may know it."
        )


def import_paths(
    conn: sqlite3.Connection, paths: Iterable[Path], clock: Clock, topic: Topic | None = None
) -> ImportReport:
    """Take corpus files, our JSON lines, and folders of them into the collection.

    All is read and stored in one transaction: either everything is in or nothing. Other writers
    wait for it. What a line of JSON says is taken over, its lack of a verdict too, so that an export of it is
    the same line; a corpus file says nothing of the topic.

    Args:
        topic: judges the corpus files; none is refused for it. None leaves that to `rescore`.

    Raises:
        UsageError: a file is missing or malformed; it is named, and nothing was stored.
    """
    seen_at = format_instant(clock())
    unknown_keys: set[str] = set()
    with write_transaction(conn):
        files = _Files(conn, seen_at, topic)
        kinds = Counter(kind for path in paths for kind in _import(files, path, unknown_keys))
    return ImportReport.of(kinds, unknown_keys)


@dataclass(frozen=True, slots=True)
class _Files:
    """What files are taken into."""

    conn: sqlite3.Connection
    seen_at: str
    topic: Topic | None


def _import(files: _Files, path: Path, unknown_keys: set[str]) -> Iterator[Kind]:
    """Import what is at a path, and add to `unknown_keys` what was left out."""
    if path.is_dir():
        yield from _import_folder(files, path, unknown_keys)
    elif path.name == MANIFEST:
        raise UsageError(f"{path} is the manifest of a corpus; import its folder.")
    elif path.name.endswith(_JSON_LINES):
        yield from _restore(files.conn, path, unknown_keys)
    else:
        yield _keep_text(files, path, None)


def _import_folder(files: _Files, folder: Path, unknown_keys: set[str]) -> Iterator[Kind]:
    """Import the files of a folder and those below it, of a corpus in the order of its numbers."""
    is_empty = True
    for place, folders, names in os.walk(folder):
        folders.sort(key=_natural)
        checksums = _checksums(Path(place, MANIFEST)) if MANIFEST in names else {}
        if missing := checksums.keys() - set(names):
            raise UsageError(f"{Path(place, min(missing))} is missing, though {MANIFEST} names it.")
        for name in sorted(names, key=_natural):
            if name.endswith(".txt"):
                yield _keep_text(files, Path(place, name), checksums.get(name))
            elif name.endswith(_JSON_LINES) and name != MANIFEST:
                yield from _restore(files.conn, Path(place, name), unknown_keys)
            else:
                continue
            is_empty = False
    if is_empty:
        raise UsageError(f"{folder} holds no .txt and no .jsonl file.")


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a sorting key by which 999_… comes before 1000_…."""
    return [(int(part) if part.isdecimal() else 0, part) for part in re.split(r"([0-9]+)", name)]


def _checksums(manifest: Path) -> dict[str, str]:
    """Return what a manifest says of each file; of two lines on one article the later one holds."""
    files: dict[int, tuple[str, str]] = {}
    for number, line in _lines(manifest):
        try:
            claim = read_claim(line)
        except UsageError as error:
            raise UsageError(f"{manifest}: line {number} {error}") from error
        files[claim.id] = claim.file, claim.sha256
    return dict(files.values())


def _keep_text(files: _Files, path: Path, sha256: str | None) -> Kind:
    try:
        data = read_file(path, MAX_TEXT_BYTES)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from error
    try:
        record = read_corpus(decode_corpus(data))
    except UsageError as error:
        raise UsageError(f"{path} {error}") from error
    if sha256 and checksum(data) != sha256:
        raise UsageError(f"{path} is not what {MANIFEST} says; if it was meant to change, remove {MANIFEST}.")
    files.conn.execute("INSERT OR IGNORE INTO sources (id, name) VALUES (?, 'Imported files')", (IMPORT,))
    article = Article(url=record.url, title=record.title, text=record.text)
    topic = files.topic
    relevance = topic.score(title=record.title, lead=None, text=record.text) if topic else None
    return keeping.keep(files.conn, IMPORT, article, relevance, None, files.seen_at).kind


def _restore(conn: sqlite3.Connection, path: Path, unknown_keys: set[str]) -> Iterator[Kind]:
    from crawler.formats.json_lines import read_json_line
    from db.articles.restoring import Restorer

    restorer = Restorer(conn)
    for number, line in _lines(path):
        try:
            read = read_json_line(line)
            unknown_keys |= read.unknown
            yield restorer.restore(read)
        except UsageError as error:
            raise UsageError(f"{path}: line {number} {error}") from error
    restorer.link_copies()


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the number and bytes of each line, one at a time, unpacked for a name in .gz."""
    try:
        with _open(path) as file:
            number = 0
            while line := file.readline(MAX_TEXT_BYTES):
                number += 1
                if len(line) == MAX_TEXT_BYTES:
                    raise UsageError(f"{path}: line {number} is too long to be an article.")
                if line.strip():
                    yield number, line
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{path} cannot be read ({reason}).") from error


def _open(path: Path) -> BinaryIO | gzip.GzipFile:
    return gzip.open(path) if path.name.endswith(".gz") else path.open("rb")
