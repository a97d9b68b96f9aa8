"""Articles that people read, and in which they found the same act: all their reports are joined."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from crawler.events.event import (
    Agreement,
    Body,
    Event,
    EventKind,
    EventStatus,
    Figure,
    Part,
    Person,
    Place,
    Span,
)
from crawler.events.joining import groups
from crawler.events.objects import with_objects
from crawler.events.profile import gazetteer, profile
from crawler.events.report import Report
from crawler.text.normalize import canonical_text, keys_of, sketch
from crawler.topic.phrase import read

REPEATS = (
    "2cfc6c 2869e4", "54134a 04da95", "afc184 d1ec39 b23bab", "095d87 4ee2f6 3ffb60 64ca2e",
    "4fe8ab 20393a 994ea9", "41679e 77d05b 9ebc65",
)  # fmt: skip
"""How the ids of articles begin that tell of one act, group by group."""


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def place_id(name: str) -> str | None:
    mentions = [one for one in gazetteer().find(read(name)) if one.place.kind != "country"]
    return mentions[0].place.id if mentions else None


def event(said: dict[str, Any], text: str) -> Event:
    """An event as people read it; its act is where its first place stands."""
    start = max(text.find(said["places"][0]), 0) if said["places"] else 0
    span = Span(Part.TEXT, start, start + 1)
    return Event(
        EventKind(said["kind"]),
        EventStatus(said["status"]),
        span,
        said["date"],
        said["date_end"],
        countries=tuple(said["countries"]),
        places=tuple(Place(name, span, place_id(name)) for name in said["places"]),
        people=tuple(Person(one["name"], one["post"], one["side"], (span,)) for one in said["people"]),
        bodies=tuple(Body(one["name"], one["side"], span) for one in said["bodies"]),
        agreements=tuple(Agreement(name, span) for name in said["agreements"]),
        figures=tuple(Figure(one["what"], one["value"], one["unit"], span) for one in said["figures"]),
    )


def test_the_repeats_that_people_found_are_joined(shared: Path) -> None:
    corpus = shared / "corpus"
    if not (corpus / "events").is_dir():
        pytest.skip("no events among the shared material")
    texts = {
        one["id"]: one
        for name in ("labels", "labels_more")
        for one in lines(corpus / "relevance" / f"{name}.jsonl")
    }
    reports, articles = [], []
    for read_by_people in lines(corpus / "events" / "gold.jsonl"):
        article = texts[read_by_people["id"]]
        articles.append(read_by_people["id"][:6])
        text = article["text"]
        events = [event(said, text) for said in read_by_people["events"]]
        for number, one in enumerate(with_objects(events, article["title"], text)):
            keys = keys_of(sketch(canonical_text(text)))
            reports.append(Report(len(reports), len(articles) - 1, number, one, None, keys))
    joined = {
        frozenset(pair)
        for group in groups(profile(one) for one in reports)
        for pair in combinations([articles[one.report.article_id] for one in group], 2)
    }
    wanted = [frozenset(pair) for group in REPEATS for pair in combinations(group.split(), 2)]
    assert [sorted(pair) for pair in wanted if pair not in joined] == []
