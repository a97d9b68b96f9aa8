"""`sources suggest`: who is worth watching; with a check, what the first pages of the best offer."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from biengioi.context import Context
from biengioi.output import print_json, print_line, print_table, safe
from biengioi.working import asking, working
from crawler.errors import NotFoundError
from crawler.reach.suggestions import Standing, Suggestion
from crawler.source import Source
from crawler.topic.relevance import Grade

if TYPE_CHECKING:
    from crawler.topic.topic import Topic
    from spiders.check_result import SourceCheck

CHECKED = 5
"""New hosts that one look asks, the best first; more are asked where they are named."""

_SHOWN_TITLES = 3


@dataclass(frozen=True, slots=True)
class Look:
    """What the first pages of a suggested host offer.

    Args:
        is_good: an article could be read there.
        title_count: headlines that its first pages offer.
        wanted: those that the topic grades as related or core, going by the title alone.
        newest: the latest date among them, as stored.
        detail: why nothing could be read; else the title of the article that was read.
    """

    is_good: bool
    title_count: int
    wanted: tuple[str, ...]
    newest: str | None
    detail: str

    def to_json(self) -> dict[str, Any]:
        """Return the look as JSON types."""
        return {
            "ok": self.is_good,
            "title_count": self.title_count,
            "wanted_count": len(self.wanted),
            "wanted": list(self.wanted[:_SHOWN_TITLES]),
            "newest": self.newest,
            "detail": self.detail,
        }


def suggest_sources(
    context: Context, hosts: Sequence[str], limit: int, *, is_checked: bool, as_json: bool
) -> int:
    """Show what is worth watching; return the exit status.

    Args:
        hosts: those to show and to ask, whatever their place; empty for the best `limit`.
    """
    with context.asked_collection() as collection:
        found = list(collection.suggestions(context.all_sources()))
    if hosts:
        found = [one for one in found if one.host in hosts]
        missing = sorted(set(hosts) - {one.host for one in found})
        if missing:
            raise NotFoundError(
                f"Nothing points to {missing[0]}; `biengioi sources suggest` shows what does."
            )
    shown = found if hosts else found[:limit]
    looks = _looks(context, shown, is_named=bool(hosts)) if is_checked else {}
    if as_json:
        print_json(
            [
                one.to_json() | {"check": looks[one.host].to_json() if one.host in looks else None}
                for one in shown
            ]
        )
    else:
        _print(shown, looks)
    return 0


def _looks(context: Context, shown: Sequence[Suggestion], *, is_named: bool) -> dict[str | None, Look]:
    """Ask the new ones among them, politely; a private address only where the user names it."""
    from spiders.check import check_sources

    asked: dict[str, Suggestion] = {}
    for one in shown:
        if one.standing is not Standing.NEW or not one.host or (len(asked) >= CHECKED and not is_named):
            continue
        if not is_named and _is_private(one.host):
            click.echo(
                f"{one.host} is a private address; `biengioi sources suggest --check {one.host}` asks it.",
                err=True,
            )
            continue
        asked[f"suggested-{len(asked) + 1}"] = one
    if not asked:
        click.echo("Nobody was asked: --check reads new publications of which the host is known.", err=True)
        return {}
    sources = [Source(id_, one.host or "", one.homepage or "") for id_, one in asked.items()]
    with context.pauses() as pauses, working(asking(sources)):
        checks = check_sources(
            sources,
            context.config(),
            lambda check: click.echo(f"{asked[check.source_id].host}: read", err=True),
            pauses=pauses,
        )
    topic = context.topic()
    return {asked[check.source_id].host: _look(check, topic) for check in checks}


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost"


def _look(check: SourceCheck, topic: Topic) -> Look:
    titles = list(dict.fromkeys(one.title for one in check.candidates if one.title))
    wanted = [one for one in titles if topic.score(title=one, lead=None, text="").grade is not Grade.NONE]
    sample = check.sample or {}
    detail = sample.get("title") or sample.get("detail") or sample.get("rejected")
    newest = max((one.published.at for one in check.candidates if one.published), default=None)
    return Look(
        check.is_good,
        len(titles),
        tuple(wanted),
        newest or sample.get("published_at"),
        detail or check.home.detail or "; ".join(check.suggestions) or "nothing that looks like an article",
    )


def _print(shown: Sequence[Suggestion], looks: dict[str | None, Look]) -> None:
    if not shown:
        print_line("Nothing that is kept points to a paper that no source file declares.")
        return
    print_table(
        ("host", "standing", "articles", "papers", "lists", "names"),
        [
            (
                one.host or "(host not known)",
                f"{one.standing} of {one.source_id}" if one.standing is Standing.MIRROR else one.standing,
                one.article_count,
                one.paper_count,
                one.list_count,
                ", ".join(one.names),
            )
            for one in shown
        ],
        right=("articles", "papers", "lists"),
    )
    for one in shown:
        click.echo()
        click.secho(safe(one.host or one.names[0]), bold=True)
        for example in one.examples:
            where = f"article {example.article_id}" if example.article_id else example.source_id
            print_line(f"{where} ({example.how}): {safe(example.words)}", "  ")
        if look := looks.get(one.host):
            print_line(
                f"  {'an article was read' if look.is_good else 'no article could be read'}:"
                f" {safe(look.detail)}"
            )
            if look.title_count:
                print_line(f"{len(look.wanted)} of {look.title_count} headlines are about the topic", "  ")
            for title in look.wanted[:_SHOWN_TITLES]:
                print_line(safe(title), "    ")
        print_line(f"→ {one.command}", "  ")
