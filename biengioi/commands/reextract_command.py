"""``biengioi reextract``: articles read anew from the archive, after the reader of pages was mended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from biengioi.context import Context
from biengioi.options import json_option, topic_option
from biengioi.output import print_json, print_line, print_text, safe
from biengioi.working import working

if TYPE_CHECKING:
    from crawler.decision import Decision
    from crawler.reading import Reading
    from crawler.source import Source
    from crawler.topic.topic import Topic
    from db.upkeep.rereading import KeptPage, RereadReport


@click.command("reextract")
@click.option("--source", "source_id", metavar="ID", help="Only articles of this source.")
@click.option(
    "--older-than",
    type=click.IntRange(1, 1_000_000),
    metavar="VERSION",
    help="Only what an extraction before this version read last.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@topic_option
@json_option
@click.pass_obj
def command(
    context: Context,
    source_id: str | None,
    older_than: int | None,
    dry_run: bool,
    topic_file: Path | None,
    as_json: bool,
) -> int:
    """Read articles anew from their kept pages, after the reader was mended; no paper is asked."""
    if source_id is not None:
        context.check_source(source_id)
    sources = context.all_sources()
    topic = context.topic(topic_file)
    with (
        context.open_collection() as collection,
        _reader(context, sources, topic) as read_all,
        working("reading") as say,
    ):
        report = collection.reextract(read_all, source_id, older_than, dry_run=dry_run, say=say)
        say("")
    if as_json:
        print_json(report.to_json())
    else:
        _print(report)
    return 1 if report.failed_count else 0


@contextmanager
def _reader(
    context: Context, sources: Mapping[str, Source], topic: Topic
) -> Iterator[Callable[[Sequence[KeptPage]], Sequence[Reading | Decision]]]:
    """Yield what reads pages in worker processes, as a crawl does."""
    from crawler.reading import PageReader
    from crawler.source import Source
    from spiders.extractor import ExtractorPool

    pool = ExtractorPool(context.config().extraction, PageReader(topic))

    async def read(pages: Sequence[KeptPage]) -> Sequence[Reading | Decision]:
        readings: Sequence[Reading | Decision] = await asyncio.gather(
            *(
                pool.extract(
                    one.page,
                    # Of a paper that no file declares any more only its address is known.
                    sources.get(one.source_id) or Source(one.source_id, one.source_id, one.page.url),
                    one.entry,
                    one.shared_titles,
                )
                for one in pages
            )
        )
        return readings

    with asyncio.Runner() as runner:
        try:
            yield lambda pages: runner.run(read(pages))
        finally:
            pool.stop()


def _print(report: RereadReport) -> None:
    verb = "would change" if report.dry_run else "changed"
    print_line(
        f"{report.read_count} articles read anew (extraction version {report.version}):"
        f" {report.unchanged_count} as before, {report.changed_count} {verb}."
    )
    for reason, count in sorted(report.refused.items()):
        print_line(f"{count:>6}  come to no article now ({reason}) and stay as they are", "  ")
    for name, changes in report.fields.items():
        click.secho(f"\n{name}: {changes.count}", bold=True)
        for example in changes.examples:
            print_text(f"{example.article_id}  {_shown(example.before)}", "  ")
            print_text(f"→ {_shown(example.after)}", "    ")
    if report.missing_count:
        print_line(f"\n{report.missing_count} articles have no page in the archive and were not read.")
    if report.failed_count:
        print_line(f"{report.failed_count} pages could not be read:")
        for problem in report.problems:
            print_line(safe(problem), "  ")


def _shown(value: Any) -> str:
    if value is None or value == []:
        return "(nothing)"
    return safe(" · ".join(map(str, value)) if isinstance(value, list) else value)
