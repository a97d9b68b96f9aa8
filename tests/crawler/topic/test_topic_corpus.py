"""The numbers the topic must reach on the shared corpus (skipped where there is none)."""

from __future__ import annotations

import gzip
import html
import json
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from benchmarks.topic_labels import labelled_texts
from crawler.topic.evaluation import Evaluation, Labelled, evaluate
from crawler.topic.gazetteer import Gazetteer
from crawler.topic.phrase import read_article
from crawler.topic.relevance import Grade
from crawler.topic.topic import Topic
from tests.scale import share

TOPIC = Topic.load()
vars(TOPIC)["score"] = cache(TOPIC.score)  # several tests ask about the same texts
READ = Path(__file__).with_name("places_read.json")
STORIES = Path(__file__).parents[3] / "spiders" / "demo" / "stories.toml"


def rows(path: Path) -> Iterator[dict[str, Any]]:
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


@pytest.fixture(scope="module")
def labels(shared: Path) -> list[dict[str, Any]]:
    folder = shared / "corpus" / "relevance"
    return [row for name in ("labels", "labels_more") for row in rows(folder / f"{name}.jsonl")]


def evaluated(labels: list[dict[str, Any]], kind: str | None = None) -> Evaluation:
    sure = (row for row in labels if not row.get("doubt"))
    chosen = (row for row in sure if kind in (None, row.get("kind") or "article"))
    return evaluate(TOPIC, (Labelled(row["id"], row["title"], row["text"], row["label"]) for row in chosen))


def test_what_is_kept_and_what_is_core_is_right(labels: list[dict[str, Any]]) -> None:
    first = [row for row in labels if "doubt" not in row]
    edge = [row for row in labels if "doubt" in row]
    assert evaluated(first).kept.f1 >= 0.93
    assert evaluated(edge).kept.f1 >= 0.86
    assert evaluated(edge).core.f1 >= 0.80
    assert evaluated(labels, "article").core.f1 >= 0.88
    assert evaluated(labels, "headline").core.f1 >= 0.80


def entities(text: str) -> str:
    return "".join(one if one.isascii() else f"&#{ord(one)};" for one in html.escape(text))


FORMS = [
    lambda text: unicodedata.normalize("NFC", text),
    lambda text: unicodedata.normalize("NFD", text),
    entities,
    str.upper,
]


@pytest.mark.parametrize("form", FORMS)
def test_the_prefilter_loses_nothing_relevant(
    labels: list[dict[str, Any]], form: Callable[[str], str]
) -> None:
    lost = [
        row["id"]
        for row in share(labels, FORMS.index(form), len(FORMS))
        if row["label"] and not TOPIC.may_match(form(f"{row['title']}\n{row['text']}"))
    ]
    assert not lost


def test_the_prefilter_loses_none_of_what_was_read_here(shared: Path) -> None:
    natural = rows(shared / "corpus" / "relevance" / "labels_natural.jsonl")
    for row in (*natural, *labelled_texts(shared)):
        assert not row["label"] or TOPIC.may_match(f"{row['title']}\n{row['text']}"), row["id"]


def test_no_labelled_text_with_a_grade_fails_the_prefilter(labels: list[dict[str, Any]]) -> None:
    for row in labels:
        if TOPIC.score(title=row["title"], lead=None, text=row["text"]).grade != Grade.NONE:
            assert TOPIC.may_match(f"{row['title']}\n{row['text']}"), row["id"]


def test_ordinary_news_is_dropped_early(shared: Path) -> None:
    background = rows(shared / "corpus" / "relevance" / "background.jsonl.gz")
    passed = [TOPIC.may_match(f"{row['title']}\n{row['text']}") for row in islice(background, 2000)]
    assert sum(passed) / len(passed) <= 0.03


def test_places_agree_with_a_reading_by_hand(labels: list[dict[str, Any]]) -> None:
    gazetteer = Gazetteer.load()
    read = json.loads(READ.read_text(encoding="utf-8"))
    texts = {row["id"]: row for row in labels}
    found_count = right_count = 0
    for identifier, answer in read.items():
        row = texts[identifier]
        mentions = gazetteer.find(read_article(row["title"], None, row["text"]))
        kinds = {"province", "gate", "abroad-province"}
        found = {mention.place.id for mention in mentions if mention.place.kind in kinds}
        found |= {c for m in mentions if m.place.kind != "province" for c in _countries(m.place)}
        found_count += len(found)
        right_count += len(found & set(answer))
    assert len(read) >= 60
    assert right_count / found_count >= 0.95
    assert right_count / sum(map(len, read.values())) >= 0.90


def _countries(place: Any) -> tuple[str, ...]:
    abroad = ("country", "gate", "abroad-province", "abroad-city")
    return tuple(place.countries) if place.kind in abroad else ()


@pytest.mark.skipif(not STORIES.exists(), reason="there are no demo newspapers")
def test_the_demo_newspapers_are_told_apart() -> None:
    stories = tomllib.loads(STORIES.read_text(encoding="utf-8"))["story"]
    # What robots.txt forbids is irrelevant for its address, not for what it says.
    judged = [story for story in stories if not story.get("disallowed")]
    for story in judged:
        text = f"{story.get('lead', '')}\n{story['text']}".strip()
        verdict = TOPIC.score(title=story["title"], lead=story.get("lead"), text=text)
        assert (verdict.grade != Grade.NONE) == story["relevant"], story["title"]
