"""What a result can be narrowed to, each choice with its number and the address that shows just that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from db.web.page import WebRequest
from db.web.query_params import Asked
from db.web.scale import end_of_scale

_SHOWN_COUNT = 10
_MAX_COUNT = 60

Label = Callable[[str, str], str]
"""Returns what a value of a kind is called."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet.

    Args:
        link: to the list of just these articles; of a chosen one to the list without the choice.
    """

    value: str
    label: str
    count: int
    link: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to narrow a result.

    Args:
        choices: the commonest values.
        others: the rest of them.
        most: the count that makes a whole bar.
    """

    kind: str
    choices: tuple[Choice, ...]
    others: tuple[Choice, ...]
    most: int


def facets(
    counts: Mapping[str, Mapping[str, int]], asked: Asked, visit: WebRequest, label: Label
) -> list[Facet]:
    """Return the facets of a result, without those that leave no choice.

    Of a facet that is chosen only the choice is shown: another value's number would be that of the
    articles which have both.
    """
    shown = []
    for kind in ("country", "place", "source", "year", "field", "grade"):
        values = counts.get(kind, {})
        if kind == "year":
            choices = _years(values, asked, visit)
        else:
            chosen = getattr(asked.wanted, kind)
            choices = [
                Choice(
                    value,
                    label(kind, value),
                    count,
                    visit.here(**{kind: None if value == chosen else value, "page": None}),
                    value == chosen,
                )
                for value, count in values.items()
                if chosen is None or value == chosen
            ]
        most = end_of_scale(one.count for one in choices)
        shown.append(
            Facet(kind, tuple(choices[:_SHOWN_COUNT]), tuple(choices[_SHOWN_COUNT:_MAX_COUNT]), most)
        )
    return [facet for facet in shown if facet.choices]


def _years(values: Mapping[str, int], asked: Asked, visit: WebRequest) -> list[Choice]:
    """Return the years, newest first, each within the days that are chosen already."""
    choices = []
    for year in sorted(values, reverse=True):
        since = max(date(int(year), 1, 1), asked.wanted.since or date.min)
        until = min(date(int(year), 12, 31), asked.wanted.until or date.max)
        is_chosen = (since, until) == (asked.wanted.since, asked.wanted.until)
        days = {"since": None, "until": None} if is_chosen else {"since": since, "until": until}
        choices.append(Choice(year, year, values[year], visit.here(**days, page=None), is_chosen))
    return choices
