"""``biengioi events`` on the collection: lists, one as a whole, read again, corrected by people."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from biengioi.context import Context
from biengioi.event_options import event_filter_options
from biengioi.options import LARGEST_NUMBER, ROW_COUNT, ROW_ID, json_option
from biengioi.output import print_json, print_line, print_table, safe
from biengioi.streams import remark
from biengioi.working import working
from crawler.errors import UsageError

if TYPE_CHECKING:
    from db.events.door import EventFilter, Events
    from db.events.fixing import Fixed

_WHATS = ("kind", "date", "join", "part", "drop")


@click.group("events", invoke_without_command=True)
@event_filter_options
@click.option("--limit", type=ROW_COUNT, default=50, show_default=True)
@click.option(
    "--offset", type=click.IntRange(0, LARGEST_NUMBER), default=0, help="Leave out so many of the first."
)
@click.option("--dropped", is_flag=True, help="Those of which a person said that they are none.")
@json_option
@click.pass_context
def command(
    ctx: click.Context, wanted: EventFilter, limit: int, offset: int, dropped: bool, as_json: bool
) -> int:
    """List the events of the collection, the latest first; or do with events what a command says.

    Events are who met whom, where and when, and what was agreed. A date in brackets is the day of the first
    report, where the text tells no day of the event.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    from biengioi.events_view import event_row

    context = ctx.ensure_object(Context)
    wanted = replace(wanted, limit=limit, offset=offset, is_dropped=dropped)
    with context.asked_collection() as collection:
        rows = list(collection.events.list(wanted))
        total = collection.events.matching_count(wanted) if sys.stdout.isatty() and not as_json else 0
        _say_what_is_missing(collection.events, wanted, has_rows=bool(rows))
    if as_json:
        print_json(rows)
        return 0
    print_table(
        ("id", "date", "kind", "with", "where", "reports", "title"),
        map(event_row, rows),
        right=("id", "reports"),
    )
    if total > offset + len(rows):
        remark(f"{offset + len(rows):,} of {total:,}; next: --offset {offset + len(rows)}")
    return 0


def _say_what_is_missing(events: Events, wanted: EventFilter, *, has_rows: bool) -> None:
    """Say why there is nothing, and that articles wait to be read."""
    unread = events.unread_count()
    if unread:
        remark(f"{unread:,} articles are not read by the present rules; `biengioi events rebuild` does so.")
    if has_rows:
        return
    from db.events.door import EventFilter

    total = events.matching_count(EventFilter(is_dropped=wanted.is_dropped))
    if total:
        remark(f"None of {total:,} events matches.")
    elif not unread:
        remark("There is no event; `biengioi crawl` or `biengioi import` may bring some.")


@command.command("show")
@click.argument("event_id", metavar="ID", type=ROW_ID)
@json_option
@click.pass_obj
def show(context: Context, event_id: int, as_json: bool) -> int:
    """Show one event: who, where, what was agreed, what its reports say differently."""
    from biengioi.events_view import print_event

    with context.asked_collection() as collection:
        event = collection.events.show(event_id)
    if as_json:
        print_json(event)
    else:
        print_event(event)
    return 0


@command.command("rebuild")
@click.option("--all", "everything", is_flag=True, help="Read those too that were read by the present rules.")
@json_option
@click.pass_obj
def rebuild(context: Context, everything: bool, as_json: bool) -> int:
    """Read the articles again that were not read by the present rules, and say what that changes.

    It may be stopped: running it again goes on where it was. What people said with `events fix` is applied.
    """
    with context.open_collection() as collection, working("reading for events") as say:
        done = collection.events.rebuild(say, everything=everything)
    if as_json:
        print_json(done.to_json())
        return 0
    print_line(
        f"{done.article_count:,} articles read; {done.event_count:,} events, {done.added:,} of them new,"
        f" {done.changed:,} changed; {done.removed:,} are gone."
    )
    if done.lost_correction_count:
        print_line(f"{done.lost_correction_count:,} corrections are about acts that are not found any more.")
    return 0


@command.command("fix")
@click.argument("event_id", metavar="ID", type=ROW_ID)
@click.argument("what", metavar=f"[{'|'.join(_WHATS)}]", type=click.Choice(_WHATS), required=False)
@click.argument("value", required=False)
@click.option("--undo", "is_undo", is_flag=True, help="Take back what was said last of the event.")
@json_option
@click.pass_obj
def fix(
    context: Context, event_id: int, what: str | None, value: str | None, is_undo: bool, as_json: bool
) -> int:
    """Correct an event: its kind, its date, join another to it, part an article from it, or drop it.

    VALUE is the kind; the date as YYYY-MM-DD, or two of them with a slash between; the other event's ID; the
    article's ID. What is said is kept as said of the articles, and applied again whenever they are read.
    """
    if is_undo == (what is not None):
        raise UsageError(f"Say what is to be corrected ({', '.join(_WHATS)}), or --undo.")
    with context.asked_collection() as collection:
        fixed = _fix(collection.events, event_id, what, value)
        events = [collection.events.show(id_) for id_ in fixed.event_ids]
    if as_json:
        print_json({"event_ids": list(fixed.event_ids)})
        return 0
    from biengioi.events_view import report_count, state_of

    for event in events:
        print_line(safe(f"Event {event['id']}: {state_of(event)}; {report_count(event)}."))
    if not is_undo:
        remark(f"`biengioi events fix {events[0]['id']} --undo` takes that back.")
    return 0


def _fix(events: Events, event_id: int, what: str | None, value: str | None) -> Fixed:
    if (value is None) != (what in (None, "drop")):
        raise UsageError(
            f"`events fix ID {what or '--undo'}` takes " + ("no value." if value is not None else "a value.")
        )
    match what:
        case None:
            return events.undo(event_id)
        case "drop":
            return events.drop(event_id)
        case "kind":
            return events.set_kind(event_id, _kind(value or ""))
        case "date":
            return events.set_date(event_id, value or "")
        case "join":
            return events.join(event_id, _id(value or ""))
        case _:
            return events.part(event_id, _id(value or ""))


def _kind(value: str) -> str:
    from crawler.declaration import unknown
    from crawler.events.event import EventKind

    known = [kind.value for kind in EventKind]
    if value not in known:
        raise UsageError(unknown("kind", value, known))
    return value


def _id(value: str) -> int:
    if not value.isdecimal() or int(value) > LARGEST_NUMBER:
        raise UsageError(
            f"{value!r} is no ID; `biengioi events` lists events, `events show ID` its articles."
        )
    return int(value)
