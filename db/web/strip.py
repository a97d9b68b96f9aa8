"""The border as a strip, not a map: provinces in order, their gates as stations, sized by articles.

Pure: takes counts, gives coordinates. What a station looks like stands in templates/strip.html.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crawler.declaration import convert, read_toml
from crawler.topic.gazetteer import Gazetteer, Place
from db.web.scale import end_of_scale

BORDER = Path(__file__).with_name("border.toml")

WIDTH_PX = 1140
LINE_Y_PX = 104
HEIGHT_PX = 168
TALL_WIDTH_PX = 354
TALL_ROW_PX = 38
SLANT = 38
"""Degrees at which the names of gates stand."""
NAME_HEIGHT = 14.0
"""How far apart the base lines of two slanting names are at least, in the units of the picture."""
_NAME_GAP_PX = 6.0
_MARGIN_PX = 14
_LETTER = 8.4
"""Width of a letter of a province's name, in the units of the picture."""
_SMALLEST, _LARGEST = 3.0, 15.0
_SMALLEST_TALL, _LARGEST_TALL = 3.0, 10.0
_TALL_LINE_X, _TALL_FIRST_X, _TALL_STEP = 118, 144, 22


@dataclass(frozen=True, slots=True)
class Section:
    """The border with one neighbour.

    Args:
        country: CN, LA or KH.
        along: "west" or "south": where the border runs to.
        provinces: ids, in order.
        merged: they are those since July 2025, with the gates of the provinces that they are made of.
    """

    country: str
    along: str
    provinces: tuple[str, ...]
    merged: bool = False


@dataclass(frozen=True, slots=True)
class Station:
    """A gate in the picture; `radius` grows with the square root of `count`.

    Args:
        lift: how far above the line its slanting name begins, in the wide picture.
    """

    place: Place
    count: int
    x: float
    y: float
    radius: float
    lift: float = 0.0


