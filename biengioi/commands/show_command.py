"""``biengioi show ID``: one article as it is kept."""

from __future__ import annotations

import sys
from typing import Any

import click

from biengioi.context import Context
from biengioi.options import ROW_ID, json_option
from biengioi.output import local_time, print_json, print_line, print_text, safe
from biengioi.place_names import place_name
from biengioi.program import here
from crawler.errors import UsageError


@click.command("show")
@click.argument("article_id", metavar="ID", type=ROW_ID)
@click.option(
    "--html",
    "as_page",
    is_flag=True,
    help="Write its page as it was to stdout, byte by byte, from the archive.",
)
@json_option
@click.pass_obj
def command(context: Context, article_id: int, as_page: bool, as_json: bool) -> int:
    """Show one article with its sightings, revisions and duplicates."""
    if as_page:
        return _write_page(context, article_id, as_json=as_json)
    with context.asked_collection() as collection:
        article = collection.show(article_id)
    if as_json:
        print_json(article)
    else:
        _print(article)
    return 0


def _write_page(context: Context, article_id: int, *, as_json: bool) -> int:
    if as_json:
        raise UsageError("A page is no JSON; leave --html or --json away.")
    if sys.stdout.isatty():  # what is scraped may hold what a terminal obeys
        raise UsageError("A page goes to a file or a pipe; put > page.html behind the command.")
    with context.asked_collection() as collection:
        page = collection.page_as_it_was(article_id)
    sys.stdout.buffer.write(page.body)
    return 0


def _print(article: dict[str, Any]) -> None:
    print_text(click.style(safe(article["title"] or "(no title)"), bold=True))
    published = local_time(article["published_at"]) or "unknown date"
    _print_facts(article["source_id"], published, ", ".join(article["authors"]))
    click.echo(safe(article["url"] or "(no address)"))
    grade = f"{article['topic_grade']} {article['topic_score']}" if article["topic_grade"] else ""
    terms = ", ".join(dict.fromkeys(term["term"] for term in article["topic_terms"]))
    _print_facts(grade, ", ".join(article["fields"]), terms)
    _print_facts(", ".join(map(_place, [*article["countries"], *article["places"]])))
    click.echo()
    for paragraph in article["text"].split("\n"):
        print_text(safe(paragraph))
    for caption in article["captions"]:
        print_text(f"[{safe(caption)}]")
    for heading, rows in _lists(article).items():
        if rows:
            click.secho(f"\n{heading}", bold=True)
            for row in rows:
                print_line(safe(row), "  ")


def _print_facts(*facts: str) -> None:
    if any(facts):
        print_text(" · ".join(safe(fact) for fact in facts if fact))


def _place(place_id: str) -> str:
    """Return a place's name, and the id by which `list` finds it."""
    name = place_name(place_id)
    return f"{name} ({place_id})" if name != place_id else name


def _shown(evidence: dict[str, Any]) -> str:
    """Return the name of what a sentence shows; of what it does not name, from which place that follows."""
    name = place_name(evidence["id"])
    source = evidence.get("derived_from")
    return f"{name} (follows from {place_name(source)})" if source else name


def _lists(article: dict[str, Any]) -> dict[str, list[str]]:
    """Return heading → lines of what stands below the text."""
    return {
        "Countries and places": [f"{_shown(e)}: {e['sentence']}" for e in article["evidence"]],
        "Seen at": [
            f"{local_time(s['seen_at'])}  {s['source_id']}  {s['url']}" for s in article["sightings"]
        ],
        here(f"Earlier versions (biengioi diff {article['id']} shows what changed)"): [
            f"{r['number']}  {local_time(r['seen_at'])}  {r['title'] or ''}" for r in article["revisions"]
        ],
        "The same story in other words": [
            f"{d['id']}  {local_time(d['published_at'])}  {d['source_id']}  {d['title'] or ''}"
            + ("" if d["duplicate_of"] else "  (the original)")
            for d in article["duplicates"]
        ],
        f"The same story, shorter or fuller (biengioi compare {article['id']} ID says more)": [
            f"{a['id']}  {local_time(a['published_at'])}  {a['source_id']}  {a['title'] or ''}"
            + ("  (fuller)" if a["is_fuller"] else "  (shorter)")
            for a in article["abridged"]
        ],
    }
