"""The strip of the border: every province and gate in order, none on top of another."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from random import Random

import pytest

from crawler.topic.gazetteer import Gazetteer
from db.web.strip import (
    NAME_HEIGHT,
    SLANT,
    TALL_WIDTH_PX,
    WIDTH_PX,
    Line,
    Section,
    place_ids,
    read_border,
    since_the_mergers,
    tall,
    tall_height,
    wide,
)

GAZETTEER = Gazetteer.load()
BORDER = read_border()
TODAY = since_the_mergers(BORDER, GAZETTEER)
ORDER = [
    "Quảng Ninh", "Lạng Sơn", "Cao Bằng", "Hà Giang", "Lào Cai", "Lai Châu", "Điện Biên",
    "Sơn La", "Thanh Hóa", "Nghệ An", "Hà Tĩnh", "Quảng Bình", "Quảng Trị", "Thừa Thiên Huế",
    "Quảng Nam", "Kon Tum", "Gia Lai", "Đắk Lắk", "Đắk Nông", "Bình Phước", "Tây Ninh",
    "Long An", "Đồng Tháp", "An Giang", "Kiên Giang",
]  # fmt: skip


def names(lines: tuple[Line, ...]) -> list[str]:
    return list(dict.fromkeys(stop.place.name for line in lines for stop in line.stops))


def test_the_25_provinces_stand_in_order() -> None:
    assert names(wide(BORDER, GAZETTEER, {})) == names(tall(BORDER, GAZETTEER, {})) == ORDER


def test_a_province_stands_on_every_border_that_it_has() -> None:
    for section in BORDER:
        old = [p for p in GAZETTEER.places.values() if p.kind == "province" and not _successor(p.id)]
        expected = {place.id for place in old if section.country in place.countries}
        assert set(section.provinces) == expected


def _successor(id_: str) -> bool:
    """Whether a province exists only since the mergers of 2025."""
    merged = {place.merged_into for place in GAZETTEER.places.values() if place.kind == "province"}
    old = {province for section in BORDER for province in section.provinces}
    return id_ in merged and id_ not in old


def test_the_provinces_of_today_stand_in_the_same_order() -> None:
    assert names(wide(TODAY, GAZETTEER, {})) == [
        "Quảng Ninh", "Lạng Sơn", "Cao Bằng", "Tuyên Quang", "Lào Cai", "Lai Châu", "Điện Biên",
        "Sơn La", "Thanh Hóa", "Nghệ An", "Hà Tĩnh", "Quảng Trị", "Huế", "Đà Nẵng", "Quảng Ngãi",
        "Gia Lai", "Đắk Lắk", "Lâm Đồng", "Đồng Nai", "Tây Ninh", "Đồng Tháp", "An Giang",
    ]  # fmt: skip


@pytest.mark.parametrize("border", [BORDER, TODAY], ids=["former", "merged"])
def test_every_gate_of_the_gazetteer_is_a_station_once(border: tuple[Section, ...]) -> None:
    gates = Counter(place.id for place in GAZETTEER.places.values() if place.kind == "gate")
    for lines in (wide(border, GAZETTEER, {}), tall(border, GAZETTEER, {})):
        shown = [one.place for line in lines for stop in line.stops for one in stop.stations]
        assert Counter(place.id for place in shown) == gates
    assert set(gates) < set(place_ids(border, GAZETTEER))


@pytest.mark.parametrize("border", [BORDER, TODAY], ids=["former", "merged"])
def test_stations_lie_in_their_province_and_apart(border: tuple[Section, ...]) -> None:
    counts = dict.fromkeys(place_ids(border, GAZETTEER), 7)
    for line in wide(border, GAZETTEER, counts):
        assert line.stops[0].start > 0
        for stop in line.stops:
            end = stop.x + (stop.x - stop.start)
            assert end < WIDTH_PX
            assert all(stop.start < one.x < end for one in stop.stations)
        stations = [one for stop in line.stops for one in stop.stations]
        assert all(right.x - left.x >= 24 for left, right in pairwise(stations))
    for line in tall(border, GAZETTEER, counts):
        for stop in line.stops:
            assert all(one.x + one.radius <= TALL_WIDTH_PX for one in stop.stations)
            assert all(
                right.x - left.x >= left.radius + right.radius for left, right in pairwise(stop.stations)
            )


def test_the_area_of_a_station_grows_with_its_count() -> None:
    counts = {"mong-cai-gate": 400, "huu-nghi-gate": 100, "quang-ninh": 9000}
    sizes = {
        one.place.id: one.radius
        for line in wide(BORDER, GAZETTEER, counts)
        for stop in line.stops
        for one in stop.stations
    }
    assert sizes["mong-cai-gate"] == max(sizes.values()) == 15
    assert sizes["chi-ma-gate"] < sizes["huu-nghi-gate"] < sizes["mong-cai-gate"]
    assert tall_height(tall(BORDER, GAZETTEER, {})) < 1300


@pytest.mark.parametrize("border", [BORDER, TODAY], ids=["former", "merged"])
def test_the_slanting_names_keep_a_line_apart_however_large_the_circles(border: tuple[Section, ...]) -> None:
    sine, cosine = math.sin(math.radians(SLANT)), math.cos(math.radians(SLANT))
    ids = place_ids(border, GAZETTEER)
    for seed in range(20):
        random = Random(seed)
        counts = {id_: random.choice((0, 0, 1, 3, 40, 900)) for id_ in ids}
        for line in wide(border, GAZETTEER, counts):
            stations = [station for stop in line.stops for station in stop.stations]
            assert all(one.radius < one.lift < 45 for one in stations)
            for left, right in pairwise(stations):
                apart = (right.x - left.x) * sine - (right.lift - left.lift) * cosine
                assert apart >= NAME_HEIGHT - 0.1, (left.place.name, right.place.name)
