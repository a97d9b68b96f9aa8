"""The date of every feed item that was collected in 2026."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

from crawler.article import format_instant
from crawler.text.dates import parse_feed_date

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_every_item_of_17_feeds_has_its_time(shared: Path) -> None:
    wrong = []
    with gzip.open(shared / "corpus/feeds/items-17-feeds-2026.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            moment = datetime.fromisoformat(item["published_iso"])
            published = parse_feed_date(item["published"], NOW)
            stored = {format_instant(moment), f"{moment:%Y-%m-%d}"}
            if published is None or published.at not in stored:
                wrong.append((item["outlet"], item["published"]))
    assert wrong == []
