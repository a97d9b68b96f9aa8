"""Invented pages in the markup of every family, and of none (``unknown``), each field its own test.

Most markup was never compared with a living site (``unverified-markup`` in meta.json): it is what public
sources and saved pages say of the families. Where somebody has compared it, ``verified`` has the day.
"""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crawler.article import Article, parse_instant
from crawler.extraction import GENERIC, extract_article
from crawler.families import load_families
from crawler.page import Page

FOLDER = Path(__file__).parent / "fixtures"
CASES = sorted(f"{path.parent.parent.name}/{path.parent.name}" for path in FOLDER.glob("*/*/page.html"))
FOUR = ("zce", "onecms", "mastercms", "yyyymm", "a-id", "content-detail", "nukeviet")


def read(case: str, name: str) -> Any:
    return json.loads((FOLDER / case / name).read_text(encoding="utf-8"))


@cache
def extracted(case: str, family: str | None = None) -> dict[str, Any]:
    meta = read(case, "meta.json")
    page = Page(
        meta["url"],
        meta["url"],
        (FOLDER / case / "page.html").read_bytes(),
        parse_instant(meta["fetched_at"]),
        headers=meta.get("headers", {}),
    )
    article = extract_article(page, family=family)
    assert isinstance(article, Article), article
    published = article.published and {
        "at": article.published.at,
        "precision": article.published.precision.value,
    }
    return {
        "title": article.title,
        "lead": article.lead,
        "text": article.text.split("\n"),
        "captions": list(article.captions),
        "authors": list(article.authors),
        "section": article.section,
        "tags": list(article.tags),
        "published": published,
        "family": article.family,
        "warnings": list(article.warnings),
    }


@pytest.mark.parametrize(
    ("case", "field"), [(case, field) for case in CASES for field in read(case, "expected.json")]
)
def test_a_field_is_what_the_page_says(case: str, field: str) -> None:
    assert extracted(case)[field] == read(case, "expected.json")[field]


@pytest.mark.parametrize("case", CASES)
def test_nothing_suspicious_is_reported(case: str) -> None:
    assert extracted(case)["warnings"] == []


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("field", ["title", "lead", "text"])
def test_the_text_is_found_without_the_familys_rules(case: str, field: str) -> None:
    assert extracted(case, GENERIC)[field] == read(case, "expected.json")[field]


@pytest.mark.parametrize("family", sorted(load_families()))
def test_every_family_has_its_pages(family: str) -> None:
    cases = [case for case in CASES if case.startswith(f"{family}/")]
    assert len(cases) >= (4 if family in FOUR else 2)


def test_every_page_says_how_sure_its_markup_is() -> None:
    wrong = {case: found for case in CASES if (found := sureness(read(case, "meta.json"))) != "said"}
    assert wrong == {}


def sureness(meta: dict[str, Any]) -> str:
    """Whether a page is said to be unverified, or to have been verified on a day; else what is wrong."""
    said = {name: meta[name] for name in ("unverified-markup", "verified") if name in meta}
    if len(said) != 1:
        return f"needs one of unverified-markup and verified, and has {sorted(said)}"
    if "verified" in said:
        try:
            date.fromisoformat(said["verified"])
        except (TypeError, ValueError):
            return f"verified must be a day, not {said['verified']!r}"
        return "said"
    return "said" if said["unverified-markup"] is True else "unverified-markup must be true, or go"


@pytest.mark.parametrize(
    ("meta", "is_right"),
    [
        ({"unverified-markup": True}, True),
        ({"verified": "2026-11-20"}, True),
        ({}, False),
        ({"unverified-markup": False}, False),
        ({"verified": True}, False),
        ({"verified": "2026-11-20", "unverified-markup": True}, False),
    ],
)
def test_a_page_that_somebody_verified_says_when(meta: dict[str, Any], is_right: bool) -> None:
    assert (sureness(meta) == "said") is is_right
