"""Make a topic's weights from labels; `./run train-topic` runs it.

    python -m benchmarks.topic_training SHARED                        the built-in topic, from all there is
    python -m benchmarks.topic_training [--topic FILE] [--ordinary FILE] LABELS.jsonl ...

The first reads the labels of the shared corpus and of topic_labels.jsonl, and all other ordinary
news as texts that are none. The second starts from the weights that the topic has and moves them
towards labels of your own ({id, title, text, label}, as `biengioi topic evaluate` reads them);
ordinary texts ({id, title, text}) beside them keep it from flagging too much. Both write the file
that the topic names as `weights` and say how well it does on texts it was not fitted to.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.topic_fit import Example, Fit, fit, weights_toml
from benchmarks.topic_labels import labelled_texts
from crawler.errors import BiengioiError
from crawler.topic.evaluation import Rates, read_labels
from crawler.topic.phrase import read_article
from crawler.topic.topic import BUILT_IN, Topic

#: How much one ordinary, unread article counts against one that was read, and one that was read
#: with doubt.
ORDINARY_IMPORTANCE = 0.15
DOUBT_IMPORTANCE = 0.5

COMMENT = """Fitted by the task train-topic of run; never edited by hand. docs/topic.md says how to read it.
offset: the log-odds of an article without any term; forms: what is added where there is only a title, a
title with a teaser, or no title. any, top, title: what is added for (the square root of) the hits anywhere,
in title or lead, and in the title; a hit in the title counts in all three. share: what the part of the
sentences with a hit adds."""


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the JSON lines of a file, gzipped or not."""
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def shared_labels(shared: Path) -> Iterator[Example]:
    """Yield every text of the shared corpus that was read, each once."""
    folder = shared / "corpus" / "relevance"
    seen = set()
    for name in ("labels", "labels_more", "labels_natural", "read here"):
        read = labelled_texts(shared) if name == "read here" else rows(folder / f"{name}.jsonl")
        for row in read:
            if row["id"] not in seen:
                seen.add(row["id"])
                importance = DOUBT_IMPORTANCE if row.get("doubt") else 1.0
                group = f"{name}, {row.get('kind') or 'article'}s"
                yield Example(row["id"], row["title"], row["text"], row["label"], importance, group)


def ordinary(topic: Topic, texts: Iterator[dict[str, Any]], known: set[str]) -> Iterator[Example]:
    """Yield the texts that are not `known` as none, but for those that lack what the topic requires."""
    for row in texts:
        text = row.get("text") or row.get("summary") or ""
        reading = read_article(row.get("title"), None, text)
        if row["id"] not in known and topic.has_required(topic.hits(reading, topic.find(reading))):
            yield Example(str(row["id"]), row.get("title"), text, 0, ORDINARY_IMPORTANCE)


def report(made: Fit, examples: Sequence[Example]) -> None:
    """Print precision, recall and F1 on texts that the weights were not fitted to, doubtful ones out."""
    read = [
        (one, odds)
        for one, odds in zip(examples, made.odds, strict=True)
        if one.importance == 1 and one.group
    ]
    groups = sorted({one.group for one, _ in read})
    for group in (*groups, "all"):
        chosen = [(one, odds) for one, odds in read if group in (one.group, "all")]
        for what, least in (("kept", 1), ("core", 2)):
            said = [(odds[0] if least == 1 else min(odds)) >= 0 for _, odds in chosen]
            true = [one.label >= least for one, _ in chosen]
            rates = Rates(sum(said), sum(true), sum(map(bool.__and__, said, true)))
            print(
                f"{group:28}{what:6}precision {rates.precision:.3f} recall {rates.recall:.3f} "
                f"F1 {rates.f1:.3f} of {rates.positive_count}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run train-topic")
    parser.add_argument("--topic", type=Path, default=BUILT_IN, help="the topic file")
    parser.add_argument("--ordinary", type=Path, action="append", default=[], help="texts that are none")
    parser.add_argument("labels", nargs="+", type=Path, help="JSON lines of labels; or the shared folder")
    asked = parser.parse_args()
    shared = asked.labels[0] if asked.labels[0].is_dir() else None
    topic = Topic.load(asked.topic, fitted=shared is None)
    if not topic.file.weights:
        sys.exit(f'{asked.topic} names no weights; add weights = "{asked.topic.stem}.weights.toml" to it.')
    try:
        examples = list(shared_labels(shared)) if shared else own_labels(asked.labels)
    except (BiengioiError, OSError) as error:
        sys.exit(str(error))
    known = {example.id for example in examples}
    folder = shared / "corpus" / "relevance" if shared else Path()
    files = (
        [folder / f"{name}.jsonl.gz" for name in ("background", "headlines")] if shared else asked.ordinary
    )
    for path in files:
        examples += ordinary(topic, rows(path), known)
    made = fit(topic, examples)
    report(made, examples)
    path = asked.topic.with_name(topic.file.weights)
    path.write_text(weights_toml(made.weights, COMMENT), encoding="utf-8")
    print(f"{path} is written; read the difference before you use it.")


def own_labels(paths: Sequence[Path]) -> list[Example]:
    """Return the texts of label files, the last label where one text has several."""
    found: dict[str, Example] = {}
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            for one in read_labels(lines, str(path)):
                found[one.id] = Example(one.id, one.title, one.text, one.label, group="your labels")
    return list(found.values())


if __name__ == "__main__":
    main()
