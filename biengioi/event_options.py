"""The options that choose events, shared by lists and exports."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date
from typing import Any

import click

from biengioi.options import Day, FieldName, PlaceId

KINDS = (
    "meeting", "agreement", "patrol", "exercise", "exchange", "handover", "operation", "gate", "demarcation",
    "infrastructure", "trade", "aid", "other",
)  # fmt: skip
"""Those of crawler.events.event.EventKind, here so that ``--help`` need not load it."""


def event_filter_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that choose events; the command gets them as one filter, named `wanted`."""

    @functools.wraps(command)
    def with_filter(
        *arguments: Any,
        since: date | None,
        until: date | None,
        country: str | None,
        place: str | None,
        kind: str | None,
        person: str | None,
        field: str | None,
        query: str | None,
        **options: Any,
    ) -> int:
        from db.events.query import EventFilter

        wanted = EventFilter(since, until, country, place, kind, person, field, query)
        return command(*arguments, wanted=wanted, **options)

    for option in reversed(
        (
            click.option("--since", type=Day(), help="Events on or after this day."),
            click.option("--until", type=Day(), help="Events on or before this day."),
            click.option("--country", type=click.Choice(["CN", "LA", "KH"], case_sensitive=False)),
            click.option(
                "--place", type=PlaceId(), metavar="ID", help="Only events at this place, or of it."
            ),
            click.option("--kind", type=click.Choice(KINDS), help="Only events of this kind."),
            click.option("--person", metavar="NAME", help="Only events with somebody whose name holds this."),
            click.option(
                "--field", type=FieldName(), metavar="NAME", help="Only events of this field of cooperation."
            ),
            click.option("--query", metavar="WORDS", help="Only events whose articles say this."),
        )
    ):
        with_filter = option(with_filter)
    return with_filter
