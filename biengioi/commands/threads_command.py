"""``biengioi threads [ID]``: what became of bridges, gates and yearly meetings, over years."""

from __future__ import annotations

import click

from biengioi.context import Context
from biengioi.options import ROW_ID, json_option
from biengioi.output import print_json, print_table
from biengioi.streams import remark


@click.command("threads")
@click.argument("thread_id", metavar="[ID]", type=ROW_ID, required=False)
@json_option
@click.pass_obj
def command(context: Context, thread_id: int | None, as_json: bool) -> int:
    """List the threads, the latest first, or show one: the events about one named thing, in order."""
    from biengioi.events_view import print_thread, thread_row

    with context.asked_collection() as collection:
        thread = None if thread_id is None else collection.events.thread(thread_id)
        threads = collection.events.threads() if thread is None else []
    if as_json:
        print_json(threads if thread is None else thread)
    elif thread is not None:
        print_thread(thread)
    else:
        print_table(
            ("id", "object", "where", "events", "first", "last"),
            map(thread_row, threads),
            right=("id", "events"),
        )
        if not threads:
            remark("There is no thread: no two events are about one named thing.")
    return 0
