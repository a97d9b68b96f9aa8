"""``biengioi verify``: whether the database is whole, and everything in it agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from biengioi.context import Context
from biengioi.options import json_option
from biengioi.output import print_json, print_line, safe
from biengioi.streams import tell
from biengioi.working import working

if TYPE_CHECKING:
    from db.upkeep.verify import CheckResult


@click.command("verify")
@click.option("--repair", is_flag=True, help="First make the indexes and counts anew from the articles.")
@click.option("--quick", is_flag=True, help="Of the archive, read only what the last week wrote again.")
@json_option
@click.pass_obj
def command(context: Context, repair: bool, quick: bool, as_json: bool) -> int:
    """Check that the database is whole and that everything in it agrees."""
    from db.file.upgrading import kept_copies

    with context.open_collection() as collection, working("checking") as say:
        if repair:
            say("making indexes and counts anew")
            collection.repair()
        results = []
        for result in collection.verify(say, is_quick=quick):
            say("")
            results.append(result)
            if not as_json:
                _print(result)
    is_good = not any(result.problem_count for result in results)
    if as_json:
        print_json({"ok": is_good, "checks": [result.to_json() for result in results]})
    if is_good:
        for copy in kept_copies(context.db_path):
            tell(f"{copy} is the database as it was before an update, and this one is whole: it may go.")
    return 0 if is_good else 1


def _print(result: CheckResult) -> None:
    if result.problem_count:
        click.secho(f"WRONG  {result.check}: {result.problem_count} found", fg="red")
    else:
        print_line(f"ok     {result.check}")
    for example in result.examples:
        print_line(safe(example), "         ")
    if result.problem_count > len(result.examples):
        print_line(f"… and {result.problem_count - len(result.examples)} more", "         ")
    if result.advice:
        print_line(result.advice, "       ")
