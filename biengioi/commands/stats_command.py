"""``biengioi stats``: how many articles there are of what, and events."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from biengioi.context import Context
from biengioi.emptiness import say_why_none
from biengioi.options import division_option, filter_options, json_option
from biengioi.output import print_json, print_table, safe, terminal_width
from biengioi.place_names import place_name
from biengioi.table import char_width, wrap

if TYPE_CHECKING:
    from db.articles.stats import Stats
    from db.collection import ArticleFilter

_MONTH_COUNT = 24
_VALUE_COUNT = 15
"""So many months, and values of everything else, are shown on a terminal."""

_LEAST_BAR_CHARS = 8
_EIGHTHS = " ▏▎▍▌▋▊▉"

Section = list[dict[str, Any]]


@click.command("stats")
@filter_options
@division_option
@json_option
@click.pass_obj
def command(context: Context, wanted: ArticleFilter, division: str | None, as_json: bool) -> int:
    """Count articles by source, month, country, place and field, and the events that they report."""
    with context.asked_collection() as collection:
        stats = collection.stats(wanted, division)
        kinds = collection.events.kinds_reported(wanted)
        if not stats.article_count:
            say_why_none(collection, wanted)
    sections = _sections(stats)
    if as_json:
        print_json(
            {
                "article_count": stats.article_count,
                "copy_count": stats.copy_count,
                **sections,
                "event_count": sum(kinds.values()),
                "event_kinds": [
                    {"id": kind, "name": kind, "event_count": count} for kind, count in kinds.items()
                ],
            }
        )
    elif sys.stdout.isatty():
        click.secho(_summary(stats, with_copies=wanted.include_duplicates), bold=True)
        _print_charts(sections)
        _print_events(kinds)
    else:
        rows = [(name, *row.values()) for name, section in sections.items() for row in section]
        rows += [("event_kinds", kind, kind, count) for kind, count in kinds.items()]
        print_table(("by", "id", "name", "articles"), rows)
    return 0


def _sections(stats: Stats) -> dict[str, Section]:
    """Return what is counted by, and for each of its values ``{id, name, article_count}``."""

    def section(counts: Mapping[str, int], names: Iterable[str]) -> Section:
        pairs = zip(counts.items(), names, strict=True)
        return [{"id": id_, "name": name, "article_count": count} for (id_, count), name in pairs]

    return {
        "sources": section(stats.sources, (stats.source_names[id_] for id_ in stats.sources)),
        "months": section(stats.months, (month or "without a date" for month in stats.months)),
        "countries": section(stats.countries, map(place_name, stats.countries)),
        "places": section(stats.places, map(place_name, stats.places)),
        "fields": section(stats.fields, stats.fields),
        "grades": section(stats.grades, stats.grades),
    }


def _summary(stats: Stats, *, with_copies: bool) -> str:
    if with_copies:
        return f"{stats.article_count:,} articles; {stats.copy_count:,} of them repeat another one"
    return f"{stats.article_count:,} articles; {stats.copy_count:,} more repeat another one"


def _print_charts(sections: Mapping[str, Section]) -> None:
    months = {row["id"]: row["article_count"] for row in sections["months"]}
    charts = {
        name: [(row["name"], row["article_count"]) for row in islice(section, _VALUE_COUNT)]
        for name, section in sections.items()
    }
    charts["months"] = list(_latest(months, _MONTH_COUNT))
    for name, rows in charts.items():
        hidden_count = len(sections[name]) - sum(count > 0 for _, count in rows)
        more = f" (the others, {hidden_count:,}, with --json)" if hidden_count else ""
        if rows:
            click.secho(f"\n{name}{more}", bold=True)
            _print_chart([(safe(label), count) for label, count in rows])


def _print_events(kinds: Mapping[str, int]) -> None:
    if kinds:
        click.secho(f"\nevents that they report: {sum(kinds.values()):,}", bold=True)
        _print_chart(list(kinds.items()))


def _latest(months: Mapping[str, int], month_count: int) -> Iterator[tuple[str, int]]:
    """Yield the last months, oldest first, with those between that have no article."""
    newest = max(months, default="")
    if not newest:
        return
    last = int(newest[:4]) * 12 + int(newest[5:]) - 1
    first = max(last - month_count + 1, min(int(m[:4]) * 12 + int(m[5:]) - 1 for m in months if m))
    for number in range(first, last + 1):
        month = f"{number // 12:04}-{number % 12 + 1:02}"
        yield month, months.get(month, 0)


def _print_chart(rows: list[tuple[str, int]]) -> None:
    largest = max(count for _, count in rows)
    room = min(terminal_width(), 100) - len(f"{largest:,}") - 4
    label_width = min(max(char_width(label) for label, _ in rows), 32, max(room - _LEAST_BAR_CHARS, 8))
    bar_width = max(room - label_width, _LEAST_BAR_CHARS)
    for label, count in rows:
        eighths = max(round(count / largest * bar_width * 8), 1) if count else 0
        bar = "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
        *above, name = wrap(label, label_width)
        for line in above:
            click.echo(f"  {line}")
        blanks = " " * (label_width - char_width(name))
        click.echo(f"  {name}{blanks} {click.style(bar, fg='cyan')} {count:,}")
