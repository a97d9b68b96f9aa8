"""``biengioi watches``: saved searches, each with a page, a feed, alerts and a digest of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from biengioi.context import Context
from biengioi.emptiness import as_options
from biengioi.options import FACET_OPTIONS, json_option
from biengioi.output import local_time, print_json, print_line, print_table, safe
from biengioi.streams import remark
from crawler.alert_config import DigestRhythm, Watch
from crawler.article import format_instant
from crawler.config import Config
from crawler.errors import UsageError
from crawler.text.harmless import one_line
from crawler.text.query import parse_query

if TYPE_CHECKING:
    from db.service.watches import SavedWatch, Standing


@click.group("watches")
def command() -> None:
    """List, add and remove saved searches, whose new articles are told."""


@command.command("list")
@json_option
@click.pass_obj
def list_watches(context: Context, as_json: bool) -> int:
    """List the watches with what each finds, and what came since it was last told."""
    config = context.config()
    with context.asked_collection(config=config) as collection:
        watches = collection.watches(config.alerts.watch)
    if as_json:
        print_json([_document(saved, stands) for saved, stands in watches])
        return 0
    if not watches:
        remark('There is no watch; `biengioi watches add "cửa khẩu" --country LA` adds one.')
    print_table(
        ("name", "finds", "articles", "new", "since", "last came", "alert", "digest", "stands in"),
        [_row(saved, stands, config) for saved, stands in watches],
        right=("articles", "new"),
    )
    return 0


def _document(saved: SavedWatch, stands: Standing | None) -> dict[str, Any]:
    watch = saved.watch
    document: dict[str, Any] = {
        "name": watch.name,
        "slug": saved.slug,
        "query": watch.query,
        "source": watch.source,
        "country": watch.country,
        "place": watch.place,
        "field": watch.field,
        "grade": watch.grade,
        "alert": watch.alert,
        "digest": watch.digest.value,
        "stands_in": "configuration" if saved.is_declared else "database",
        "created_at": saved.created_at and format_instant(saved.created_at),
    }
    if stands is not None:
        document |= {
            "article_count": stands.article_count,
            "new_count": stands.new_count,
            "told_at": stands.told_at and format_instant(stands.told_at),
            "newest_at": stands.newest_at,
        }
    return document


def _row(saved: SavedWatch, stands: Standing, config: Config) -> tuple[object, ...]:
    watch = saved.watch
    return (
        watch.name,
        " ".join(filter(None, (watch.query, as_options(saved.wanted)))),
        f"{stands.article_count:,}",
        f"{stands.new_count:,}",
        local_time(format_instant(stands.told_at)) if stands.told_at else "ever",
        local_time(stands.newest_at) or "never",
        "yes" if watch.alert else "no",
        watch.digest.value,
        _file(config) if saved.is_declared else "database",
    )


def _file(config: Config) -> str:
    """Return the file in which the watches of the configuration stand."""
    return next((at for key, at in config.origins.items() if key.startswith("alerts.watch")), "configuration")


@command.command("add")
@click.argument("query", metavar="[QUERY]", default="")
@click.option("--name", help="What messages and pages call it, instead of what it asks for.")
@FACET_OPTIONS["source"]
@FACET_OPTIONS["country"]
@FACET_OPTIONS["place"]
@FACET_OPTIONS["field"]
@FACET_OPTIONS["grade"]
@click.option(
    "--digest",
    type=click.Choice([rhythm.value for rhythm in DigestRhythm]),
    default=DigestRhythm.NONE.value,
    show_default=True,
    help="How often a message of its own tells what is new.",
)
@click.option("--alert/--no-alert", default=True, show_default=True, help="Tell each new article at once.")
@json_option
@click.pass_obj
def add(
    context: Context,
    /,
    query: str,
    name: str | None,
    digest: str,
    alert: bool,
    as_json: bool,
    **filters: str | None,
) -> int:
    """Keep a search in the database; QUERY is as for search, without it the filters alone decide.

    Quote a query of several words. Its diacritics are meant, if it has any.
    """
    words = " ".join(query.split())
    if words:
        parse_query(words)
    elif not any(filters.values()):
        raise UsageError("Say what to watch: words, or a filter such as --country LA.")
    called = one_line(words or " ".join(filter(None, filters.values()))) if name is None else one_line(name)
    if not called.strip():
        raise UsageError("A watch needs a name with letters; give another --name.")
    watch = Watch(called.strip(), words, **filters, alert=alert, digest=DigestRhythm(digest))
    config = context.config()
    with context.asked_collection(create=True, config=config) as collection:
        if watch.source is not None:
            context.check_source(watch.source)
        saved = collection.add_watch(watch, config.alerts.watch)
    if as_json:
        print_json(_document(saved, None))
    else:
        page = f"/{config.language}/watches/{saved.slug}"
        print_line(f"Watching {safe(watch.name)}; `biengioi serve` shows it at {page}.")
    return 0


@command.command("remove")
@click.argument("name")
@json_option
@click.pass_obj
def remove(context: Context, name: str, as_json: bool) -> int:
    """Remove a watch that was added; its articles stay."""
    config = context.config()
    with context.asked_collection(config=config) as collection:
        removed = collection.remove_watch(name, config.alerts.watch, _file(config))
    if as_json:
        print_json({"removed": removed})
    else:
        print_line(f"No longer watching {safe(removed)}.")
    return 0
