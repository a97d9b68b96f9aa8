"""Join the labels of topic_labels.jsonl, which hold no text, with the texts of the shared corpus."""

from __future__ import annotations

import gzip
import hashlib
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LABELS = Path(__file__).with_name("topic_labels.jsonl")
FEEDS = "items-17-feeds-2026"
#: Where the related links begin that some feeds append to their summaries; they were not judged.
_RELATED = re.compile(r"<(?:div|ul)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*(?:>|$)")


def labelled_texts(shared: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of topic_labels.jsonl with their title and text.

    Args:
        shared: the shared folder, with corpus/ in it.

    Raises:
        KeyError: a labelled text is not in the corpus.
    """
    texts: dict[str, tuple[str, str]] = {}
    for name in ("background", "headlines"):
        for row in _rows(shared / "corpus" / "relevance" / f"{name}.jsonl.gz"):
            texts[row["id"]] = (row.get("title") or "", row.get("text") or "")
    for row in _rows(shared / "corpus" / "feeds" / f"{FEEDS}.jsonl.gz"):
        identifier = hashlib.sha256(row["link"].encode()).hexdigest()[:16]
        texts[identifier] = (row["title"], plain_summary(row.get("summary") or ""))
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        label: dict[str, Any] = json.loads(line)
        title, text = texts[label["id"]]
        yield {**label, "title": title, "text": text}


def plain_summary(summary: str) -> str:
    """Return the words of a feed's summary, without tags and without the related links after it."""
    return " ".join(html.unescape(_TAG.sub(" ", _RELATED.split(summary)[0])).split())


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
