"""``biengioi diff ID``: what changed between two versions of an article, word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from biengioi.context import Context
from biengioi.options import ROW_ID, json_option
from biengioi.output import is_coloured, local_time, print_json, print_line, safe
from crawler.errors import NotFoundError

if TYPE_CHECKING:
    from crawler.text.word_diff import Segment
    from db.articles.revisions import Version

_CONTEXT_CHARS = 200
"""What is longer and did not change is cut on a terminal and in a pipe."""


@click.command("diff")
@click.argument("article_id", metavar="ID", type=ROW_ID)
@click.option(
    "--rev",
    "numbers",
    type=int,
    nargs=2,
    metavar="A B",
    help="Compare these two versions instead of the last two.",
)
@json_option
@click.pass_obj
def command(context: Context, article_id: int, numbers: tuple[int, int] | None, as_json: bool) -> int:
    """Show how an article changed, word by word."""
    with context.asked_collection() as collection:
        versions = collection.versions(article_id)
    old, new = _pair(article_id, versions, numbers)
    changes = old.changes_to(new)
    if as_json:
        print_json(
            {
                "id": article_id,
                "from": {"number": old.number, "seen_at": old.seen_at, "kind": old.kind},
                "to": {"number": new.number, "seen_at": new.seen_at, "kind": new.kind},
                "fields": {name: [asdict(one) for one in segments] for name, segments in changes.items()},
            }
        )
        return 0
    click.secho(f"Article {article_id}: {_name(old)} → {_name(new)}", bold=True)
    if old.kind == "reread" and new.number == old.number + 1:
        print_line("The paper changed nothing: we read the same page anew.")
    if all((version.text.startswith(version.lead or "")) for version in (old, new)):
        del changes["lead"]  # the text shows it
    for name, segments in changes.items():
        if any(segment.op != "equal" for segment in segments):
            click.secho(f"\n{name}", bold=True)
            click.echo("".join(map(_marked, segments)))
    return 0


def _pair(
    article_id: int, versions: Sequence[Version], numbers: tuple[int, int] | None
) -> tuple[Version, Version]:
    if numbers is None:
        if len(versions) < 2:
            raise NotFoundError(f"Article {article_id} has not changed since it was first seen.")
        return versions[-2], versions[-1]
    by_number = {version.number: version for version in versions}
    for number in numbers:
        if number not in by_number:
            known = ", ".join(map(str, by_number))
            raise NotFoundError(f"Article {article_id} has no version {number}; it has {known}.")
    return by_number[numbers[0]], by_number[numbers[1]]


def _name(version: Version) -> str:
    return f"version {version.number} ({local_time(version.seen_at)})"


def _marked(segment: Segment) -> str:
    """Return a segment in colour on a terminal, as ``git diff --word-diff`` marks it elsewhere."""
    text = "\n".join(map(safe, segment.text.split("\n")))
    if segment.op == "equal":
        return _shortened(text)
    if is_coloured():
        return (
            click.style(text, fg="red", strikethrough=True)
            if segment.op == "delete"
            else (click.style(text, fg="green", underline=True))
        )
    return f"[-{text}-]" if segment.op == "delete" else f"{{+{text}+}}"


def _shortened(text: str) -> str:
    if len(text) <= 2 * _CONTEXT_CHARS:
        return text
    return f"{text[:_CONTEXT_CHARS]} … {text[-_CONTEXT_CHARS:]}"
