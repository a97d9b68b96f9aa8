"""The family files: loadable, and every selector is one."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from crawler.article import Precision
from crawler.errors import DeclarationError
from crawler.extraction.document import compiled
from crawler.families import Family, Layout, load_families, load_family

FAMILIES = load_families()


@pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
def test_every_selector_can_be_compiled(family: Family) -> None:
    assert family.layouts
    assert family.marks
    for layout in family.layouts:
        assert layout.body
        for one in fields(layout):
            if one.name != "valid_until":
                for selector in getattr(layout, one.name):
                    compiled(selector)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("zce", "https://a.example.vn/tin-post1125113.vnp"),
        ("ims", "https://a.example.vn/tin-102260719072934089.htm"),
        ("ims", "https://a.example.vn/tin-18826030622484142.chn"),
        ("onecms", "https://a.example.vn/tin-10301234.html"),
        ("mastercms", "https://a.example.vn/tin-201234.html&mobile=yes&amp=1"),
        ("yyyymm", "https://a.example.vn/thoi-su/202611/tin-5f3a2b1/"),
        ("a-id", "https://a.example.vn/tin-a181234.html"),
        ("content-detail", "https://a.example.vn/tin-3301234.html"),
        ("nukeviet", "https://a.example.vn/vi/news/muc/Tin-Bai-123.html"),
        ("dantri", "https://a.example.vn/muc/tin-20260307080054340.htm"),
        ("vov", "https://a.example.vn/muc/tin-post1315698.vov"),
    ],
)
def test_a_family_knows_its_addresses(name: str, url: str) -> None:
    pattern = FAMILIES[name].url_pattern
    assert pattern is not None
    assert re.search(pattern, url)
    assert not re.search(pattern, "https://a.example.vn/thoi-su/")
    assert not re.search(pattern, "https://a.example.vn/")


def test_nukeviets_feeds_are_read_to_the_hour() -> None:
    assert FAMILIES["nukeviet"].feed_precision is Precision.HOUR
    assert FAMILIES["zce"].feed_precision is Precision.SECOND


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('name = "x"\nlayout = []\n', "layout"),
        ('name = "y"\n', "y"),
        ('name = "x"\nurl_pattern = "("\n', "regular expression"),
        ('name = "x"\n[[layouts]]\nbdy = ["p"]\n', "body"),
        ('name = "x"\n[[layouts]]\nbody = "p"\n', "array"),
    ],
)
def test_a_wrong_file_is_named_with_its_key(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(DeclarationError, match=problem):
        load_family(path)


def test_what_is_no_selector_is_an_error() -> None:
    for selector in ("p[", "//p[", "a >> b"):
        with pytest.raises(ValueError, match=r"."):
            compiled(selector)


def test_a_layout_out_of_use_is_tried_last() -> None:
    expired = [layout for layout in FAMILIES["vnexpress"].layouts if layout.valid_until]
    assert expired
    assert Layout().valid_until is None
