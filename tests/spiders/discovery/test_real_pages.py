"""Floors for the article links and next pages of real list and home pages; nothing of them is kept here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, harmonic_mean
from urllib.parse import urldefrag

import pytest

from benchmarks.links import links

FEWEST_PAGES = 15


@dataclass(frozen=True)
class Reading:
    """What was found on one page, and what is there."""

    found: set[str]
    good: set[str]
    bad: set[str]
    next_found: str | None
    next_gold: str | None

    @property
    def precision(self) -> float:
        return len(self.found & self.good) / max(1, len(self.found & (self.good | self.bad)))

    @property
    def recall(self) -> float:
        return len(self.found & self.good) / len(self.good)


def plain(url: str) -> str:
    return urldefrag(url)[0].rstrip("/").replace("http://", "https://", 1)


@pytest.fixture(scope="module")
def readings(shared: Path) -> list[Reading]:
    done = []
    for file in sorted((shared / "corpus" / "gold_links").glob("*.json")):
        gold = json.loads(file.read_text(encoding="utf-8"))
        if gold["file"].endswith(".xml"):
            continue
        html = (shared / "corpus" / "html" / gold["file"]).read_bytes().decode("utf-8", "replace")
        found = links(html, gold["base_url"])
        urls = ({plain(url) for url in some} for some in (found["articles"], gold["article_urls"]))
        bad = {plain(url) for url in gold["non_article_urls"]}
        done.append(Reading(*urls, bad, found["next"], gold.get("next_page")))
    assert len(done) >= FEWEST_PAGES
    return done


def test_articles_are_told_from_other_links(readings: list[Reading]) -> None:
    assert fmean(one.precision for one in readings) >= 0.98
    assert fmean(one.recall for one in readings) >= 0.97
    worst = min(harmonic_mean([one.precision, one.recall]) for one in readings)
    assert worst >= 0.92


def test_next_pages_are_found_and_none_invented(readings: list[Reading]) -> None:
    wanted = [one for one in readings if one.next_gold]
    assert sum(one.next_found == one.next_gold for one in wanted) >= 0.8 * len(wanted)
    assert not [one.next_found for one in readings if not one.next_gold and one.next_found]
