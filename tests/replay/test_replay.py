"""Real pages, end to end: crawled with Scrapy under their own addresses, stored, exported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crawler.identity.urls import canonical_url
from db.collection import ArticleFilter, Collection
from tests.conftest import ROOT
from tests.replay.server import SavedWeb


@pytest.fixture(scope="module")
def crawled(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("replay")
    done = subprocess.run(
        [sys.executable, "-m", "tests.replay.crawl", str(folder), str(shared / "corpus" / "html")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout.splitlines()[-1])


def test_the_numbers_of_real_pages_add_up(crawled: tuple[Path, dict[str, Any]]) -> None:
    _, result = crawled
    report = result["report"]
    assert result["problems"] == []
    assert report["status"] == "done"
    settled = sum(report[term] for term in ("stored", "revised", "unchanged", "duplicate", "near_duplicate"))
    settled += sum(report["rejected"].values()) + sum(report["failed"].values()) + report["pending"]
    assert report["considered"] == settled > 100  # the list pages offer many that were not saved


def test_every_saved_article_is_stored_under_its_own_address(
    crawled: tuple[Path, dict[str, Any]], shared: Path
) -> None:
    folder, _ = crawled
    web = SavedWeb(shared / "corpus" / "html")
    with Collection.open(folder / "biengioi.db") as collection:
        kept = {row["url"] for row in collection.list(ArticleFilter(limit=1000))}
        missing = [url for urls in web.articles.values() for url in urls if url not in kept]
        reasons = {url: collection.explain(url)["decisions"][-1]["reason"] for url in missing}
    # Galleries and forum posts of a sentence or two are blurbs, which would collide.
    assert set(reasons.values()) <= {"too_short", "no_text"}, reasons
    assert len(missing) <= 4, reasons


def test_titles_are_those_on_the_page(crawled: tuple[Path, dict[str, Any]], shared: Path) -> None:
    folder, _ = crawled
    gold = {}
    for path in (shared / "corpus" / "gold").glob("*.json"):
        answer = json.loads(path.read_text("utf-8"))
        gold[canonical_url(answer.get("url") or "")] = answer["title"]
    with Collection.open(folder / "biengioi.db") as collection:
        titles = {row["url"]: row["title"] for row in collection.list(ArticleFilter(limit=1000))}
    shown = {url: (titles[url], title) for url, title in gold.items() if url in titles}
    wrong = {url: pair for url, pair in shown.items() if pair[0] != pair[1]}
    assert len(shown) >= 12
    assert len(wrong) <= len(shown) // 4, wrong


def test_the_export_of_real_pages_imports_and_exports_to_the_same_bytes(
    crawled: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    folder, _ = crawled
    first, second = tmp_path / "first", tmp_path / "second"
    with Collection.open(folder / "biengioi.db") as collection:
        count = collection.export_corpus(first, "record", ArticleFilter()).count
    with Collection.open(tmp_path / "again.db", create=True) as collection:
        collection.import_paths([first])
        assert collection.export_corpus(second, "record", ArticleFilter()).count == count > 10
    texts = sorted(path.read_bytes() for path in first.glob("*.txt"))
    assert texts == sorted(path.read_bytes() for path in second.glob("*.txt"))
