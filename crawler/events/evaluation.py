"""How well events are found in articles that people read: the measures of `biengioi events evaluate`.

An event is found when its kind is the same and its month does not differ; names, places and figures are
compared as sets over an article's events.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.errors import UsageError
from crawler.topic.evaluation import Rates

Events = Sequence[Mapping[str, Any]]
"""Events of one article, as `Event.to_json` gives them."""
HELD_OUT_EVERY = 3
"""Of so many articles one is left untouched when rules are changed."""
_TYPE = re.compile(
    r"(?:(?:tỉnh|thành phố|thị xã|thị trấn|huyện|xã|phường|bản|thủ đô|cửa khẩu|cặp cửa khẩu|quốc tế|chính|phụ"
    r"|song phương|khu vực) |(?:tp|tx|h|x|p)\. ?|tp )"
)
_MAX_TYPES = 20
_UNTOLD_YEAR = "--"


def is_held_out(id_: str) -> bool:
    """Whether an article is one of the third that nobody looks at while rules are changed."""
    return int(hashlib.sha256(id_.encode()).hexdigest(), 16) % HELD_OUT_EVERY == 0


def read_gold(lines: Iterable[str], name: str) -> dict[str, Events]:
    """Return the events of each article of a file of JSON lines {id, events}.

    Raises:
        UsageError: a line is not such an object.
    """
    gold: dict[str, Events] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            events = [_checked(event) for event in row["events"]]
            gold[str(row["id"])] = events
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise UsageError(
                f"{name}: line {number} is not a JSON object with id and events ({error!r})."
            ) from error
    return gold


def _checked(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an event of whose keys all are there; raise KeyError or TypeError else."""
    for read in _SLOTS.values():
        list(read(event))
    for key in ("kind", "status"):
        _text(event[key])
    _text(event["date"] or "")
    return event


@dataclass(frozen=True, slots=True)
class EventScores:
    """What was measured on some articles.

    Args:
        article_count: how many there were.
        main_kind, main_status, main_date: shares of articles with an event whose first one is right in this.
        quiet: share of the articles without an event in which none was found.
        events: found events against those that should have been.
        slots: the same of what stands in them, by its name.
    """

    article_count: int
    main_kind: float
    main_status: float
    main_date: float
    quiet: float
    events: Rates
    slots: Mapping[str, Rates]

    def to_json(self) -> dict[str, Any]:
        """Return the scores as JSON types."""

        def rates(one: Rates) -> dict[str, float]:
            return {"precision": one.precision, "recall": one.recall, "f1": one.f1}

        return {
            "articles": self.article_count,
            "main_kind": self.main_kind,
            "main_status": self.main_status,
            "main_date": self.main_date,
            "quiet": self.quiet,
            "events": rates(self.events),
            **{name: rates(one) for name, one in self.slots.items()},
        }


def score(gold: Mapping[str, Events], found: Mapping[str, Events]) -> EventScores:
    """Return how well `found` answers `gold`; what is not in it counts as no event."""
    told = {id_: events for id_, events in gold.items() if events}
    quiet = [id_ for id_ in gold if id_ not in told]
    tops = [(events[0], next(iter(found.get(id_, ())), {})) for id_, events in told.items()]
    pairs = [(events, found.get(id_, ())) for id_, events in gold.items()]
    return EventScores(
        len(gold),
        _share(first["kind"] == top.get("kind") for first, top in tops),
        _share(first["status"] == top.get("status") for first, top in tops),
        _share(is_same_date(first["date"], top.get("date")) for first, top in tops),
        _share(not found.get(id_) for id_ in quiet),
        _rates((len(mine), len(events), _matches(events, mine)) for events, mine in pairs),
        {name: _rates(_slot(name, *pair) for pair in pairs) for name in _SLOTS},
    )


def is_same_date(gold: str | None, found: str | None, *, coarse: bool = False) -> bool:
    """Whether a found date is the one that was read.

    Where the text does not tell the year (``--MM-DD``), any year is right; where it does, none is wrong.

    Args:
        coarse: only the month must be right.
    """
    if not gold or not found:
        return gold == found
    if gold.startswith(_UNTOLD_YEAR):
        gold = gold.removeprefix(_UNTOLD_YEAR)
        found = found.removeprefix(_UNTOLD_YEAR) if found.startswith(_UNTOLD_YEAR) else found[5:]
        return gold[:2] == found[:2] if coarse or len(gold) == 2 else gold == found
    if found.startswith(_UNTOLD_YEAR):
        return False
    return gold[:7] == found[:7] if coarse else gold == found


def _matches(gold: Events, found: Events) -> int:
    free = list(found)
    count = 0
    for event in gold:
        for other in free:
            same_time = not event["date"] or is_same_date(event["date"], other.get("date"), coarse=True)
            if event["kind"] == other["kind"] and same_time:
                free.remove(other)
                count += 1
                break
    return count


def _slot(name: str, gold: Events, found: Events) -> tuple[int, int, int]:
    read = _SLOTS[name]
    wanted = {value for event in gold for value in read(event)}
    mine = {value for event in found for value in read(event)}
    if name == "posts":
        mine = {next((one for one in wanted if _is_same_post(one, value)), value) for value in mine}
    return len(mine), len(wanted), len(wanted & mine)


def _is_same_post(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two posts of one person are the same: a longer or shorter form is right."""
    return one[0] == other[0] and (one[1] in other[1] or other[1] in one[1])


def _share(values: Iterable[bool]) -> float:
    known = list(values)
    return sum(known) / len(known) if known else 0.0


def _rates(counts: Iterable[tuple[int, int, int]]) -> Rates:
    found, wanted, right = (sum(column) for column in zip((0, 0, 0), *counts, strict=True))
    return Rates(found, wanted, right)


def _text(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text).casefold()).strip()


def _place(text: str) -> str:
    name = _text(text)
    for _ in range(_MAX_TYPES):
        match = _TYPE.match(name)
        if match is None:
            break
        name = name[match.end() :]
    return name


_SLOTS: Mapping[str, Callable[[Mapping[str, Any]], Iterable[Any]]] = {
    "countries": lambda event: event["countries"],
    "places": lambda event: map(_place, event["places"]),
    "people": lambda event: [(_text(one["name"]), one["side"]) for one in event["people"]],
    "posts": lambda event: [
        (_text(one["name"]), _text(one["post"])) for one in event["people"] if one["post"]
    ],
    "bodies": lambda event: [_text(one["name"]) for one in event["bodies"]],
    "figures": lambda event: [
        (round(float(one["value"]), 3), _text(one["unit"] or "")) for one in event["figures"]
    ],
}
