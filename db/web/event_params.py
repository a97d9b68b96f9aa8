"""Which events a reader asks for: the query of an address as a filter, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from crawler.errors import UsageError
from crawler.events.event import EventKind
from db.events.query import EventFilter
from db.web.query_params import DAYS, Asked

CHOICES = ("country", "place", "beside", "kind", "field", "person")
"""The parameters that each choose one value; `DAYS`, `begun` and `q` come beside them."""

_BEGUN = re.compile(r"(?:19|2[01])\d\d(?:-(?:0[1-9]|1[0-2]))?", re.ASCII)
"""Within two centuries around ours."""
_MAX_NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class EventsAsked:
    """What an address asks for.

    Args:
        page: from 1.
    """

    wanted: EventFilter
    page: int

    @property
    def month(self) -> date | None:
        """The first day of the month that is asked for; None where none is."""
        begun = self.wanted.begun or ""
        return date.fromisoformat(f"{begun}-01") if len(begun) == len("YYYY-MM") else None

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> EventsAsked:
        """Return what the parameters of an address ask for; those unknown to us mean nothing.

        Raises:
            UsageError: one of ours has a value that it cannot have.
        """
        asked, problems = cls.read_what_can_be(parameters)
        if problems:
            raise next(iter(problems.values()))
        return asked

    @classmethod
    def read_what_can_be(cls, parameters: Mapping[str, str]) -> tuple[EventsAsked, dict[str, UsageError]]:
        """Return what the parameters ask for without those that cannot be, and what is wrong with these."""
        names = ("q", "country", "place", "field", *DAYS, "page")
        given = {name: value for name in names if (value := parameters.get(name))}
        shared, problems = Asked.read_what_can_be(given)
        wanted = EventFilter(
            since=shared.wanted.since,
            until=shared.wanted.until,
            country=shared.wanted.country,
            place=shared.wanted.place,
            field=shared.wanted.field,
            query=shared.query,
        )
        if kind := parameters.get("kind"):
            if kind in set(EventKind):
                wanted = replace(wanted, kind=kind)
            else:
                words = ", ".join(EventKind)
                problems["kind"] = UsageError(
                    f"kind must be one of {words}.", key="one_of", name="event_kind", names=words
                )
        if beside := parameters.get("beside"):
            # Its length is judged as that of any place.
            other, wrong = Asked.read_what_can_be({"place": beside})
            wanted = replace(wanted, beside=other.wanted.place)
            if wrong:
                problems["beside"] = wrong["place"]
        if person := " ".join((parameters.get("person") or "").split()):
            if len(person) <= _MAX_NAME_CHARS:
                wanted = replace(wanted, person=person)
            else:
                problems["person"] = UsageError(
                    "person is longer than any name.", key="value_long", name="person"
                )
        if begun := parameters.get("begun"):
            if _BEGUN.fullmatch(begun):
                wanted = replace(wanted, begun=begun)
            else:
                problems["begun"] = UsageError(
                    "begun must be a month written YYYY-MM, or a year.", key="month", name="begun"
                )
        return cls(wanted, shared.page), problems

    def parameters(self) -> dict[str, str]:
        """Return the parameters that ask for the same, on its first page."""
        question = self.wanted.question()
        return {**question, "begun": self.wanted.begun} if self.wanted.begun else question
