"""Floors for addresses of the open web, read alone; none of them is kept here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.identity.urls import canonical_url, is_copy
from spiders.discovery.article_links import looks_like_article


@pytest.fixture(scope="module")
def addresses(shared: Path) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {"article": [], "list": []}
    with (shared / "sources" / "addresses.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            url = canonical_url(row["url"])
            assert url is not None
            kinds[row["kind"]].append(url)
    assert len(kinds["article"]) >= 200
    return kinds


def test_articles_are_recognised_by_their_shape(addresses: dict[str, list[str]]) -> None:
    articles = addresses["article"]
    known = [url for url in articles if looks_like_article(url) or is_copy(url)]
    assert len(known) >= 0.95 * len(articles)


def test_lists_are_not_taken_for_articles(addresses: dict[str, list[str]]) -> None:
    assert sum(map(looks_like_article, addresses["list"])) <= 2


def test_no_two_articles_have_one_address(addresses: dict[str, list[str]]) -> None:
    assert len(set(addresses["article"])) == len(addresses["article"])
