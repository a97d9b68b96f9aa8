"""The exam: pairs of near twins of which the topic keeps one and not the other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from crawler.topic.relevance import Grade
from crawler.topic.topic import Topic

TOPIC = Topic.load()
KINDS = tomllib.loads(Path(__file__).with_name("exam.toml").read_text(encoding="utf-8"))["kind"]
ANSWERS = {
    "core": {Grade.CORE},
    "related": {Grade.RELATED},
    "none": {Grade.NONE},
    "kept": {Grade.CORE, Grade.RELATED},
}
#: What must be right of the whole exam, and of the pairs of each kind.
PASS, PASS_OF_KIND = 0.97, 0.85


def twins(pair: str) -> tuple[str, str]:
    """Return both reports of a pair."""
    return tuple(  # type: ignore[return-value]
        re.sub(r"\[(.*?) / (.*?)\]", lambda match, side=side: match[side], pair) for side in (1, 2)
    )


def answers(kind: dict[str, object]) -> list[tuple[str, bool]]:
    """Return each report of a kind, and whether the topic's grade is right."""
    marked = []
    for pair in kind["pairs"]:  # type: ignore[attr-defined]
        for report, wanted in zip(twins(pair), (kind["first"], kind["second"]), strict=True):
            title, _, text = report.partition("||")
            verdict = TOPIC.score(title=title.strip(), lead=None, text=text.strip())
            marked.append((f"{wanted}, not {verdict.score}: {report}", verdict.grade in ANSWERS[str(wanted)]))
    return marked


@pytest.fixture(scope="module")
def marks() -> dict[str, list[tuple[str, bool]]]:
    return {kind["name"]: answers(kind) for kind in KINDS}


def test_every_kind_has_ten_pairs_of_twins_that_differ() -> None:
    for kind in KINDS:
        assert len(set(kind["pairs"])) >= 10, kind["name"]
        assert all(len(set(twins(pair))) == 2 for pair in kind["pairs"]), kind["name"]


def test_the_topic_passes_the_exam(marks: dict[str, list[tuple[str, bool]]]) -> None:
    every = [mark for kind in marks.values() for mark in kind]
    wrong = "\n".join(report for report, right in every if not right)
    assert sum(right for _, right in every) / len(every) >= PASS, wrong


@pytest.mark.parametrize("name", [kind["name"] for kind in KINDS])
def test_no_kind_is_failed(name: str, marks: dict[str, list[tuple[str, bool]]]) -> None:
    wrong = "\n".join(report for report, right in marks[name] if not right)
    assert sum(right for _, right in marks[name]) / len(marks[name]) >= PASS_OF_KIND, wrong
