"""``biengioi show ID``: one article as it is kept."""

from __future__ import annotations

from typing import Any

import click

from biengioi.context import Context
from biengioi.options import json_option
from biengioi.output import local_time, print_json, safe


@click.command("show")
@click.argument("article_id", metavar="ID", type=int)
@json_option
@click.pass_obj
def command(context: Context, article_id: int, as_json: bool) -> int:
    """Show one article with its sightings, revisions and duplicates."""
    with context.open_collection() as collection:
        article = collection.show(article_id)
    if as_json:
        print_json(article)
    else:
        _print(article)
    return 0


def _print(article: dict[str, Any]) -> None:
    click.secho(safe(article["title"] or "(no title)"), bold=True)
    published = local_time(article["published_at"]) or "unknown date"
    facts = (article["source_id"], published, ", ".join(article["authors"]))
    click.echo(" · ".join(safe(fact) for fact in facts if fact))
    click.echo(safe(article["url"] or "(no address)"))
    terms = ", ".join(dict.fromkeys(term["term"] for term in article["topic_terms"]))
    where = ", ".join([*article["countries"], *article["places"]])
    topic = f"{article['topic_grade']} {article['topic_score']}" if article["topic_grade"] else ""
    fields = ", ".join(article["fields"])
    click.echo(" · ".join(safe(fact) for fact in (topic, fields, where, terms) if fact))
    click.echo()
    for paragraph in article["text"].split("\n"):
        click.echo(safe(paragraph))
    for caption in article["captions"]:
        click.echo(f"[{safe(caption)}]")
    for heading, rows in (
        ("Countries and places", [f"{e['id']}: {e['sentence']}" for e in article["evidence"]]),
        (
            "Seen at",
            [f"{local_time(s['seen_at'])}  {s['source_id']}  {s['url']}" for s in article["sightings"]],
        ),
        (
            "Earlier versions",
            [f"{r['number']}  {local_time(r['seen_at'])}  {r['title']}" for r in article["revisions"]],
        ),
        ("Duplicates", [f"{d['id']}  {d['source_id']}  {d['title']}" for d in article["duplicates"]]),
    ):
        if rows:
            click.secho(f"\n{heading}", bold=True)
            for row in rows:
                click.echo(f"  {safe(row)}")
