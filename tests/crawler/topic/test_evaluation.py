"""Evaluation, explanation and the plan of a rescore."""

from __future__ import annotations

import json

import pytest

from crawler.errors import UsageError
from crawler.topic.evaluation import Labelled, evaluate, flagged_per_10000, read_labels
from crawler.topic.explanation import segments
from crawler.topic.relevance import Grade
from crawler.topic.rescoring import Move, summary, worth_refetching
from crawler.topic.topic import Topic

TOPIC = Topic.load()
CORE = "Biên phòng Hà Tĩnh phối hợp Công an tỉnh Bolikhamxay (Lào) tuần tra song phương trên biên giới."
NONE = "Giá rau ở chợ đầu mối giảm nhẹ sau lễ."


def test_evaluation_counts_what_is_right_and_puts_the_worst_miss_first() -> None:
    outcome = evaluate(
        TOPIC,
        [Labelled("a", CORE, CORE, 2), Labelled("b", NONE, NONE, 2), Labelled("c", CORE, CORE, 0)],
    )
    assert (outcome.kept.precision, outcome.kept.recall, outcome.kept.f1) == (0.5, 0.5, 0.5)
    assert outcome.confusion[Grade.NONE, Grade.CORE] == 1
    assert [miss.labelled.id for miss in outcome.misses] == ["b", "c"] or outcome.misses[0].verdict.score
    assert flagged_per_10000(TOPIC, [(CORE, CORE), (NONE, NONE)]) == 5_000


def test_an_evaluation_of_nothing_is_no_division_by_zero() -> None:
    outcome = evaluate(TOPIC, [])
    assert (outcome.kept.precision, outcome.kept.recall, outcome.kept.f1) == (0.0, 0.0, 0.0)
    assert flagged_per_10000(TOPIC, []) == 0.0


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "a"}', '{"id": "a", "text": "b", "label": 7}'])
def test_a_wrong_label_line_is_named_by_its_number(line: str) -> None:
    good = json.dumps({"id": "a", "title": None, "text": "b", "label": 1})
    with pytest.raises(UsageError, match=r"labels\.jsonl: line 2"):
        list(read_labels([good, line], "labels.jsonl"))


def test_segments_joined_again_are_the_text_and_name_their_terms() -> None:
    cut = segments(TOPIC, title="Tin", lead=None, text=CORE)
    assert "".join(segment.text for segment in cut) == f"Tin\n\n{CORE}"
    marked = [segment.text for segment in cut if "friendship" in segment.terms]
    assert "".join(marked) == "tuần tra song phương"


def test_a_rescore_counts_what_changes_and_knows_what_leaves() -> None:
    found = [Move(2, Grade.CORE, Grade.NONE), Move(3, Grade.NONE, Grade.CORE)]
    assert [move.leaves for move in found] == [True, False]
    assert summary(found) == {"core → none": 1, "none → core": 1}


def test_a_rejected_page_is_fetched_again_when_score_or_title_promise_something() -> None:
    assert worth_refetching(TOPIC, NONE, 40)
    assert worth_refetching(TOPIC, CORE, None)
    assert not worth_refetching(TOPIC, NONE, 3)


def test_what_the_reader_doubted_is_left_out() -> None:
    rows = [
        {"id": number, "title": None, "text": "b", "label": 1, "doubt": number == 1} for number in range(3)
    ]
    assert [one.id for one in read_labels(map(json.dumps, rows), "labels.jsonl")] == ["0", "2"]
