"""``biengioi people NAME``: posts over time, whom they met and when."""

from __future__ import annotations

import click

from biengioi.context import Context
from biengioi.options import json_option
from biengioi.output import print_json


@click.command("people")
@click.argument("name", metavar="NAME")
@json_option
@click.pass_obj
def command(context: Context, name: str, as_json: bool) -> int:
    """Show who has a name in the events: posts over time, whom they met and when.

    Diacritics may be left out; a part of a name finds all who have it.
    """
    from biengioi.events_view import print_people

    with context.asked_collection() as collection:
        found = collection.events.people(name)
    if as_json:
        print_json(found)
    else:
        print_people(found)
    return 0
