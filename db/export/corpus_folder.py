"""A folder of corpus files: what of it is ours, what is new to it, and how it survives a kill.

The manifest is a log while an export runs: a file is claimed there, on the disk, before it is
written. So whatever is not claimed is not ours, and a claim without a file is work to be done.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from crawler.errors import UsageError
from crawler.formats.corpus import file_name
from crawler.formats.manifest import MANIFEST, Claim, checksum, read_claim
from crawler.source import IMPORT
from db.file.connection import read_transaction

_PART = "next.part"
_PARTS = {_PART, f"{MANIFEST}.part"}

# In a temporary table, so that a folder of a million files needs no more memory than an empty one.
_CLAIMS = """
CREATE TEMP TABLE corpus_files (
  id INTEGER PRIMARY KEY, number INTEGER, file TEXT, source_id TEXT, url TEXT, content_hash TEXT,
  line BLOB, present INTEGER
)
"""


class CorpusFolder:
    """A folder to export into; a context manager.

    Args:
        layout: the format of its files; one folder has one.

    Raises:
        UsageError: the folder holds what no manifest claims, or belongs to another collection,
            format or running export; nothing was changed.
    """

    def __init__(self, conn: sqlite3.Connection, path: Path, layout: str) -> None:
        self._conn, self._path, self._layout = conn, path, layout
        self._next = 0
        self._is_log = False  # whether the manifest says more than what is so now
        self._log: BinaryIO
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._path.mkdir(parents=True, exist_ok=True)
        if (self._path / MANIFEST).is_symlink():
            raise UsageError(f"{self._path / MANIFEST} is a link; export into a folder of its own.")
        with ExitStack() as opening:
            opening.enter_context(_only_one(self._path))
            self._conn.execute("DROP TABLE IF EXISTS temp.corpus_files")
            self._conn.execute(_CLAIMS)
            self._conn.execute("CREATE INDEX temp.corpus_files_by_name ON corpus_files(file)")
            with read_transaction(self._conn):
                end, stale = self._read_manifest()
                self._find_files(stale)
                self._check_collection()
            for name in stale | _PARTS:
                (self._path / name).unlink(missing_ok=True)
            self._log = opening.enter_context((self._path / MANIFEST).open("ab"))
            self._log.truncate(end)  # a line that was cut short by a kill
            self._open = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._open:
            if kind is None:
                self._tidy_manifest()
            self._conn.execute("DROP TABLE temp.corpus_files")

    def _read_manifest(self) -> tuple[int, set[str]]:
        """Take the claims in; return where the last whole line ends, and files that later ones replaced."""
        manifest = self._path / MANIFEST
        stale: set[str] = set()
        end = 0
        if not manifest.exists():
            return end, stale
        with manifest.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.endswith(b"\n"):
                    break
                end += len(line)
                try:
                    claim = read_claim(line)
                except UsageError as error:
                    raise UsageError(f"{manifest}: line {number} {error}") from error
                if claim.format != self._layout:
                    raise UsageError(
                        f"{self._path} holds a corpus in the format {claim.format}; choose another folder."
                    )
                before = self._conn.execute(
                    "SELECT file FROM corpus_files WHERE id = ?", (claim.id,)
                ).fetchone()
                if before:
                    stale.add(before["file"])
                    self._is_log = True
                self._claim(claim, line, present=False)
                self._next = max(self._next, claim.number + 1)
        return end, stale

    def _claim(self, claim: Claim, line: bytes, *, present: bool) -> None:
        self._conn.execute(
            "INSERT OR REPLACE INTO corpus_files VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                claim.id,
                claim.number,
                claim.file,
                claim.source_id,
                claim.url,
                claim.content_hash,
                line,
                present,
            ),
        )

    def _find_files(self, stale: set[str]) -> None:
        """Note which claimed files are there; refuse a folder in which there is anything else."""
        others = []
        with os.scandir(self._path) as entries:
            for entry in entries:
                if entry.name == MANIFEST or entry.name in _PARTS:
                    continue
                # An empty file is what a power cut may leave of one that was just written.
                found = self._conn.execute(
                    "UPDATE corpus_files SET present = ? WHERE file = ?",
                    (entry.stat().st_size > 0, entry.name.encode(errors="replace").decode()),
                )
                if found.rowcount:
                    stale.discard(entry.name)
                elif entry.name not in stale:
                    others.append(entry.name)
        if others:
            raise UsageError(f"{self._path} holds other files ({min(others)}); choose an empty folder.")

    def _check_collection(self) -> None:
        """Refuse a folder whose articles have the ids of others here; addresses never change."""
        foreign = self._conn.execute(
            "SELECT file FROM corpus_files JOIN articles USING (id)"
            " WHERE articles.source_id <> corpus_files.source_id OR articles.url IS NOT corpus_files.url"
            " OR articles.source_id = ? AND articles.content_hash <> corpus_files.content_hash",
            (IMPORT,),
        ).fetchone()
        if foreign:
            raise UsageError(
                f"{self._path} is the corpus of another collection ({foreign['file']});"
                " choose an empty folder."
            )

    def remove_forgotten(self) -> int:
        """Remove the files of articles that were taken down, and return how many.

        Others that are no longer in the collection stay: the folder may be older than a backup.
        """
        with read_transaction(self._conn):
            gone = self._conn.execute(
                "SELECT id, file FROM corpus_files WHERE id NOT IN (SELECT id FROM articles)"
                " AND (content_hash IN (SELECT content_hash FROM forgotten)"
                " OR url IN (SELECT url FROM pages WHERE state = 'forgotten'))"
            ).fetchall()
        for row in gone:
            (self._path / row["file"]).unlink(missing_ok=True)
            self._conn.execute("DELETE FROM corpus_files WHERE id = ?", (row["id"],))
            self._is_log = True
        return len(gone)

    def keep(self, texts: Iterable[tuple[sqlite3.Row, bytes]]) -> tuple[int, int]:
        """Make sure that each article has its file, and return how many were added and replaced."""
        with read_transaction(self._conn):  # of the temporary table; nothing else is read
            changes = list(self._changes(texts))
            for claim, line, _, _ in changes:
                self._claim(claim, line, present=True)
        if not changes:
            return 0, 0
        self._log.write(b"".join(line for _, line, _, _ in changes))
        self._log.flush()
        os.fsync(self._log.fileno())
        for claim, _, data, before in changes:
            part = self._path / _PART
            part.write_bytes(data)
            part.replace(self._path / claim.file)
            if before not in (None, claim.file):
                (self._path / before).unlink(missing_ok=True)
        replaced = sum(before is not None for *_, before in changes)
        return len(changes) - replaced, replaced

    def _changes(
        self, texts: Iterable[tuple[sqlite3.Row, bytes]]
    ) -> Iterator[tuple[Claim, bytes, bytes, str | None]]:
        """Yield for each file to write its claim, its line, its bytes and the file it replaces."""
        for row, data in texts:
            known = self._conn.execute("SELECT * FROM corpus_files WHERE id = ?", (row["id"],)).fetchone()
            claim = Claim(
                file=file_name(known["number"] if known else self._next, row["content_hash"]),
                id=row["id"],
                content_hash=row["content_hash"],
                sha256=checksum(data),
                url=row["url"],
                source_id=row["source_id"],
                published_at=row["published_at"],
                format=self._layout,
            )
            line = claim.to_line()
            if known is None:
                self._next += 1
            elif known["line"] == line and known["present"]:
                continue
            else:
                self._is_log = True
            yield claim, line, data, known["file"] if known and known["present"] else None

    def _tidy_manifest(self) -> None:
        """Leave one line for each file that is there, in the order of their numbers."""
        missing = self._conn.execute("SELECT 1 FROM corpus_files WHERE NOT present").fetchone()
        if not self._is_log and not missing:
            return
        part = self._path / f"{MANIFEST}.part"
        with part.open("wb") as file:
            lines = self._conn.execute("SELECT line FROM corpus_files WHERE present ORDER BY number")
            file.writelines(row["line"] for row in lines)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path / MANIFEST)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Keep other exports out of a folder; the lock is gone with the process, however it ends."""
    try:
        import fcntl
    except ImportError:  # no such locks on Windows
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise UsageError(f"Another export writes into {folder}; wait until it is done.") from error
    finally:
        os.close(handle)
