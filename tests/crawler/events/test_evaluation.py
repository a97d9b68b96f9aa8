"""The measures of events are those of the annotation's own script."""

from __future__ import annotations

import importlib.util
import json
import random
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from crawler.errors import UsageError
from crawler.events.evaluation import is_held_out, is_same_date, read_gold, score


def event(**changes: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {
        "kind": "meeting", "status": "held", "date": "2024-02-27", "date_end": None, "countries": ["CN"],
        "places": [], "people": [], "bodies": [], "agreements": [], "figures": [],
    }  # fmt: skip
    return nothing | changes


@pytest.mark.parametrize(
    ("gold", "found", "same", "coarse"),
    [
        ("2024-02-27", "2024-02-27", True, True),
        ("2024-02-27", "2024-02-28", False, True),
        ("2024-02-27", "2024-03-27", False, False),
        ("2024-02-27", "--02-27", False, False),
        ("--02-27", "2021-02-27", True, True),
        ("--02-27", "--02-26", False, True),
        ("--02", "2021-02-27", True, True),
        (None, None, True, True),
        (None, "2024", False, False),
        ("2024", None, False, False),
    ],
)
def test_dates(gold: str | None, found: str | None, same: bool, coarse: bool) -> None:
    assert is_same_date(gold, found) is same
    assert is_same_date(gold, found, coarse=True) is coarse


def test_what_is_counted() -> None:
    gold = {
        "a": [event(places=["cửa khẩu quốc tế Hữu Nghị", "TP. Lạng Sơn"]), event(kind="gate", date=None)],
        "b": [],
        "c": [],
    }
    person = {"name": "Nông Văn Thử", "post": "Chủ tịch UBND tỉnh", "side": "VN"}
    found = {
        "a": [event(places=["Hữu Nghị", "Lạng Sơn", "Hà Nội"], people=[person])],
        "b": [event()],
    }
    scores = score(gold, found)
    assert (scores.main_kind, scores.main_date, scores.quiet) == (1.0, 1.0, 0.5)
    assert (scores.events.precision, scores.events.recall) == (0.5, 0.5)
    assert scores.slots["places"].f1 == pytest.approx(0.8)
    assert scores.slots["people"].precision == 0.0


@pytest.mark.parametrize(
    "line", ["[1]", '{"id": 1}', '{"id": 1, "events": [{}]}', "x", '{"id": 1, "events": 2}']
)
def test_a_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(UsageError, match=r"gold\.jsonl: line 2 is not a JSON object with id and events"):
        read_gold(['{"id": "a", "events": []}', line], "gold.jsonl")


def official(shared: Path) -> ModuleType:
    path = shared / "corpus/events/score_events.py"
    if not path.is_file():
        pytest.skip("no events among the shared material")
    spec = importlib.util.spec_from_file_location("score_events", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_figures_are_those_of_the_script(shared: Path) -> None:
    """Against answers that are made of the gold by spoiling it."""
    script = official(shared)
    gold = read_gold((shared / "corpus/events/gold.jsonl").open(encoding="utf-8"), "gold.jsonl")
    dice = random.Random(4)
    found: dict[str, Any] = {}
    for id_, events in gold.items():
        mine = json.loads(json.dumps(events))
        for one in mine:
            if dice.random() < 0.3:
                one["kind"] = "other"
            if dice.random() < 0.3:
                one["date"] = dice.choice((None, "2020-01-01", "--03-04", one["date"] and one["date"][:7]))
            for name in ("places", "people", "bodies", "figures"):
                one[name] = [value for value in one[name] if dice.random() < 0.7]
            for person in one["people"]:
                person["post"] = dice.choice((None, person["post"], f"ông {person['post']}"))
        found[id_] = [one for one in mine if dice.random() < 0.9]
        if not events and dice.random() < 0.3:
            found[id_] = [event()]
    wanted = script.score(gold, found)
    mine_all = score(gold, found)
    assert mine_all.article_count == wanted["items"]
    for name in ("main_kind", "main_status", "main_date", "quiet"):
        assert getattr(mine_all, name) == pytest.approx(wanted[name])
    assert mine_all.events.f1 == pytest.approx(wanted["events"])
    for name, rates in mine_all.slots.items():
        assert (rates.precision, rates.recall, rates.f1) == pytest.approx(wanted[name])


def test_a_third_is_held_out() -> None:
    held = sum(is_held_out(f"{number:016x}") for number in range(3000))
    assert 900 < held < 1100
