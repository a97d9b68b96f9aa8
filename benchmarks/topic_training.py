"""Make the built-in topic's weights from the shared labels; `./run train-topic` runs it.

From the repository: ``python -m benchmarks.topic_training SHARED``. Reads two thirds of the labels
(the third chosen by a hash of the id is held out), what was read of ordinary news, and all other
ordinary news as texts that are none. Writes crawler/topic/border_cooperation.weights.toml.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crawler.topic.topic import BUILT_IN, Topic
from crawler.topic.training import Example, fit, weights_toml

READINGS = Path(__file__).with_name("topic_readings.tsv")
#: How much one ordinary, unread article counts against one that was read.
ORDINARY_IMPORTANCE = 0.15
#: How much the headline of an article that was read counts: title and lead decide what is core, so
#: an article's beginning is an example of its own (the guide's first tie rule).
HEADLINE_IMPORTANCE = 0.3
HEADLINE_CHARS = 200

COMMENT = """Fitted by the task train-topic of run; never edited by hand. docs/topic.md says how to read it.
offset: the log-odds without any term. any, top, title: what is added for (the square root of) the hits
anywhere, in title or lead, and in the title; a hit in the title counts in all three."""


def held_out(identifier: str) -> bool:
    """Tell whether a label belongs to the third that nothing was tuned to."""
    return int(hashlib.sha256(identifier.encode()).hexdigest(), 16) % 3 == 0


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the JSON lines of a file, gzipped or not."""
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def readings() -> dict[str, int]:
    """Return the labels of the ordinary articles and headlines that were read, by id."""
    lines = READINGS.read_text(encoding="utf-8").splitlines()
    return {line.split("\t")[0]: int(line.split("\t")[1]) for line in lines if not line.startswith("#")}


def examples(shared: Path) -> Iterator[Example]:
    """Yield all training examples of the shared corpus."""
    folder = shared / "corpus" / "relevance"
    labelled = [row for name in ("labels", "labels_natural") for row in rows(folder / f"{name}.jsonl")]
    for row in labelled:
        if held_out(row["id"]):
            continue
        yield Example(row["id"], row["title"], row["text"], row["label"])
        # What makes an article merely related may stand far down; its beginning says nothing then.
        if row.get("kind") == "article" and row["label"] != 1:
            first = row["text"].split("\n")[0][:HEADLINE_CHARS]
            yield Example(row["id"], row["title"], first, row["label"], HEADLINE_IMPORTANCE)
    known, read = {row["id"] for row in labelled}, readings()
    for name in ("background", "headlines"):
        for row in rows(folder / f"{name}.jsonl.gz"):
            text = row.get("text") or row.get("summary", "")
            if row["id"] in read:
                yield Example(row["id"], row.get("title"), text, read[row["id"]])
            elif row["id"] not in known:
                yield Example(row["id"], row.get("title"), text, 0, ORDINARY_IMPORTANCE)


def main() -> None:
    made = fit(Topic.load(fitted=False), list(examples(Path(sys.argv[1]))))
    path = BUILT_IN.with_name(f"{BUILT_IN.stem}.weights.toml")
    path.write_text(weights_toml(made.weights, COMMENT), encoding="utf-8")
    print(f"{path.name}: cross-validated F1 {made.related_f1:.3f} kept, {made.core_f1:.3f} core")


if __name__ == "__main__":
    main()
