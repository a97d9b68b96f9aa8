"""Measure the built-in topic on the shared corpus: ``python -m benchmarks.topic_report SHARED``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.topic_labels import labelled_texts
from benchmarks.topic_training import held_out, rows
from crawler.topic.evaluation import Labelled, evaluate
from crawler.topic.relevance import Grade
from crawler.topic.topic import Topic


def rates(topic: Topic, name: str, labels: list[dict[str, Any]]) -> None:
    found = evaluate(topic, [Labelled(r["id"], r["title"], r["text"], r["label"]) for r in labels])
    for what, rate in (("kept", found.kept), ("core", found.core)):
        print(
            f"{name:24}{what:6}precision {rate.precision:.3f} recall {rate.recall:.3f} F1 {rate.f1:.3f}"
            f" of {rate.positive_count}"
        )


def main() -> None:
    topic, folder = Topic.load(), Path(sys.argv[1]) / "corpus" / "relevance"
    labels = list(rows(folder / "labels.jsonl"))
    for part, chosen in (
        ("tuned", [row for row in labels if not held_out(row["id"])]),
        ("held out", [row for row in labels if held_out(row["id"])]),
        ("all", labels),
    ):
        for kind in ("article", "headline"):
            of_kind = [row for row in chosen if (row.get("kind") or "article") == kind]
            rates(topic, f"{part}, {kind}s", of_kind)
        rates(topic, part, chosen)
    sure = [row for row in labelled_texts(Path(sys.argv[1])) if not row["doubt"]]
    for source in sorted({row["source"] for row in sure}):
        rates(topic, f"read here, {source}"[:23], [row for row in sure if row["source"] == source])
    rates(topic, "read here", sure)
    for name in ("background", "headlines"):
        ordinary = list(rows(folder / f"{name}.jsonl.gz"))
        began = time.process_time()
        grades = [
            topic.score(title=row.get("title"), lead=None, text=row.get("text") or "").grade
            for row in ordinary
        ]
        spent = time.process_time() - began
        passed = sum(topic.may_match(f"{row.get('title')}\n{row.get('text') or ''}") for row in ordinary)
        print(
            f"{name}: {sum(g != Grade.NONE for g in grades)} flagged, {grades.count(Grade.CORE)} core of "
            f"{len(ordinary)}; {1000 * spent / len(ordinary):.2f} ms each; "
            f"{100 * passed / len(ordinary):.1f} % pass the prefilter"
        )


if __name__ == "__main__":
    main()
