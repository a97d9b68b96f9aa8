"""A collection with everything in it that an export must carry; text that tries every format."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from crawler.article import JSON_COLUMNS, Article, Precision, Published
from crawler.formats.corpus import CorpusRecord, write_record
from crawler.text.normalize import content_hash
from db.articles import near_duplicates
from db.file.connection import write_transaction
from tests.articles import make_article, make_text
from tests.db.world import OTHER, PAPER, World

HOSTILE = (
    "\0NUL ở đầu",
    '=HYPERLINK("http://la.example")',
    "+84 912", "-1", "@SUM(A1)", "\tThụt", "\rVề đầu dòng", "＝1＋1", "'=đã có dấu phẩy", " =sau dấu cách",
    "\x1b[31mđỏ\x1b[0m \x9b2J", "\u202eđảo chiều\u202c", "\u200bkhông\u200d rộng", "😀 🇻🇳",
    "<script>alert(1)</script> & ]]> <!-- \" '", "\ufeffdấu BOM", "\u2028\u2029 tách dòng",
    "\x07\x08\x0b\x7f", "\ufffe\uffff ngoài XML", "x" * 1_000_000, "", "a\r\nb", "e\u0301 rời",
    "%s {0} ${x}", "=",
)  # fmt: skip
"""What a page, a byline or another program may have left in any field."""


def fill_oddly(world: World, folder: Path) -> None:
    """Fill a world: copies, revisions, reprints, every kind of date, imported records, hostile text."""
    asyncio.run(_crawl(world))
    files = folder / "imported"
    files.mkdir()
    for number, url in enumerate(
        ("https://bao-ba.example/a?b=1", None, "https://bao-thu.example/tin/0.html")
    ):
        body = make_text(40 + number).replace("\n", " ")
        title = None if number == 1 else f"Bài cũ số {number}"
        (files / f"{number}.txt").write_text(write_record(CorpusRecord(url, title, body)), encoding="utf-8")
    (files / "9.txt").write_text(make_text(50), encoding="utf-8")
    with world.collection() as collection:
        collection.import_paths([files])
    with world.connection() as conn, write_transaction(conn):
        for number, text in enumerate(HOSTILE):
            put(conn, number, text)
        conn.execute(
            "UPDATE articles SET duplicate_of = (SELECT id FROM articles WHERE url LIKE '%/tin/1.html')"
            " WHERE url LIKE '%/tin/2.html'"
        )


async def _crawl(world: World) -> None:
    dates = (
        Published("2026-11-20T01:30:00Z", Precision.SECOND), Published("2026-11-20", Precision.DAY),
        Published("2026-11", Precision.MONTH), None, Published("2026-11-19T23:00:00Z", Precision.HOUR),
    )  # fmt: skip
    async with world.crawl(PAPER, OTHER) as run:
        for number, published in enumerate(dates):
            await run.keep(make_article(number, published=published, tags=("cửa khẩu", f"số {number}")))
        mirror = "https://bao-hai.example/chep/1.html"
        await run.keep(make_article(1, url=mirror, title="Tên ở báo khác"), source=OTHER)
    for edit in range(1, 4):
        world.pass_time(hours=1)
        async with world.crawl() as run:
            await run.keep(make_article(0, edit=edit, title=f"Bản {edit}"))
            await run.keep(make_article(4, text=make_text(1)))  # becomes a copy


def put(conn: sqlite3.Connection, number: int, hostile: str) -> None:
    """Store an article with `hostile` in every field of text, past everything that would clean it."""
    url = f"https://bao-thu.example/la/{number}.html"
    article = Article(url=url, title=hostile, text=f"{hostile}\n{make_text(100 + number)}")
    hostile = hostile[:1000]  # a title may be longer, which is enough
    row: dict[str, Any] = dict.fromkeys(("lead", "section", "canonical_url", "image_url"), hostile)
    row |= dict.fromkeys(JSON_COLUMNS, "[]") | {
        name: json.dumps([hostile, "hai"], ensure_ascii=False) for name in ("captions", "authors", "tags")
    }
    row |= {
        "source_id": PAPER.id,
        "url": url,
        "title": article.title,
        "text": article.text,
        "language": "und",
    }
    row |= {"fetched_at": "2026-11-21T05:00:00Z", "content_hash": article.content_hash}
    names = ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    conn.execute(f"INSERT INTO articles ({names}) VALUES ({marks})", row)
    id_ = conn.execute("SELECT max(id) FROM articles").fetchone()[0]
    near_duplicates.index(conn, id_, article.sketch)
    conn.execute(
        "INSERT INTO sightings VALUES (?, ?, ?, ?, '2026-11-21T05:00:00Z')", (id_, url, PAPER.id, hostile)
    )
    conn.execute(
        "INSERT INTO revisions (article_id, number, title, lead, text, content_hash, seen_at)"
        " VALUES (?, 1, ?, ?, ?, ?, '2026-11-20T05:00:00Z')",
        (id_, hostile, hostile, f"cũ {article.text}", content_hash(f"cũ {article.text}")),
    )


def make_copy(blank: Path, path: Path) -> Path:
    """Return a new database, quicker than by migrating one."""
    shutil.copyfile(blank, path)
    return path
