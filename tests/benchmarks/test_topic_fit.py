"""Fitting weights (skipped where numpy and scipy are not installed: scoring never needs them)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.topic_fit import Example, event_folds, fit, lesser_forms, weights_toml
from crawler.topic.relevance import Grade
from crawler.topic.topic import Topic

TOPIC = """
name = "coffee"
[terms.coffee]
phrases = ["cà phê"]
points = 1
[terms.price]
phrases = ["giá"]
points = 1
[terms.tea]
phrases = ["trà"]
against = true
[terms.award]
phrases = ["giải thưởng"]
grade = "core"
[terms.cocoa]
phrases = ["ca cao"]
points = 2
"""
LABELLED = {2: "Giá cà phê tăng", 1: "Vườn cà phê", 0: "Giá trà và cà phê"}


@pytest.fixture
def topic(tmp_path: Path) -> Topic:
    path = tmp_path / "topic.toml"
    path.write_text(TOPIC, encoding="utf-8")
    return Topic.load(path)


def examples() -> list[Example]:
    return [
        Example(f"{label}-{number}", text, text, label, group="read")
        for label, text in LABELLED.items()
        for number in range(20)
    ]


def test_fitted_weights_are_read_back_keep_their_signs_and_tell_the_examples_apart(
    topic: Topic, tmp_path: Path
) -> None:
    pytest.importorskip("scipy")
    made = fit(topic, examples())
    weights = tmp_path / "topic.weights.toml"
    weights.write_text(weights_toml(made.weights, "made by a test"), encoding="utf-8")
    with_weights = tmp_path / "fitted.toml"
    with_weights.write_text(f'weights = "{weights.name}"\n{TOPIC}', encoding="utf-8")
    fitted = Topic.load(with_weights)
    assert all(weight <= 0 for weight in fitted.weights.related.weights["tea"].values())
    assert fitted.weights.related.weights["award"] == {}
    assert fitted.score(title=LABELLED[0], lead=None, text=LABELLED[0]).grade == Grade.NONE
    assert fitted.score(title=LABELLED[2], lead=None, text=LABELLED[2]).grade == Grade.CORE


def test_what_no_label_shows_keeps_its_points(topic: Topic) -> None:
    pytest.importorskip("scipy")
    made = fit(topic, examples())
    given = topic.weights.related.weights["cocoa"]
    assert made.weights.related.weights["cocoa"] == pytest.approx(given)


def test_labels_of_a_user_move_the_weights_that_are_there(topic: Topic) -> None:
    pytest.importorskip("scipy")
    tea = [Example(str(number), "Trà đá", "Trà đá vỉa hè", 0, group="read") for number in range(5)]
    weights = fit(topic, [*tea, Example("c", "Giá ca cao", "Giá ca cao lên", 2, group="read")]).weights
    assert weights.related.weights["cocoa"]["any"] >= topic.weights.related.weights["cocoa"]["any"]
    assert weights.related.weights["tea"]["any"] < 0


def test_the_lesser_forms_of_a_text_are_what_may_be_left_of_it() -> None:
    text = f"Hai bên gặp nhau. {'Câu sau dài. ' * 10}"
    assert list(lesser_forms(Example("a", "Tin", text, 2))) == [
        ("title", "Tin", ""),
        ("teaser", "Tin", "Hai bên gặp nhau."),
        ("untitled", None, text),
    ]
    assert list(lesser_forms(Example("a", "Tin", "", 2))) == [("title", "Tin", "")]


def test_reports_of_one_event_are_in_one_fold() -> None:
    story = "Hai tỉnh ký thỏa thuận về cặp cửa khẩu, đường dây nóng và lịch giao ban mỗi quý một lần"
    others = [
        Example(str(number), f"Tin {number}", f"Tin số {number} nói việc {number * 7} khác", 0)
        for number in range(9)
    ]
    folds = event_folds(
        [Example("x", "Một", story, 2), *others, Example("y", "Hai", f"Theo báo bạn, {story}", 2)]
    )
    assert folds[0] == folds[-1]
    assert len(set(folds)) > 1


def test_the_task_moves_a_topic_towards_the_labels_of_a_user(tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    path = tmp_path / "topic.toml"
    path.write_text(
        TOPIC.replace('name = "coffee"', 'name = "coffee"\nweights = "own.toml"'), encoding="utf-8"
    )
    (tmp_path / "own.toml").write_text("[related]\noffset = -4.0\n[core]\noffset = -4.0\n", encoding="utf-8")
    for name, rows in {
        "labels": [{**vars_of(one), "doubt": False} for one in examples()],
        "ordinary": [
            {"id": f"o{number}", "title": "Giá vàng", "text": "Giá vàng tăng"} for number in range(5)
        ],
    }.items():
        lines = "".join(f"{json.dumps(row)}\n" for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.topic_training", "--topic", str(path)]
    ran = subprocess.run(
        [*command, "--ordinary", str(tmp_path / "ordinary.jsonl"), str(tmp_path / "labels.jsonl")],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert ran.returncode == 0, ran.stderr
    assert "your labels" in ran.stdout
    moved = Topic.load(path)
    assert moved.weights.related.weights["coffee"]["any"] > 0
    assert moved.score(title=LABELLED[2], lead=None, text=LABELLED[2]).grade == Grade.CORE
    (tmp_path / "labels.jsonl").write_text("{", encoding="utf-8")
    ran = subprocess.run(
        [*command, str(tmp_path / "labels.jsonl")],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert ran.returncode == 1
    assert "labels.jsonl: line 1" in ran.stderr
    assert "Traceback" not in ran.stderr


def vars_of(example: Example) -> dict[str, object]:
    return {"id": example.id, "title": example.title, "text": example.text, "label": example.label}
