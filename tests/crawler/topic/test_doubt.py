"""Of which texts a topic is least sure, by its distance from the cuts and by title against text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from crawler.topic.doubt import DOUBT_ODDS, Doubt, Kind, Stratum, Unlabelled, by_turns, doubt_about
from crawler.topic.topic import Topic
from tests.articles import COFFEE

# One point is one log-odds from -4 on for related, half of one for core; a hit in a title counts
# three times, one in the first 60 words twice, of several the square root.
LONG = "Nội dung khác. " * 40


@pytest.fixture(scope="module")
def topic(tmp_path_factory: pytest.TempPathFactory) -> Topic:
    path: Path = tmp_path_factory.mktemp("topic") / "coffee.toml"
    path.write_text(COFFEE, encoding="utf-8")
    return Topic.load(path)


def article(title: str | None, text: str, id_: str = "a") -> Unlabelled:
    return Unlabelled(id_, Kind.ARTICLE, "bao-thu", "https://bao-thu.example/1", title, None, text)


def headline(title: str, score: int | None) -> Unlabelled:
    return Unlabelled("h", Kind.HEADLINE, "bao-thu", "https://bao-thu.example/2", title, score=score)


@pytest.mark.parametrize(
    ("one", "stratum", "distance"),
    [
        (article("Tin trong ngày", LONG), None, None),
        (article("Cà phê tăng", LONG), Stratum.NEAR_RELATED, 1.0),
        (article("Tin trong ngày", f"{LONG}{'Cà phê. ' * 25}"), Stratum.NEAR_RELATED, 1.0),
        (article(None, f"Cà phê. {LONG}"), Stratum.NEAR_RELATED, 2.0),
        (article("Cà phê " * 9, LONG), Stratum.NEAR_CORE, 0.5),
        (article("Tin trong ngày", f"{LONG}{'Cà phê. ' * 100}"), Stratum.NEAR_CORE, 1.0),
        (article("Cà phê " * 25, f"{LONG}{'Cà phê. ' * 100}"), None, None),
        (headline("Tin trong ngày", 2), None, None),
        (headline("Tin trong ngày", 40), Stratum.NEAR_RELATED, 0.405),
        (headline("Cà phê tăng", 2), Stratum.NEAR_RELATED, 1.0),
        (headline("Cà phê tăng", None), Stratum.NEAR_RELATED, 1.0),
        (headline("Tin trong ngày", None), None, None),
        (headline("Cà phê " * 25, 2), Stratum.TITLE_AGAINST_TEXT, -3.89),
    ],
)
def test_what_is_doubted(
    topic: Topic, one: Unlabelled, stratum: Stratum | None, distance: float | None
) -> None:
    found = doubt_about(topic, one)
    assert (found and found.stratum) == stratum
    if found:
        assert found.distance == pytest.approx(distance, abs=0.01)


def test_title_and_text_disagree_though_both_together_are_sure(topic: Topic) -> None:
    found = doubt_about(topic, article("Cà phê " * 49, LONG))
    assert found is not None
    assert found.stratum is Stratum.TITLE_AGAINST_TEXT
    assert found.distance < -DOUBT_ODDS


def test_the_strata_come_by_turns_the_greatest_doubt_first() -> None:
    def doubts(stratum: Stratum, *distances: float) -> list[Doubt]:
        return [Doubt(article("", "", f"{stratum}{n}"), stratum, n) for n in distances]

    near, core = Stratum.NEAR_RELATED, Stratum.NEAR_CORE
    against = Stratum.TITLE_AGAINST_TEXT
    found = by_turns([*doubts(against, -1, -3), *doubts(near, 2, 0.5, 1), *doubts(core, 2)])
    shown: Sequence[tuple[Stratum, float]] = [(one.stratum, one.distance) for one in found]
    assert shown == [(near, 0.5), (core, 2), (against, -3), (near, 1), (against, -1), (near, 2)]
