"""``biengioi demo``: the whole way on simulated newspapers, without the internet."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import click

from biengioi.commands.serve_command import serve_pages
from biengioi.context import Context
from biengioi.output import local_time, print_table
from biengioi.program import program
from crawler.errors import UsageError
from db.archive.files import folder_of

DEMO_DB = Path("biengioi-demo.db")

_PAUSE_S = 1.5
"""HTTP and sitemap times know whole seconds: an edit must be later than the fetch it follows."""


@click.command("demo")
@click.option("--no-serve", is_flag=True, help="End after the crawls: no web pages, no newspapers.")
@click.pass_obj
def command(context: Context, no_serve: bool) -> int:
    """Crawl simulated newspapers on this machine; no internet needed.

    Two crawls: the first finds everything, the second what was published and edited meanwhile. Then
    the collection is served as web pages, and the newspapers stay up, until Ctrl-C. The collection,
    biengioi-demo.db, is made anew each time; to keep one, name its file with --db.
    """
    from db.collection import Collection
    from spiders.demo.newspapers import Newspapers

    db = _fresh_database(context.db)
    with (
        Collection.open(db, create=True) as held,
        tempfile.TemporaryDirectory(prefix="biengioi-demo-") as folder,
        Newspapers() as newspapers,
    ):
        held.counts()  # from its first question on it is in use, and another demo sees that
        sources = Path(folder)
        newspapers.write_sources(sources)
        count = len(newspapers.sources)
        click.echo(f"{count} simulated newspapers are up on 127.0.0.11 and the addresses after it.\n")
        crawl = [sys.executable, "-P", "-m", "biengioi", "--db", str(db), "--sources", folder, "crawl"]
        status = subprocess.run(crawl, check=False).returncode
        if status == 0:
            time.sleep(_PAUSE_S)
            edited, *_, copied = (story for story in newspapers.stories if story.relevant)
            newspapers.publish()
            newspapers.edit(edited.url)
            newspapers.copy(copied.url, edited.paper)
            click.echo(
                "\nMeanwhile one more story came out, another was edited, and a third printed by a second"
                " paper, shortened. Crawling again:\n"
            )
            status = subprocess.run(crawl, check=False).returncode
        if status != 0:
            return status
        click.echo("\nWhat was found, newest first:\n")
        _print_articles(db)
        _print_next_steps(db, edited.url, copied.url)
        if not no_serve:
            click.echo("The newspapers stay up until Ctrl-C; in another terminal you can crawl them again:")
            click.echo(f"  {program()} --db {db} --sources {folder} crawl")
            limits, watch = context.config().web, replace(context, sources_folder=sources).watch()
            serve_pages(db, host="127.0.0.1", port=0, limits=limits, topic=context.topic(), watch=watch)
    return 0


def _fresh_database(chosen: Path | None) -> Path:
    """Return where the demo's collection goes: its own file anew, or a file that is not there yet."""
    if chosen is not None:
        if chosen.exists():
            raise UsageError(f"{chosen} exists already; the demo needs a new file.")
        return chosen
    if DEMO_DB.exists():
        from db.file.access import is_in_use

        if is_in_use(DEMO_DB):
            raise UsageError(
                f"{DEMO_DB} is in use, most likely by a demo that still serves it; stop that one, or name"
                " another file with --db."
            )
        click.echo(f"{DEMO_DB} of an earlier demo, and what was added to it, is replaced.\n")
    for suffix in ("", "-wal", "-shm"):
        DEMO_DB.with_name(DEMO_DB.name + suffix).unlink(missing_ok=True)
    shutil.rmtree(folder_of(DEMO_DB), ignore_errors=True)
    return DEMO_DB


def _print_articles(db: Path) -> None:
    from db.collection import ArticleFilter, Collection

    with Collection.open(db) as collection:
        rows = list(collection.list(ArticleFilter()))
    print_table(
        ("id", "published", "source", "grade", "title"),
        [
            (r["id"], local_time(r["published_at"]), r["source_id"], r["topic_grade"], r["title"])
            for r in rows
        ],
        right=("id",),
    )


def _print_next_steps(db: Path, edited_url: str, copied_url: str) -> None:
    from db.collection import Collection

    with Collection.open(db) as collection:
        edited, copied = (
            collection.explain(url)["decisions"][-1]["article_id"] for url in (edited_url, copied_url)
        )
    click.echo("\nWhat to type next:")
    for arguments, purpose in (
        (f"show {copied}", "one article as it is kept, and who else printed it"),
        (f"diff {edited}", "what an editor changed"),
        ('search "cua khau"', "with or without diacritics"),
        ("list --country LA", "only what concerns Laos"),
        ("events", "who met whom, where and when"),
        (f"cite {copied}", "what proves an article, and where its page is kept"),
        ("stats", "how many from where, about what"),
        ("sources suggest", "papers that the articles quote and nobody watches"),
        ("runs 1", "the first crawl's numbers, source by source"),
        ("explain --run 1", "what it rejected, and why"),
        ("export corpus my-corpus", "text files for research"),
        ("serve", "the collection as web pages"),
    ):
        click.echo(f"  {program()} {f'--db {db} {arguments}':<50} {purpose}")
    click.echo(f"  {program()} {'crawl':<50} the real newspapers, into biengioi.db\n")
