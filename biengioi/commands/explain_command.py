"""``biengioi explain URL``: what was decided about an address, run by run."""

from __future__ import annotations

import click

from biengioi.context import Context
from biengioi.options import json_option
from biengioi.output import local_time, print_json, print_table
from crawler.errors import NotFoundError, UsageError
from crawler.identity.urls import canonical_url


@click.command("explain")
@click.argument("url")
@json_option
@click.pass_obj
def command(context: Context, url: str, as_json: bool) -> int:
    """Say what was decided about an address, and why."""
    with context.open_collection() as collection:
        try:
            trail = collection.explain(url)
        except NotFoundError as error:
            if canonical_url(url) is not None:
                raise
            raise UsageError(
                f"{url!r} is no address of a page; give one like https://paper.vn/story.html."
            ) from error
    if as_json:
        print_json(trail)
        return 0
    columns = ("at", "run", "decision", "reason", "article", "detail")
    print_table(
        columns,
        (
            (
                local_time(one["at"]),
                one["run_id"] or "",
                one["kind"],
                one["reason"],
                one["article_id"] or "",
                one.get("detail") or "",
            )
            for one in trail["decisions"]
        ),
    )
    return 0
