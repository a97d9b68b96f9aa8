"""Fit the weights by which the kind of an article's event is chosen; `./run train-events` runs it.

    python -m benchmarks.event_training SHARED [MORE.jsonl ...]

Reads the events of the shared corpus, but for the third that nobody looks at, and of further files of
the same form ({id, events}) about its texts. Writes crawler/events/choosing.toml, then the weights of
years (year_training.py), and says how well both do on articles that they were not fitted to. A weight
never contradicts what its feature says, so that each can be read and argued with. Needs numpy and
scipy, which only training does.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import softmax
from benchmarks.year_training import event_texts
from benchmarks.year_training import train as train_years
from crawler.events.choosing import DATA, Features, kind_features, none_features
from crawler.events.dates import parse_published
from crawler.events.evaluation import is_held_out, read_gold
from crawler.events.event import EventKind
from crawler.events.extract import Article

FOLDS = 8
"""Parts of the articles, each judged by weights that were fitted to the others."""
#: Strength of what holds a weight to zero; cross-validation is level between 0.2 and 2.
PENALTY = 1.0
#: A kind's bias is held more, since some kinds have few articles; that there is no event, less.
BIAS_PENALTY, NONE_PENALTY = 4.0, 0.3
#: By how much less speaks for no event than fits: who reads about a border rather sees one too many.
READINESS = 0.3
#: What an article of further files counts, which are less about borders, against one of the corpus.
MORE_IMPORTANCE = 0.7
LEAST_WEIGHT = 0.005
AGAINST = frozenset(("kind lead_alone", "none head_together"))
"""Weights that are never above zero; all others but the biases are never below."""
COMMENT = """Fitted by the task train-events of run; never edited by hand. Features: choosing.py.
kind: what a feature of a kind speaks for it. bias: what speaks for a kind before anything is read.
none: what speaks for no event."""


@dataclass(frozen=True, slots=True)
class Example:
    """An article as it is weighed.

    Args:
        kinds: features by kind, of those that it can be of.
        kind: what was read; None for no event.
    """

    id: str
    kinds: Mapping[EventKind, Features]
    none: Features
    kind: str | None
    importance: float


def examples(shared: Path, more: Sequence[Path]) -> Iterator[Example]:
    """Yield the articles that were read, the untouched third left out."""
    texts = event_texts(shared)
    for path in (shared / "corpus/events/gold.jsonl", *more):
        importance = MORE_IMPORTANCE if path in more else 1.0
        with path.open(encoding="utf-8") as lines:
            gold = read_gold(lines, path.name)
        for id_, events in gold.items():
            if is_held_out(id_) or id_ not in texts:
                continue
            row = texts[id_]
            article = Article(row["title"] or "", row["text"], parse_published(row["date"]))
            scenes = article.scenes
            found = kind_features(scenes) if article.is_possible else {}
            kinds = {kind: one for kind, one in found.items() if scenes.is_grounded(kind)}
            yield Example(
                id_, kinds, none_features(scenes), events[0]["kind"] if events else None, importance
            )


class Fitting:
    """The weights that fit examples.

    Args:
        known: all there are.
    """

    def __init__(self, known: Sequence[Example]) -> None:
        self.names = sorted(
            {f"kind {name}" for one in known for row in one.kinds.values() for name in row}
            | {f"bias {kind.value}" for kind in EventKind}
            | {f"none {name}" for one in known for name in one.none}
        )
        self._column = {name: number for number, name in enumerate(self.names)}
        self._rows = {one.id: self._matrix(one) for one in known}

    def _matrix(self, one: Example) -> Any:
        """Return a row for each kind and a last one for none."""
        import numpy as np  # type: ignore[import-not-found,import-untyped,unused-ignore]

        rows = np.zeros((len(one.kinds) + 1, len(self.names)))
        for number, (kind, features) in enumerate(one.kinds.items()):
            rows[number, self._column[f"bias {kind.value}"]] = 1.0
            for name, value in features.items():
                rows[number, self._column[f"kind {name}"]] = value
        for name, value in one.none.items():
            rows[-1, self._column[f"none {name}"]] = value
        return rows

    def fit(self, chosen: Sequence[Example]) -> Any:
        """Return the weights in the order of `names`: penalised softmax over kinds and none."""
        import numpy as np

        known = [
            (self._rows[one.id], number, one.importance)
            for one in chosen
            if (number := _right(one)) is not None
        ]
        held = PENALTY * np.array([self._held(name) for name in self.names])
        found = softmax.fit(known, held, [_bounds(name) for name in self.names])
        found[self._column["none bias"]] -= READINESS
        return found

    @staticmethod
    def _held(name: str) -> float:
        if name == "none bias":
            return NONE_PENALTY / PENALTY
        return BIAS_PENALTY / PENALTY if name.startswith("bias ") else 1.0

    def kind(self, one: Example, solution: Any) -> str | None:
        """Return what weights say of an article."""
        best = int((self._rows[one.id] @ solution).argmax())
        kinds = list(one.kinds)
        return kinds[best].value if best < len(kinds) else None


def _right(one: Example) -> int | None:
    """Return the row of what was read; None where no act of that kind is found."""
    if one.kind is None:
        return len(one.kinds)
    return next((number for number, kind in enumerate(one.kinds) if kind.value == one.kind), None)


def _bounds(name: str) -> tuple[float | None, float | None]:
    if name in AGAINST:
        return None, 0.0
    return (None, None) if "bias" in name else (0.0, None)


def cross_validated(fitting: Fitting, known: Sequence[Example]) -> dict[str, str | None]:
    """Return what each article is said to be by weights that were fitted without it."""
    said = {}
    for fold in range(FOLDS):
        solution = fitting.fit([one for one in known if softmax.fold(one.id, FOLDS) != fold])
        said |= {one.id: fitting.kind(one, solution) for one in known if softmax.fold(one.id, FOLDS) == fold}
    return said


def toml(names: Sequence[str], solution: Sequence[float]) -> str:
    """Return the file of weights."""
    lines = [f"# {line}" for line in COMMENT.splitlines()]
    for table in ("kind", "bias", "none"):
        lines += ["", f"[{table}]"]
        lines += [
            f"{name.split()[1]} = {value:.2f}"
            for name, value in zip(names, solution, strict=True)
            if name.startswith(f"{table} ") and abs(value) >= LEAST_WEIGHT
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run train-events")
    parser.add_argument("shared", type=Path)
    parser.add_argument("more", nargs="*", type=Path, help="JSON lines {id, events} of further articles")
    asked = parser.parse_args()
    known = list(examples(asked.shared, asked.more))
    fitting = Fitting(known)
    said = cross_validated(fitting, known)
    for what, chosen in (
        ("kind", [one for one in known if one.kind]),
        ("quiet", [one for one in known if one.kind is None]),
    ):
        right = sum(said[one.id] == one.kind for one in chosen)
        print(f"{what}: {right} of {len(chosen)} right in articles that the weights were not fitted to")
    train_years(asked.shared)
    DATA.write_text(toml(fitting.names, fitting.fit(known)), encoding="utf-8")
    print(f"{DATA} and years.toml are written; read the difference before you use them.")


if __name__ == "__main__":
    main()
