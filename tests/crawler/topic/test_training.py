"""Fitting weights (skipped where numpy and scipy are not installed: scoring never needs them)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crawler.topic.relevance import Grade
from crawler.topic.topic import Topic
from crawler.topic.training import Example, fit, weights_toml
from crawler.topic.weights import read_weights

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
"""


def test_fitted_weights_are_read_back_keep_their_signs_and_tell_the_examples_apart(tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    path = tmp_path / "topic.toml"
    path.write_text(TOPIC, encoding="utf-8")
    topic = Topic.load(path)
    texts = {2: "Giá cà phê tăng", 1: "Vườn cà phê", 0: "Giá trà và cà phê"}
    examples = [
        Example(f"{label}-{number}", text, text, label)
        for label, text in texts.items()
        for number in range(20)
    ]
    made = fit(topic, examples)
    assert made.related_f1 > 0.9
    weights = tmp_path / "topic.weights.toml"
    weights.write_text(weights_toml(made.weights, "made by a test"), encoding="utf-8")
    fitted = replace(topic, weights=read_weights(weights, topic.file))
    assert all(weight <= 0 for weight in fitted.weights.related.weights["tea"].values())
    assert fitted.score(title=texts[0], lead=None, text=texts[0]).grade == Grade.NONE
    assert fitted.score(title=texts[2], lead=None, text=texts[2]).grade == Grade.CORE
