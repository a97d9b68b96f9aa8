"""Fit the weights by which a day gets its year from what its text tells; `./run train-events` runs it.

The teacher is the day of publication: in articles where it is known, the first day that an article names
without a year is near it. Then it is hidden, and only what the text tells is left. Needs numpy and scipy.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import softmax
from crawler.events.dates import Day, parse_published
from crawler.events.evaluation import is_held_out, read_gold
from crawler.events.extract import Article
from crawler.events.years import DATA, year_features

FOLDS = 5
PENALTY = 2.0
"""Strength of what holds a weight to zero; cross-validation is level between 1 and 10."""
NEAR_DAYS = 45
"""Days between publication and a day that is the news."""
HEAD_SENTENCES = 5
FEW_YEARS = 30.0
"""Articles of one year from which on it counts no more in all than the square root of them."""
GOLD_IMPORTANCE = 3.0
"""What an article about a border counts against one of any news."""
AGAINST = frozenset(("earlier", "is_compared", "past_after", "past_later"))
"""Features that speak against a year."""


@dataclass(frozen=True, slots=True)
class Example:
    """A day without a year: what speaks for each, and which it is."""

    id: str
    years: Mapping[int, Mapping[str, float]]
    year: int
    importance: float


def examples(shared: Path) -> Iterator[Example]:
    """Yield days of ordinary news of known publication, and of border news that people dated."""
    rows = list(_ordinary(shared))
    counts = Counter(year for *_, year in rows)
    for id_, years, year in rows:
        yield Example(id_, years, year, max(counts[year], FEW_YEARS) ** -0.5 * FEW_YEARS**0.5)
    yield from _read(shared)


def _ordinary(shared: Path) -> Iterator[tuple[str, Mapping[int, Mapping[str, float]], int]]:
    with gzip.open(shared / "corpus/relevance/background.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            published = parse_published(row.get("date"))
            text = row.get("text") or ""
            # Two numbers and a sign are a day, four digits a year: without them nothing is to be read.
            if published is None or is_held_out(row["id"]) or not _may_tell(text):
                continue
            dating = Article(row.get("title") or "", text, None).dating
            target = next(
                (
                    one.words
                    for one in dating.dates
                    if one.words.day.day and not one.words.day.year and one.words.until is None
                    and one.scene.sentence.number <= HEAD_SENTENCES
                ),
                None,
            )  # fmt: skip
            year = _year(published, target.day) if target else None
            if target and year:
                day = target.day
                years = year_features(dating.calendar.told, (day.month or 1, day.day or 0), target.sentence)
                if years:
                    yield row["id"], years, year


def _may_tell(text: str) -> bool:
    return re.search(r"20[0-2]\d", text) is not None and re.search(r"\d[/.-]\d", text[:2000]) is not None


def _year(published: Day, target: Day) -> int | None:
    """Return the year in which a day is near the publication."""
    year, month, day = published.year, target.month or 1, min(target.day or 1, 28)
    if year is None or not published.month or not published.day:
        return year
    at = date(year, published.month, published.day)
    days, best = min((abs((date(one, month, day) - at).days), one) for one in (year - 1, year, year + 1))
    return best if days <= NEAR_DAYS else None


def event_texts(shared: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the articles among which are those whose events people read, by id."""
    texts = {}
    for name in ("labels", "labels_more"):
        with (shared / f"corpus/relevance/{name}.jsonl").open(encoding="utf-8") as lines:
            texts |= {row["id"]: row for row in map(json.loads, lines)}
    return texts


def _read(shared: Path) -> Iterator[Example]:
    texts = event_texts(shared)
    with (shared / "corpus/events/gold.jsonl").open(encoding="utf-8") as lines:
        gold = read_gold(lines, "gold.jsonl")
    for id_, events in gold.items():
        if is_held_out(id_) or not events or texts[id_]["date"]:
            continue
        day = parse_published(events[0]["date"] or "")
        dating = Article(texts[id_]["title"] or "", texts[id_]["text"], None).dating
        if not (day and day.year and day.month):
            continue
        target = (day.month, day.day or 0)
        sentence = next((one.words.sentence for one in dating.dates if one.words.day.order[1:] == target), 0)
        if years := year_features(dating.calendar.told, target, sentence):
            yield Example(id_, years, day.year, GOLD_IMPORTANCE)


def fit(names: Sequence[str], known: Sequence[Example]) -> Any:
    """Return the weights in the order of `names`, and last that of no year that is told."""
    known_rows = [(matrix(names, one), _right(one), one.importance) for one in known]
    bounds: list[softmax.Bounds] = [(None, 0.0) if name in AGAINST else (0.0, None) for name in names]
    return softmax.fit(known_rows, PENALTY, [*bounds, (None, None)])


def matrix(names: Sequence[str], one: Example) -> Any:
    """Return a row for each year and a last one for another."""
    import numpy as np  # type: ignore[import-not-found,import-untyped,unused-ignore]

    rows = np.zeros((len(one.years) + 1, len(names) + 1))
    for number, features in enumerate(one.years.values()):
        for name, value in features.items():
            rows[number, names.index(name)] = value
    rows[-1, -1] = 1.0
    return rows


def _right(one: Example) -> int:
    years = list(one.years)
    return years.index(one.year) if one.year in years else len(years)


def report(names: Sequence[str], known: Sequence[Example]) -> None:
    """Print how often a year is said, and how often it is right, of articles that were not fitted to."""
    said: list[bool] = []
    for fold in range(FOLDS):
        solution = fit(names, [one for one in known if softmax.fold(one.id, FOLDS) != fold])
        for one in known:
            if softmax.fold(one.id, FOLDS) == fold:
                best = int((matrix(names, one) @ solution).argmax())
                if best < len(one.years):
                    said.append(best == _right(one))
    print(f"year: {len(said)} of {len(known)} said, {sum(said)} of them right")


def train(shared: Path) -> None:
    """Write the weights into years.toml, under the words that stand there."""
    known = list(examples(shared))
    names = sorted({name for one in known for row in one.years.values() for name in row})
    report(names, known)
    solution = fit(names, known)
    head, _, _ = DATA.read_text(encoding="utf-8").partition("[weights]")
    head = re.sub(r"(?m)^unknown = .*$", f"unknown = {solution[-1]:.2f}", head)
    lines = [f"{name} = {value:.2f}" for name, value in zip(names, solution, strict=False)]
    DATA.write_text(head + "\n".join(["[weights]", *lines]) + "\n", encoding="utf-8")
