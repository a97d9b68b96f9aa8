"""Forgetting: an article removed for good, its addresses never fetched again, its text never kept."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.article import format_instant
from crawler.errors import NotFoundError
from crawler.identity.urls import canonical_url
from crawler.ports import Clock
from db.archive.removal import take_out
from db.articles import backfill_store, near_duplicates
from db.crawl import frontier
from db.file.connection import database_path, storage_errors, write_transaction
from db.file.upgrading import kept_copies
from db.upkeep import search

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Takedown:
    """What a takedown removed.

    Args:
        article_ids: the articles; none when the address had brought none.
        urls: the addresses that are never fetched again.
        copy_ids: articles that were kept as repeating them; they stay, the earliest stands for the others.
        is_purged: whether the text has left the files too.
        page_count: pages as they were that left the archive.
        lost_files: files of the archive that held some of them and are not in its folder.
        copy_names: copies of the database from before updates, which still lie beside it.
    """

    article_ids: tuple[int, ...]
    urls: tuple[str, ...]
    copy_ids: tuple[int, ...]
    is_purged: bool
    page_count: int = 0
    lost_files: tuple[str, ...] = ()
    copy_names: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield what was done, for people."""
        for article_id in self.article_ids:
            yield f"Article {article_id} is gone, with its earlier versions."
        for url in self.urls:
            yield f"{url} is never fetched again."
        if self.page_count:
            yield (
                f"{self.page_count} pages left the archive, whose files were written anew without them;"
                " their digests stay in its chain."
            )
        for name in self.lost_files:
            yield f"{name} held such a page and is not in the archive's folder: remove it wherever it is."
        for name in self.copy_names:
            yield f"{name}, the copy from before an update, may still hold it: delete that file."
        for article_id in self.copy_ids:
            yield f"Article {article_id} repeated it and stays; `biengioi show {article_id}` shows it."
        if not self.is_purged:
            yield "Another process is reading; the text leaves the disk when that one is done."


def forget(conn: sqlite3.Connection, which: int | str, clock: Clock) -> Takedown:
    """Remove the article with that id, or those that are seen at that address.

    Raises:
        NotFoundError: nothing was ever kept or met under it.
    """
    from db.events.keeping import leave as leave_events  # what a list of articles need not load

    now = format_instant(clock())
    conn.execute("PRAGMA secure_delete = ON")  # overwrites what is freed (sqlite.org/pragma.html)
    with write_transaction(conn):
        article_ids = _find_articles(conn, which)
        owners = {url: owner for id_ in article_ids for url, owner in _addresses(conn, id_)}
        if isinstance(which, str):
            owners.update(_find_page(conn, which))
        if not article_ids and not owners:
            raise NotFoundError(f"Nothing is kept under {which}; `biengioi list` shows what is.")
        removal = take_out(conn, article_ids, owners, now, clock)
        # Before FTS5 is told anything, which would have it mark what is to leave.
        is_out_of_indexes = all(search.take_out(conn, id_) for id_ in article_ids)
        leave_events(conn, article_ids)
        copies = [copy for id_ in article_ids for copy in _remove(conn, id_, now)]
        for url, source_id in owners.items():
            frontier.take_down(conn, url, source_id, now)
        backfill_store.take_down(conn, owners)
    removal.finish()
    if not is_out_of_indexes:
        logger.warning(
            "biengioi: the search indexes are merged, which takes longer the more articles there are."
        )
        search.purge(conn)
    return Takedown(
        article_ids=tuple(article_ids),
        urls=tuple(sorted(owners)),
        copy_ids=tuple(sorted(set(copies) - set(article_ids))),
        is_purged=_purge(conn),
        page_count=removal.page_count,
        lost_files=removal.lost_files,
        copy_names=tuple(copy.name for copy in kept_copies(database_path(conn))),
    )


def _find_articles(conn: sqlite3.Connection, which: int | str) -> list[int]:
    if isinstance(which, int):
        rows = conn.execute("SELECT id FROM articles WHERE id = ?", (which,))
    else:
        rows = conn.execute(
            "SELECT id FROM articles WHERE url IN (?1, ?2) OR canonical_url IN (?1, ?2)"
            " UNION SELECT article_id FROM pages WHERE url = ?2 AND article_id IS NOT NULL"
            " UNION SELECT article_id FROM sightings WHERE url = ?2 AND NOT EXISTS"
            " (SELECT 1 FROM pages WHERE url = ?2 AND article_id IS NOT NULL) ORDER BY 1",
            (which, canonical_url(which) or which),
        )
    return [row[0] for row in rows]


def _addresses(conn: sqlite3.Connection, article_id: int) -> Iterator[tuple[str, str]]:
    """Yield (URL, source) of every address that shows the article now.

    A page that once showed it and has an article of its own since is not one of them.
    """
    row = conn.execute(
        "SELECT url, canonical_url, source_id FROM articles WHERE id = ?", (article_id,)
    ).fetchone()
    for url in (row["url"], row["canonical_url"]):
        if url:
            yield canonical_url(url) or url, row["source_id"]
    yield from (
        (one["url"], one["source_id"])
        for one in conn.execute(
            "SELECT url, source_id FROM sightings WHERE article_id = ?1 AND NOT EXISTS"
            " (SELECT 1 FROM pages WHERE pages.url = sightings.url AND article_id <> ?1)"
            " UNION SELECT url, source_id FROM pages WHERE article_id = ?1",
            (article_id,),
        )
    )


def _find_page(conn: sqlite3.Connection, url: str) -> list[tuple[str, str]]:
    rows = conn.execute("SELECT url, source_id FROM pages WHERE url = ?", (canonical_url(url) or url,))
    return [(row["url"], row["source_id"]) for row in rows]


def _remove(conn: sqlite3.Connection, article_id: int, now: str) -> list[int]:
    """Delete an article with its revisions and sightings; return those that repeated it."""
    conn.execute(
        "INSERT OR IGNORE INTO forgotten (content_hash, forgotten_at)"
        " SELECT content_hash, ?2 FROM articles WHERE id = ?1"
        " UNION SELECT content_hash, ?2 FROM revisions WHERE article_id = ?1",
        (article_id, now),
    )
    copies = conn.execute("SELECT id FROM articles WHERE duplicate_of = ?", (article_id,)).fetchall()
    near_duplicates.promote_copy(conn, article_id)
    conn.execute("DELETE FROM articles WHERE id = ?", (article_id,))
    return [copy["id"] for copy in copies]


def _purge(conn: sqlite3.Connection) -> bool:
    """Empty the write-ahead log, which still holds the text; return whether no reader prevented it."""
    with storage_errors(database_path(conn)):
        busy: int = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy
