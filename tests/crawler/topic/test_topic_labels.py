"""The labels that were read here: ids and judgements without text, each with a text in the shared corpus."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.topic_labels import LABELS, labelled_texts, plain_summary
from crawler.topic.evaluation import GRADE_OF_LABEL

KEYS = ["id", "label", "reason", "doubt", "kind", "stratum", "source"]


def test_labels_hold_judgements_only_in_the_order_of_their_ids() -> None:
    rows = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    ids = [row["id"] for row in rows]
    assert ids == sorted(set(ids))
    assert all(list(row) == KEYS for row in rows)
    assert {row["label"] for row in rows} == set(GRADE_OF_LABEL)
    assert not [value for row in rows for value in row.values() if " " in str(value)]


def test_every_label_has_its_text(shared: Path) -> None:
    rows = list(labelled_texts(shared))
    assert len(rows) == len(LABELS.read_text(encoding="utf-8").splitlines())
    assert all(row["title"] and row["text"] for row in rows)


def test_related_links_are_no_part_of_a_summary() -> None:
    summary = (
        '<a href="/x"><img src="/x.jpg" /></a><p>Hai bên&nbsp;gặp nhau.</p><div><ul><li><a href="/y">Tin khác'
    )
    assert plain_summary(summary) == "Hai bên gặp nhau."
    assert plain_summary('Hai bên gặp nhau. <a href="/bi-cat') == "Hai bên gặp nhau."
