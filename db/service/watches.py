"""The watches: saved searches, of the configuration and of `biengioi watches add`, as one list.

Messages, pages and feeds all take them from here, so that a watch means the same everywhere: its words
are meant with their marks, and it is new what came since it was last told.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.alert_config import DigestRhythm, Watch
from crawler.article import format_instant, parse_instant
from crawler.errors import UsageError
from crawler.text.normalize import clean, fold
from db.articles.every_hit import EveryHit, every_hit, newest_hits
from db.articles.query import ArticleFilter
from db.file.connection import read_transaction, write_transaction
from db.service.notifications import forget_told, last_look, newest_article

_SLUG_CHARS = 60
_NAME_CHARS = 120
_COLUMNS = "name, query, source, country, place, field, grade, alert, digest, created_at"


@dataclass(frozen=True, slots=True)
class SavedWatch:
    """A watch and where it is kept.

    Args:
        slug: of its page and feed.
        created_at: when it was added by a command; None where it stands in the configuration.
    """

    watch: Watch
    slug: str
    created_at: datetime | None

    @property
    def is_declared(self) -> bool:
        """Whether it stands in the configuration."""
        return self.created_at is None

    @property
    def wanted(self) -> ArticleFilter:
        """Its filters."""
        return filter_of(self.watch)

    @property
    def query(self) -> str | None:
        """Its words; None if the filters alone decide."""
        return self.watch.query or None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a watch stands.

    Args:
        article_count: all that it finds.
        new_count: those of them that came since it was last told.
        told_at: when that was: by its digest if it has one, else by its alert; before the first of these,
            when it was added. None for one of the configuration that was never told: all is new.
        told_id: up to which article.
        newest_at: when the last article came that it finds, as stored; None for none.
        is_cut: whether the counts are of the newest articles alone, and it may find more.
    """

    article_count: int
    new_count: int
    told_at: datetime | None
    told_id: int
    newest_at: str | None
    is_cut: bool = False


def filter_of(watch: Watch) -> ArticleFilter:
    """Return the filters of a watch."""
    return ArticleFilter(
        source=watch.source, country=watch.country, place=watch.place, field=watch.field, grade=watch.grade
    )


def alert_of(watch: Watch) -> str:
    """Return what the record of messages calls the alerts of a watch."""
    return f"watch {watch.name}"


def digest_of(watch: Watch) -> str:
    """Return what the record of messages calls the digests of a watch."""
    return f"digest {watch.name}"


def all_watches(conn: sqlite3.Connection, declared: Iterable[Watch]) -> list[SavedWatch]:
    """Return every watch: those of the configuration first, then those that were added, oldest first.

    An added one is hidden by one of the configuration that has its name.

    Args:
        declared: the watches of the configuration.
    """
    found: list[tuple[Watch, datetime | None]] = [(watch, None) for watch in declared]
    taken = {_same(watch.name) for watch, _ in found}
    with read_transaction(conn):
        rows = conn.execute(f"SELECT {_COLUMNS} FROM watches ORDER BY id").fetchall()  # noqa: S608 - ours
    found += [_added(row) for row in rows if _same(row["name"]) not in taken]
    slugs: set[str] = set()
    saved = []
    for watch, created_at in found:
        slug = _slug(watch.name)
        if slug in slugs or not slug:
            slug = f"{slug or 'watch'}-{hashlib.sha256(watch.name.encode()).hexdigest()[:6]}"
        slugs.add(slug)
        saved.append(SavedWatch(watch, slug, created_at))
    return saved


def _added(row: sqlite3.Row) -> tuple[Watch, datetime]:
    watch = Watch(
        name=row["name"],
        query=row["query"],
        source=row["source"],
        country=row["country"],
        place=row["place"],
        field=row["field"],
        grade=row["grade"],
        alert=bool(row["alert"]),
        digest=DigestRhythm(row["digest"]),
    )
    return watch, parse_instant(row["created_at"])


def _same(name: str) -> str:
    """Return what two names have in common that are one for people."""
    return " ".join(clean(name).casefold().split())


def _slug(name: str) -> str:
    return re.sub("[^a-z0-9]+", "-", fold(name)).strip("-")[:_SLUG_CHARS].strip("-")


