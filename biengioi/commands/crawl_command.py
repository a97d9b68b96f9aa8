"""``biengioi crawl``: one crawl, now."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import click

from biengioi.context import Context
from biengioi.crash import report
from biengioi.open_log import open_log
from biengioi.options import Day, json_option, topic_option
from biengioi.output import print_json
from biengioi.report_view import is_offline, print_report
from biengioi.streams import tell
from crawler.config import Config
from crawler.report import RunReport, SourceStatus
from crawler.source import Source

_MIN_FAILURES = 3
_MIN_FAILURE_SHARE = 0.2


@click.command("crawl")
@click.argument("sources", metavar="[SOURCE…]", nargs=-1)
@click.option("--since", type=Day(), help="Only what was published on or after this day; walks back to it.")
@click.option("--max-pages", type=click.IntRange(min=0), help="Articles fetched per source.")
@click.option("--dry-run", is_flag=True, help="Discover, fetch and decide, but write nothing.")
@topic_option
@json_option
@click.pass_obj
def command(
    context: Context,
    sources: tuple[str, ...],
    since: date | None,
    max_pages: int | None,
    dry_run: bool,
    topic_file: Path | None,
    as_json: bool,
) -> int:
    """Crawl the newspapers once, now: the sources named, or all enabled ones."""
    config = context.config()
    chosen = context.chosen_sources(sources)
    topic = context.topic_of_crawl(topic_file)
    warn_without_contact(config, chosen)
    from biengioi.crawling import CrawlRequest, run_crawl
    from biengioi.progress import watching

    is_live = open_log(context, config)
    with watching(len(chosen), is_live=is_live, is_patient=not context.verbose) as progress:
        result = run_crawl(
            CrawlRequest(
                context.db_path,
                config,
                chosen,
                progress,
                topic,
                kind="schedule" if context.is_supervised else "crawl",
                since=since,
                max_pages=max_pages,
                dry_run=dry_run,
            )
        )
    if as_json:
        print_json(result.report.to_json())
    else:
        print_report(result.report)
    if not result.is_whole:
        tell("Interrupted; what was found is kept, and the rest comes first next time.")
    elif result.stopped:
        tell(result.stopped)
    elif not context.is_supervised and (advice := _advice(result.report, is_shown=not as_json)):
        tell(advice)
    for problem in result.problems:
        report(problem, context)
    return 0 if result.is_good else 1


def _advice(report: RunReport, *, is_shown: bool) -> str:
    """Return what the report that is shown does not say itself."""
    return "" if is_shown and is_offline(report) else advice_on_failures(report)


def advice_on_failures(report: RunReport) -> str:
    """Return what to do when many sources could not be read, or an empty text."""
    if is_offline(report):
        return "Not one server was reached; look at this machine's network."
    failed = sum(one.status is SourceStatus.FAILED for one in report.sources.values())
    if failed < _MIN_FAILURES or failed < _MIN_FAILURE_SHARE * len(report.sources):
        return ""
    return (
        f"{failed} of {len(report.sources)} sources could not be read;"
        " `biengioi sources check --apply` adapts their files to what is there now."
    )


def warn_without_contact(config: Config, sources: Iterable[Source]) -> None:
    """Say on stderr that papers which are not on this machine cannot reach the user, if so."""
    if not config.contact and not all(_is_loopback(source) for source in sources):
        tell(
            "no `contact` in the configuration, so the papers cannot reach you;"
            ' put contact = "you@example.org" into biengioi.toml.'
        )


def _is_loopback(source: Source) -> bool:
    urls: Sequence[str] = (source.homepage, *(seed.url for seed in source.seeds))
    return all(_is_loopback_host(urlsplit(url).hostname or "") for url in urls)


def _is_loopback_host(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
