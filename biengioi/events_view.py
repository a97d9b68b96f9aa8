"""Events, people and threads on a terminal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import click

from biengioi.output import local_time, print_line, safe
from biengioi.place_names import place_name

_SHOWN_COUNT = 20


def when(event: Mapping[str, Any]) -> str:
    """Return an event's date; in brackets the day of its first report where none is told."""
    if not event["date_start"]:
        return f"({event['first_day']})" if event["first_day"] else ""
    return "/".join(filter(None, (event["date_start"], event["date_end"])))


def event_row(event: Mapping[str, Any]) -> tuple[object, ...]:
    """Return an event as a line of a table: id, date, kind, with, where, reports, title."""
    where = [*event["places"], *(id_ for id_ in event["provinces"] if id_ not in event["places"])][:2]
    return (
        event["id"],
        when(event),
        event["kind"] + (" (planned)" if event["status"] == "planned" else ""),
        " ".join(event["countries"]),
        ", ".join(map(place_name, where)),
        event["report_count"],
        event["title"],
    )


def state_of(event: Mapping[str, Any]) -> str:
    """Return what an event is, and when, in a few words."""
    stage = f", {event['stage']}" if event["stage"] else ""
    dropped = ", dropped: a person said that it is none" if event["is_dropped"] else ""
    return f"{event['kind']}, {event['status']}, {when(event) or 'no date'}{stage}{dropped}"


def report_count(event: Mapping[str, Any]) -> str:
    """Return how many reports an event has, in words."""
    count = event["report_count"]
    return f"{count} report{'' if count == 1 else 's'}"


def print_event(event: Mapping[str, Any]) -> None:
    """Print all that is known of an event."""
    click.secho(safe(event["title"]), bold=True)
    print_line(safe(f"event {event['id']}: {state_of(event)}"))
    if event["thread"]:
        thread = event["thread"]
        print_line(safe(f"thread {thread['id']}: {thread['object']}, {_events(thread['event_count'])}"))
    _print_named("where", event["places"])
    if event["people"]:
        _section("who")
    for person in event["people"]:
        posts = "; ".join(f"{post['post']} {_by(post, post['post'])}" for post in person["posts"])
        alone = f"no post told {_by(person, person['name'])}"
        print_line(safe(f"{person['name']} ({person['side']}): {posts or alone}"), "  ")
    _print_named("bodies", event["bodies"])
    _print_named("agreed", event["agreements"])
    if event["figures"]:
        _section("figures")
    for figure in event["figures"]:
        values = "; ".join(f"{value['value']:,.10g} {_by(value)}" for value in figure["values"])
        period = f", {figure['period']}" if figure["period"] else ""
        differ = "  — the reports differ" if figure["differ"] else ""
        print_line(safe(f"{figure['what']}, {figure['unit']}{period}: {values}{differ}"), "  ")
    for name, said in event["said"].items():
        _section(f"the reports differ in {name}")
        for one in said:
            print_line(safe(f"{one[name] or 'none'} {_by(one)}"), "  ")
    _section("reports")
    for report in event["reports"]:
        title = report["title"] or report["slots"].get("words", "")
        print_line(safe(f"article {report['article_id']}, {report['source_id']}: {title}"), "  ")
        print_line(safe(_read_as(report)), "    ")
    if event["corrections"]:
        _section("said by people about these articles")
    for one in event["corrections"]:
        value = f" {one['value']}" if one["value"] else ""
        print_line(
            safe(f"{local_time(one['said_at'])}: {one['said']}{value}, article {one['article_id']}"), "  "
        )


def print_people(people: Iterable[Mapping[str, Any]]) -> None:
    """Print people: posts over time, whom they met, and when."""
    for number, person in enumerate(people):
        if number:
            click.echo()
        click.secho(safe(f"{person['name']} ({person['side']}), {_events(person['event_count'])}"), bold=True)
        for post in person["posts"]:
            print_line(safe(f"{_span(post)}  {post['post']}"), "  ")
        if person["met"]:
            _section("met")
        for met in person["met"][:_SHOWN_COUNT]:
            post = f", {met['post']}" if met["post"] else ""
            print_line(safe(f"{met['name']} ({met['side']}){post}: {met['event_count']}, {_span(met)}"), "  ")
        _print_rest(len(person["met"]))
        _section("events")
        for event in person["events"][:_SHOWN_COUNT]:
            print_line(safe(f"{event['id']}  {when(event)}  {event['kind']}: {event['title']}"), "  ")
        _print_rest(len(person["events"]))


def print_thread(thread: Mapping[str, Any]) -> None:
    """Print a thread, event by event."""
    click.secho(safe(f"{thread['object']}: {_events(thread['event_count'])}"), bold=True)
    for event in thread["events"]:
        stage = (
            f"{event['edition']}. " if event["edition"] else f"{event['stage']}, " if event["stage"] else ""
        )
        print_line(
            safe(f"{when(event):<12} {stage}{event['kind']}: {event['title']} (event {event['id']})"), "  "
        )


def thread_row(thread: Mapping[str, Any]) -> tuple[object, ...]:
    """Return a thread as a line of a table: id, object, where, events, first, last."""
    where = ", ".join(map(place_name, thread["places"][:2]))
    return (
        thread["id"],
        thread["object"],
        where,
        thread["event_count"],
        thread["first_day"],
        thread["last_day"],
    )


def _print_named(heading: str, values: Iterable[Mapping[str, Any]]) -> None:
    names = [f"{one['name']} {_by(one, one['name'])}" for one in values]
    if names:
        _section(heading)
    for name in names:
        print_line(safe(name), "  ")


def _section(heading: str) -> None:
    click.secho(f"\n{heading}", bold=True)


def _print_rest(count: int) -> None:
    if count > _SHOWN_COUNT:
        print_line(f"… and {count - _SHOWN_COUNT} more; --json shows all.", "  ")


def _events(count: int) -> str:
    return f"{count:,} event{'' if count == 1 else 's'}"


def _by(one: Mapping[str, Any], shown: str = "") -> str:
    """Return which articles say so, and in which words where they have others than the one shown."""
    said = {
        article_id: words
        for (article_id, *_), words in zip(one["spans"], one["words"], strict=True)
        if words and words.casefold() != shown.casefold()
    }
    ids = defaultdict(list)
    for article_id in one["article_ids"]:
        ids[said.get(article_id, "")].append(article_id)
    return ", ".join(f"{_quoted(words)}{those}" for words, those in ids.items())


def _quoted(words: str | None) -> str:
    return f"“{words}” " if words else ""


def _read_as(report: Mapping[str, Any]) -> str:
    """Return what kind of act, and when, a report was read as telling, and by which words."""
    slots = report["slots"]
    date = "/".join(filter(None, (slots["date"], slots["date_end"])))
    told = {slots["kind"]: slots.get("words"), date or "no day told": report["date_words"]}
    return ", ".join(f"{value} {_quoted(words)}".rstrip() for value, words in told.items())


def _span(one: Mapping[str, Any]) -> str:
    first, last = one["first_day"] or "?", one["last_day"] or "?"
    return first if first == last else f"{first} to {last}"