def add_watch(conn: sqlite3.Connection, watch: Watch, declared: Sequence[Watch], now: datetime) -> SavedWatch:
    """Keep a watch in the database, and return it.

    Raises:
        UsageError: its name is taken or too long.
    """
    if len(watch.name) > _NAME_CHARS:
        raise UsageError(f"The name of a watch may have {_NAME_CHARS} characters; give a shorter --name.")
    with write_transaction(conn):
        twin = next(
            (one for one in all_watches(conn, declared) if _same(one.watch.name) == _same(watch.name)), None
        )
        if twin:
            cure = (
                "it stands in the configuration" if twin.is_declared else "`biengioi watches list` shows it"
            )
            raise UsageError(f"There is a watch {watch.name!r} already; {cure}. Give another --name.")
        conn.execute(
            f"INSERT INTO watches ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - ours
            (
                watch.name,
                watch.query,
                watch.source,
                watch.country,
                watch.place,
                watch.field,
                watch.grade,
                int(watch.alert),
                watch.digest,
                format_instant(now),
            ),
        )
    return next(one for one in all_watches(conn, declared) if one.watch == watch)


def remove_watch(conn: sqlite3.Connection, name: str, declared: Sequence[Watch], file: str) -> str:
    """Remove an added watch, and that anything was told of it; return its name.

    Args:
        name: its name, or the slug of its page.
        file: where those of the configuration stand.

    Raises:
        UsageError: there is none, or it stands in the configuration.
    """
    with write_transaction(conn):
        watches = all_watches(conn, declared)
        saved = next((one for one in watches if _same(one.watch.name) == _same(name)), None)
        saved = saved or next((one for one in watches if one.slug == name), None)
        if saved is None:
            near = difflib.get_close_matches(name, [one.watch.name for one in watches], n=1)
            hint = f"did you mean {near[0]!r}?" if near else "`biengioi watches list` shows all."
            raise UsageError(f"There is no watch {name!r}; {hint}")
        if saved.is_declared:
            raise UsageError(
                f"The watch {saved.watch.name!r} stands in {file}, under [[alerts.watch]]; take it out there."
            )
        conn.execute("DELETE FROM watches WHERE name = ?", (saved.watch.name,))
        forget_told(conn, (alert_of(saved.watch), digest_of(saved.watch)))
    return saved.watch.name


def hits(conn: sqlite3.Connection, saved: SavedWatch) -> EveryHit:
    """Return how to find what a watch finds, in no order."""
    return every_hit(conn, saved.query, saved.wanted, as_spelled=True)


def newest_first(
    conn: sqlite3.Connection, saved: SavedWatch, count: int, offset: int = 0, *, after_id: int = 0
) -> list[int]:
    """Return the ids of what a watch finds, by publication, the newest first.

    Args:
        after_id: only articles that came after that one.
    """
    found = hits(conn, saved)
    rows = conn.execute(
        f"SELECT {found.id} {found.sql} AND {found.id} > ?"
        f" ORDER BY published_at DESC, {found.id} DESC LIMIT ? OFFSET ?",
        (*found.values, after_id, count, offset),
    )
    return [row[0] for row in rows]


def standing(conn: sqlite3.Connection, saved: SavedWatch, *, most: int | None = None) -> Standing:
    """Return how a watch stands, within a read transaction.

    Args:
        most: of words that more articles have, only so many are looked at, those that were kept last; None
            for all.
    """
    told_at, told_id = _last_told(conn, saved)
    newest_found = (
        newest_hits(conn, saved.query, saved.wanted, most, as_spelled=True) if saved.query and most else None
    )
    found = newest_found or hits(conn, saved)
    count, new_count, newest_id = conn.execute(
        f"SELECT count(*), count(CASE WHEN {found.id} > ? THEN 1 END), max({found.id}) {found.sql}",
        (told_id, *found.values),
    ).fetchone()
    newest = conn.execute("SELECT fetched_at FROM articles WHERE id = ?", (newest_id,)).fetchone()
    return Standing(
        count, new_count, told_at, told_id, newest["fetched_at"] if newest else None, newest_found is not None
    )


def _last_told(conn: sqlite3.Connection, saved: SavedWatch) -> tuple[datetime | None, int]:
    about = alert_of(saved.watch) if saved.watch.digest is DigestRhythm.NONE else digest_of(saved.watch)
    last = last_look(conn, about)
    if last is not None:
        return last
    if saved.created_at is not None:
        return saved.created_at, newest_article(conn, saved.created_at)
    return None, 0
