"""``biengioi extract FILE|URL``: what we would make of a page, without storing it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from biengioi.context import Context
from biengioi.options import TEXT, json_option, topic_option
from biengioi.output import print_json, print_line, print_text, safe, zoned_time
from biengioi.working import working
from crawler.article import EXPORTED, Article, format_instant, page_values, topic_values
from crawler.bounded import MAX_TEXT_BYTES, read_file
from crawler.errors import NotFoundError, UsageError
from crawler.page import Page
from crawler.source import Source
from crawler.topic.relevance import Relevance

if TYPE_CHECKING:
    from crawler.extraction import Refused


@click.command("extract")
@click.argument("page", metavar="FILE|URL", type=click.Path())
@click.option("--url", help="The address that the file was saved from.")
@click.option("--links", is_flag=True, help="Show where the page leads to instead of its text.")
@topic_option
@json_option
@click.pass_obj
def command(
    context: Context, page: str, url: str | None, links: bool, topic_file: Path | None, as_json: bool
) -> int:
    """Show what would be extracted from a saved page or an address, with where each field came from."""
    from crawler.extraction import Refused, extract_article

    topic = context.topic(topic_file)
    fetched = _fetch(context, page) if page.startswith(("http://", "https://")) else _read(page, url)
    source = next((one for one in context.all_sources().values() if one.owns(fetched.url)), None)
    if links:
        return _show_links(fetched, source, as_json)
    article = extract_article(fetched, family=source.family if source else None)
    if isinstance(article, Refused):
        return _show_refusal(article, as_json)
    relevance = topic.score(title=article.title, lead=article.lead, text=article.text)
    document = _document(article, relevance, source, fetched)
    document |= {
        "family": article.family,
        "provenance": dict(article.provenance),
        "warnings": list(article.warnings),
    }
    if as_json:
        print_json(document)
    else:
        _print(document)
    return 0


def _show_links(page: Page, source: Source | None, as_json: bool) -> int:
    from crawler.extraction import Refused, read_document
    from spiders.discovery.inventory import take_inventory

    document = read_document(page)
    if isinstance(document, Refused):
        return _show_refusal(document, as_json)
    if not page.url.startswith(("http://", "https://")):
        raise UsageError("Links need the address that the file was saved from; give it with --url.")
    found = take_inventory(document, source)
    if as_json:
        print_json(asdict(found))
        return 0
    for name in ("articles", "feeds", "sitemaps", "others"):
        urls: tuple[str, ...] = getattr(found, name)
        click.echo(f"{name} ({len(urls)})")
        for url in urls:
            click.echo(f"  {safe(url)}")
    click.echo(f"next: {safe(found.next or 'none')}")
    return 0


def _show_refusal(refused: Refused, as_json: bool) -> int:
    if as_json:
        print_json({"rejected": refused.reason.value})
    else:
        click.echo(f"rejected: {refused.reason} {safe(refused.detail)}".rstrip())
    return 1


def _read(name: str, url: str | None) -> Page:
    from biengioi.crawling import utc_now

    path = Path(name)
    try:
        body = read_file(path, MAX_TEXT_BYTES)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read ({error.strerror}); give a saved page or an address."
        ) from error
    address = url or path.absolute().as_uri()
    return Page(address, address, body, utc_now())


def _fetch(context: Context, url: str) -> Page:
    from spiders.single_page import fetch_page

    url = TEXT(url)
    with context.pauses() as pauses, working(f"asking {safe(urlsplit(url).netloc)}"):
        page = fetch_page(url, context.config(), pauses=pauses)
    if isinstance(page, Page):
        return page
    raise NotFoundError(f"{url} could not be fetched ({page.reason}): {page.detail.rstrip('.')}.")


def _document(article: Article, relevance: Relevance, source: Source | None, page: Page) -> dict[str, Any]:
    """Return the columns that a crawl would store, with the zone of their times."""
    values = {
        "source_id": source.id if source else None,
        "fetched_at": zoned_time(format_instant(page.fetched_at)),
        **page_values(article),
        **topic_values(relevance),
    }
    if article.published:
        values["published_at"] = zoned_time(article.published.at)
    return {
        column.name: list(values[column.name]) if column.is_json else values[column.name]
        for column in EXPORTED
        if column.name in values
    }


def _print(document: dict[str, Any]) -> None:
    provenance = document["provenance"]
    for name, value in document.items():
        if name in ("text", "provenance", "warnings", "topic_terms", "evidence") or value in (None, [], ""):
            continue
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        origin = f"  ({safe(provenance[name])})" if name in provenance else ""
        print_line(f"{name}: {safe(shown)}{origin}")
    for warning in document["warnings"]:
        print_line(f"warning: {safe(warning)}")
    click.echo()
    for paragraph in document["text"].split("\n"):
        print_text(safe(paragraph))
