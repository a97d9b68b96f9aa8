"""Measure the built-in topic on the shared corpus: ``python -m benchmarks.topic_report SHARED``.

The weights were fitted to these labels; what they are worth on texts that they have not seen is what
`./run train-topic` says. Here is how many ordinary texts are kept, what passes the prefilter and how
long it takes.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.topic_training import rows, shared_labels
from crawler.topic.evaluation import Labelled, evaluate
from crawler.topic.relevance import Grade
from crawler.topic.topic import Topic


def rates(topic: Topic, name: str, labels: list[Labelled]) -> None:
    found = evaluate(topic, labels)
    for what, rate in (("kept", found.kept), ("core", found.core)):
        print(
            f"{name:28}{what:6}precision {rate.precision:.3f} recall {rate.recall:.3f} F1 {rate.f1:.3f}"
            f" of {rate.positive_count}"
        )


def main() -> None:
    topic, shared = Topic.load(), Path(sys.argv[1])
    read = [one for one in shared_labels(shared) if one.importance == 1]
    for group in sorted({one.group for one in read}):
        rates(topic, group, [Labelled(o.id, o.title, o.text, o.label) for o in read if o.group == group])
    rates(topic, "all", [Labelled(one.id, one.title, one.text, one.label) for one in read])
    judged = {one.id: one.label for one in shared_labels(shared)}
    for name in ("background", "headlines"):
        ordinary = list(rows(shared / "corpus" / "relevance" / f"{name}.jsonl.gz"))
        began = time.process_time()
        grades = [
            topic.score(title=row.get("title"), lead=None, text=row.get("text") or "").grade
            for row in ordinary
        ]
        spent = time.process_time() - began
        passed = sum(topic.may_match(f"{row.get('title')}\n{row.get('text') or ''}") for row in ordinary)
        kept = [row["id"] for row, grade in zip(ordinary, grades, strict=True) if grade != Grade.NONE]
        print(
            f"{name}: {len(kept)} of {len(ordinary)} kept, {grades.count(Grade.CORE)} core, "
            f"{sum(judged.get(one, -1) >= 1 for one in kept)} of them read as right, "
            f"{sum(one not in judged for one in kept)} unread; {1000 * spent / len(ordinary):.2f} ms each; "
            f"{100 * passed / len(ordinary):.1f} % pass the prefilter"
        )


if __name__ == "__main__":
    main()