@dataclass(frozen=True, slots=True)
class Stop:
    """A province in the picture, with the gates that it has to this neighbour.

    Args:
        x, y: the middle of its name.
        start: where its stretch of the line begins.
    """

    place: Place
    count: int
    x: float
    y: float
    start: float
    stations: tuple[Station, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One section, laid out.

    Args:
        y: of its title, in the tall picture.
    """

    country: str
    stops: tuple[Stop, ...]
    y: float = 0


def read_border(path: Path = BORDER) -> tuple[Section, ...]:
    """Return the sections of the border, from the north-east to the south."""
    return convert(tuple[Section, ...], read_toml(path)["section"], path, "section")  # type: ignore[no-any-return]


def since_the_mergers(sections: Sequence[Section], gazetteer: Gazetteer) -> tuple[Section, ...]:
    """Return the sections with the provinces of today, in the same order."""
    return tuple(
        replace(
            section,
            provinces=tuple(dict.fromkeys(gazetteer.in_division(id_, "merged") for id_ in section.provinces)),
            merged=True,
        )
        for section in sections
    )


def place_ids(sections: Sequence[Section], gazetteer: Gazetteer) -> tuple[str, ...]:
    """Return the ids of everything that the strip shows a number for, each once."""
    shown = (
        id_
        for section in sections
        for province in section.provinces
        for id_ in (province, *(gate.id for gate in _gates(gazetteer, province, section)))
    )
    return tuple(dict.fromkeys(shown))


def wide(sections: Sequence[Section], gazetteer: Gazetteer, counts: Mapping[str, int]) -> tuple[Line, ...]:
    """Return the lines side by side for wide screens: each a picture of `WIDTH_PX` by `HEIGHT_PX`."""
    most = _most(gazetteer, counts)
    return tuple(
        Line(section.country, _with_names(tuple(_wide_stops(section, gazetteer, counts, most))))
        for section in sections
    )


def _with_names(stops: tuple[Stop, ...]) -> tuple[Stop, ...]:
    """Return the stops with room for the names of their gates.

    The names are parallel. One that a large circle lifts comes nearer to the name on its left, which is then
    lifted as well, as much as it takes to stay a line's height away.
    """
    sine, cosine = math.sin(math.radians(SLANT)), math.cos(math.radians(SLANT))
    lifts: dict[str, float] = {}
    right: tuple[float, float] | None = None
    for one in reversed([station for stop in stops for station in stop.stations]):
        lift = one.radius + _NAME_GAP_PX
        if right is not None:
            x, its_lift = right
            lift = max(lift, its_lift - ((x - one.x) * sine - NAME_HEIGHT) / cosine)
        lifts[one.place.id] = round(lift, 1)
        right = one.x, lift
    return tuple(
        replace(stop, stations=tuple(replace(one, lift=lifts[one.place.id]) for one in stop.stations))
        for stop in stops
    )


def _wide_stops(
    section: Section, gazetteer: Gazetteer, counts: Mapping[str, int], most: int
) -> Iterator[Stop]:
    """Yield the provinces; each is as wide as its gates need, and never less than its name."""
    gates = {id_: _gates(gazetteer, id_, section) for id_ in section.provinces}
    names = {id_: len(gazetteer.places[id_].name) * _LETTER + 12 for id_ in section.provinces}
    room = WIDTH_PX - 2 * _MARGIN_PX
    step = 40.0
    while sum(max(names[id_], len(gates[id_]) * step) for id_ in gates) > room:
        step -= 0.25
    spare = (room - sum(max(names[id_], len(gates[id_]) * step) for id_ in gates)) / len(gates)
    x = float(_MARGIN_PX)
    for id_ in section.provinces:
        width = max(names[id_], len(gates[id_]) * step) + spare
        first = x + width / 2 - (len(gates[id_]) - 1) * step / 2
        stations = tuple(
            Station(
                gate,
                counts.get(gate.id, 0),
                round(first + number * step, 1),
                LINE_Y_PX,
                _radius(counts.get(gate.id, 0), most, _SMALLEST, _LARGEST),
            )
            for number, gate in enumerate(gates[id_])
        )
        yield Stop(
            gazetteer.places[id_],
            counts.get(id_, 0),
            round(x + width / 2, 1),
            LINE_Y_PX,
            round(x, 1),
            stations,
        )
        x += width


def tall(sections: Sequence[Section], gazetteer: Gazetteer, counts: Mapping[str, int]) -> tuple[Line, ...]:
    """Return the lines below each other for narrow screens: one picture, `TALL_WIDTH_PX` wide."""
    most = _most(gazetteer, counts)
    lines = []
    y = 0.0
    for section in sections:
        title = y + 24
        y += 44
        stops = []
        for id_ in section.provinces:
            middle = y + TALL_ROW_PX / 2
            gates = _gates(gazetteer, id_, section)
            room = TALL_WIDTH_PX - _TALL_FIRST_X - _LARGEST_TALL
            step = min(_TALL_STEP, room / max(1, len(gates) - 1))
            stations = tuple(
                Station(
                    gate,
                    counts.get(gate.id, 0),
                    round(_TALL_FIRST_X + number * step, 1),
                    middle,
                    _radius(counts.get(gate.id, 0), most, _SMALLEST_TALL, min(_LARGEST_TALL, step / 2)),
                )
                for number, gate in enumerate(gates)
            )
            place = gazetteer.places[id_]
            stops.append(Stop(place, counts.get(id_, 0), _TALL_LINE_X, middle, y, stations))
            y += TALL_ROW_PX
        lines.append(Line(section.country, tuple(stops), title))
    return tuple(lines)


def tall_height(lines: Sequence[Line]) -> float:
    """Return the height of the picture that `tall` lays out."""
    return lines[-1].stops[-1].start + TALL_ROW_PX + 8


def _gates(gazetteer: Gazetteer, province: str, section: Section) -> list[Place]:
    """Return a province's gates to one neighbour, along the border."""

    def lies_in(gate: Place) -> str:
        return gazetteer.in_division(gate.province or "", "merged") if section.merged else gate.province or ""

    gates = [
        place
        for place in gazetteer.places.values()
        if place.kind == "gate" and section.country in place.countries and lies_in(place) == province
    ]
    if section.along == "west":
        return sorted(gates, key=lambda gate: (-(gate.lon or 0), gate.name))
    return sorted(gates, key=lambda gate: (-(gate.lat or 0), gate.name))


def _most(gazetteer: Gazetteer, counts: Mapping[str, int]) -> int:
    """Return the count that makes the largest circle."""
    return end_of_scale(count for id_, count in counts.items() if gazetteer.places[id_].kind == "gate")


def _radius(count: int, most: int, smallest: float, largest: float) -> float:
    """Return the radius of a station: its area, not its width, says how many there are."""
    if count == 0:
        return smallest
    return round(smallest + 1 + (largest - smallest - 1) * math.sqrt(count / most), 1)
