"""Whether the tables of facets and counts say what the articles say."""

# ruff: noqa: S608 - every name that is put into these statements stands in this file or in the schema

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator

from db.schema import counts_within
from db.schema.facets import FACET_COUNTS, LISTS, PLAIN_COUNTS

# Row by row and not by comparing two queries, which would take a gigabyte of memory for a million articles.
_ARTICLE = "articles AS article INDEXED BY articles_for_search, json_each(article.{column}) AS element"
_SAME = """article.id = facet.article_id AND element.value = facet.value
 AND ifnull(article.published_at, '') = facet.published_at AND article.source_id = facet.source_id
 AND article.topic_grade IS facet.topic_grade AND article.duplicate_of IS facet.duplicate_of"""
_MISSING = f"""SELECT article.id, element.value FROM {_ARTICLE}
 WHERE NOT EXISTS (SELECT 1 FROM article_facets AS facet WHERE facet.kind = ? AND {_SAME})"""
_SUPERFLUOUS = f"""SELECT facet.article_id, facet.value FROM article_facets AS facet
 WHERE facet.kind = ? AND NOT EXISTS (SELECT 1 FROM {_ARTICLE} WHERE {_SAME})"""

_COUNTS = f"{PLAIN_COUNTS} UNION ALL {FACET_COUNTS}"
_WANTED_COUNTS = f"""WITH wanted (kind, value, day, article_count) AS ({_COUNTS}) SELECT *, EXISTS (
 SELECT 1 FROM article_counts AS kept WHERE kept.kind = wanted.kind AND kept.value = wanted.value
 AND kept.day = wanted.day AND kept.article_count = wanted.article_count) FROM wanted"""
_SUPERFLUOUS_COUNTS = f"SELECT kind, value, day, article_count FROM article_counts EXCEPT {_COUNTS}"


def check(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield a sentence for each row that is missing, or that should not be there."""
    for kind, column in LISTS.items():
        for article_id, value in conn.execute(_MISSING.format(column=column), (kind,)):
            yield f"Article {article_id} is missing under the {kind} {value}."
        for article_id, value in conn.execute(_SUPERFLUOUS.format(column=column), (kind,)):
            yield f"Article {article_id} is under the {kind} {value}, and should not be so."
    wanted_count = 0
    for wanted_count, (kind, value, day, count, is_there) in enumerate(conn.execute(_WANTED_COUNTS), start=1):  # noqa: B007
        if not is_there:
            yield f"article_counts does not say {count} for {kind} {value!r} on {day or 'no day'}."
    if conn.execute("SELECT count(*) FROM article_counts").fetchone()[0] != wanted_count:
        for kind, value, day, count in conn.execute(_SUPERFLUOUS_COUNTS):
            yield f"article_counts says {count} for {kind} {value!r} on {day or 'no day'}, which is wrong."
    yield from _check_within(conn)


def _check_within(conn: sqlite3.Connection) -> Iterator[str]:
    parts = counts_within.parts(conn)
    kept_parts = map(
        tuple, conn.execute("SELECT DISTINCT within_kind, within_value FROM article_counts_within")
    )
    for part in dict.fromkeys([*parts, *kept_parts]):
        wanted = counts_within.counted(conn, part) if part in parts else Counter()
        for kind, value, day, count in conn.execute(
            "SELECT kind, value, day, article_count FROM article_counts_within"
            " WHERE within_kind = ? AND within_value = ?",
            part,
        ):
            if wanted.pop((kind, value, day), 0) != count:
                yield _within(part, kind, value, day)
        for key in wanted:
            yield _within(part, *key)


def _within(part: counts_within.Part, kind: str, value: str, day: str) -> str:
    return (
        f"article_counts_within is wrong about {kind} {value!r} within {part[0]} {part[1]!r}"
        f" on {day or 'no day'}."
    )
