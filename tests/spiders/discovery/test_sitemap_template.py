"""Sitemaps that are cut by month, by five days, by day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.source import Seed, SeedKind
from spiders.discovery.sitemap_template import expand, is_template


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("/news-{YYYY}-{M}.xml", ["/news-2026-3.xml", "/news-2026-2.xml"]),
        ("/news-{YYYY}-{MM}.xml", ["/news-2026-03.xml", "/news-2026-02.xml"]),
        (
            "/s-{YYYY}-{M}-{D1}-{D2}.xml",
            ["/s-2026-3-6-10.xml", "/s-2026-3-1-5.xml", "/s-2026-2-26-28.xml", "/s-2026-2-21-25.xml"],
        ),
        ("/{YYYY}/sitemap.xml", ["/2026/sitemap.xml"]),
        ("/sitemap.xml", ["/sitemap.xml"]),
    ],
)
def test_a_template_gives_the_newest_first(template: str, expected: list[str]) -> None:
    assert expand(template, date(2026, 2, 25), date(2026, 3, 7)) == expected


def test_days_are_padded() -> None:
    days = expand("/p/{YYYY}-{MM}-{DD}.xml", date(2025, 12, 31), date(2026, 1, 1))
    assert days == ["/p/2026-01-01.xml", "/p/2025-12-31.xml"]


@pytest.mark.parametrize(
    ("day", "last"), [(date(2026, 1, 31), 31), (date(2028, 2, 29), 29), (date(2026, 4, 30), 30)]
)
def test_the_last_block_takes_the_rest_of_the_month(day: date, last: int) -> None:
    assert expand("{D1}-{D2}", day, day) == [f"26-{last}"]


def test_a_range_that_is_empty_has_no_sitemaps() -> None:
    assert expand("/{YYYY}.xml", date(2026, 1, 2), date(2026, 1, 1)) == []


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_every_day_is_in_its_block(day: date) -> None:
    (block,) = expand("{D1} {D2}", day, day)
    first, last = map(int, block.split())
    assert first <= day.day <= last <= 31


def test_only_a_sitemap_may_be_a_template() -> None:
    template = "https://bao.vn/sitemaps/news-{YYYY}-{M}.xml"
    assert is_template(Seed(SeedKind.SITEMAP, template).url)
    assert not is_template("https://bao.vn/sitemap.xml")
    with pytest.raises(ValueError, match="placeholders"):
        Seed(SeedKind.FEED, template)
    with pytest.raises(ValueError, match="placeholders"):
        Seed(SeedKind.SITEMAP, "https://bao.vn/{year}.xml")
