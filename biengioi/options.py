"""Options that several commands share."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from biengioi.context import Context
from crawler.text.harmless import one_line as safe

LARGEST_NUMBER = 2**63 - 1
"""The largest number that SQLite holds."""
ROW_ID = click.IntRange(max=LARGEST_NUMBER)
"""The number of an article, a run or a version."""
ROW_COUNT = click.IntRange(1, LARGEST_NUMBER)
"""How many of them."""


class Text(click.ParamType[str]):
    """Words that are looked up or stored, and therefore have to be text."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the words, or fail where the terminal or a script sent other bytes than UTF-8."""
        text = str(value)
        if any("\ud800" <= char <= "\udfff" for char in text):
            self.fail(f"{safe(text)!r} is not UTF-8; look at the terminal's encoding.", param, ctx)
        return text


TEXT = Text()


class Day(click.ParamType[date]):
    """A day of the calendar of Viet Nam, written YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the date, or fail with the form it should have."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as YYYY-MM-DD.", param, ctx)


class PlaceId(click.ParamType[str]):
    """The id of a place in the gazetteer."""

    name = "place"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the id, or fail with the nearest one; a place's name leads to its id too."""
        from crawler.topic.gazetteer import Gazetteer

        places = [place for place in Gazetteer.load().places.values() if place.kind != "country"]
        ids = {name: place.id for place in places for name in (*place.variants, place.name, place.id)}
        if ids.get(value) != value:
            near = difflib.get_close_matches(value, ids, n=1)
            hint = f"did you mean {ids[near[0]]!r}?" if near else "crawler/topic/places/ lists all."
            self.fail(f"There is no place {value!r}; {hint}", param, ctx)
        return str(value)


class FieldName(click.ParamType[str]):
    """A field of cooperation that the topic in use knows."""

    name = "field"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the field, or fail with the nearest one."""
        from crawler.declaration import unknown

        context = ctx.find_object(Context) if ctx else None
        known = (context or Context.from_environment()).topic_fields()
        if value not in known:
            self.fail(unknown("field", value, known), param, ctx)
        return str(value)


topic_option = click.option(
    "--topic",
    "topic_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The topic file that decides, instead of the configured one.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


division_option = click.option(
    "--division",
    type=click.Choice(["former", "merged"]),
    help="Show provinces as they were until June 2025, or as they are since; else as they are named.",
)


FACET_OPTIONS: Mapping[str, Callable[[Any], Any]] = {
    "source": click.option("--source", metavar="ID", help="Only articles of this source."),
    "country": click.option(
        "--country",
        type=click.Choice(["CN", "LA", "KH"], case_sensitive=False),
        help="Only articles that name this neighbour.",
    ),
    "place": click.option(
        "--place", type=PlaceId(), metavar="ID", help="Only articles that name this place."
    ),
    "field": click.option(
        "--field", type=FieldName(), metavar="NAME", help="Only articles of this field of cooperation."
    ),
    "grade": click.option(
        "--grade", type=click.Choice(["core", "related"]), help="Only articles of this grade."
    ),
}
"""The options that each choose articles by one value of theirs."""


def filter_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that choose articles; the command gets them as one filter, named `wanted`."""

    @functools.wraps(command)
    def with_filter(
        *arguments: Any,
        source: str | None,
        since: date | None,
        until: date | None,
        country: str | None,
        place: str | None,
        field: str | None,
        grade: str | None,
        copies: bool,
        **options: Any,
    ) -> int:
        from db.articles.query import ArticleFilter

        if source is not None:
            click.get_current_context().ensure_object(Context).check_source(source)
        wanted = ArticleFilter(source, since, until, country, place, field, grade, include_duplicates=copies)
        return command(*arguments, wanted=wanted, **options)

    options = {
        "source": FACET_OPTIONS["source"],
        "since": click.option("--since", type=Day(), help="Published on or after this day."),
        "until": click.option("--until", type=Day(), help="Published on or before this day."),
        **FACET_OPTIONS,
        "copies": click.option(
            "--copies", is_flag=True, help="Also articles that repeat another one in other words."
        ),
    }
    for option in reversed(options.values()):
        with_filter = option(with_filter)
    return with_filter
