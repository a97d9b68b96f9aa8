"""``biengioi compare A B``: whether two texts are one story's, and what differs."""

from __future__ import annotations

from pathlib import Path

import click

from biengioi.context import Context
from biengioi.options import LARGEST_NUMBER, ROW_ID, json_option
from biengioi.output import print_json, safe
from crawler.bounded import MAX_TEXT_BYTES, read_file
from crawler.errors import UsageError


@click.command("compare")
@click.argument("first", metavar="A", type=click.Path())
@click.argument("second", metavar="B", type=click.Path())
@json_option
@click.pass_obj
def command(context: Context, first: str, second: str, as_json: bool) -> int:
    """Say whether two texts tell one story: the same, a copy, abridged or other.

    A and B are articles by their number, or text files.
    """
    from crawler.identity.facts import ComparedText
    from crawler.identity.near import Relation, compare

    found = compare(*(ComparedText.of(_text_of(context, one)) for one in (first, second)))
    differs = [
        {"kind": kind, "a": here, "b": there}
        for kind, swapped in (("number", found.facts.swapped_numbers), ("name", found.facts.swapped_names))
        for here, there in swapped
    ]
    words, other_words = found.word_counts
    if as_json:
        print_json(
            {
                "relation": found.relation,
                "shared": found.shared,
                "words": {"a": words, "b": other_words},
                "differs": differs,
                "why": found.why,
            }
        )
        return 0
    click.secho(f"{found.relation}: {found.why}.", bold=True)
    click.echo(f"{first} has {words:,} words, {second} {other_words:,}; both have {found.shared:,} of them.")
    if found.relation is Relation.ABRIDGED:
        click.echo(f"{first if words > other_words else second} says more.")
    for one in differs:
        click.echo(f"  another {one['kind']}: {safe(one['a'])} | {safe(one['b'])}")
    return 0


def _text_of(context: Context, name: str) -> str:
    if name.isascii() and name.isdigit() and len(name) <= len(str(LARGEST_NUMBER)):
        with context.asked_collection() as collection:
            return str(collection.show(ROW_ID(name))["text"])
    try:
        return read_file(Path(name), MAX_TEXT_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not text in UTF-8.") from error
    except OSError as error:
        raise UsageError(f"{name} is neither the number of an article nor a file to read.") from error
