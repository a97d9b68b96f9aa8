"""What people are told: every sentence in both languages, and the same after it was stored."""

from __future__ import annotations

import re
import string
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import scheduler
from crawler.declaration import read_toml
from crawler.finding import Facts, FindingKind
from crawler.language import CODES, WORDS, languages
from crawler.sentence import Value, Word, say

VI, EN = languages()["vi"], languages()["en"]
SCHEDULER = Path(next(iter(scheduler.__path__)))


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_key_is_in_both_languages_with_the_same_values() -> None:
    assert set(VI.words) == set(EN.words)
    for key, text in VI.words.items():
        assert names(text) == names(EN.words[key]), key
        assert text, key
    for section in read_toml(WORDS).values():
        assert all(set(entry) == set(CODES) for entry in section.values())


def named_keys() -> dict[str, set[str]]:
    """The keys that the service's modules say outright, with the names of the values that they give."""
    found = {}
    call = re.compile(r'(?:say|\bt)\(\s*"([a-z_.]+)"((?:[^()]|\([^()]*\))*)\)')
    for path in SCHEDULER.glob("*.py"):
        for key, values in call.findall(path.read_text(encoding="utf-8")):
            found[key] = set(re.findall(r"(?:^|[\s,(])([a-z]+)=", values))
    return found


def test_every_sentence_that_the_service_names_is_there_with_all_its_values() -> None:
    named = named_keys()
    assert len(named) > 40
    for key, values in named.items():
        assert names(EN.words[key]) <= values, key


def test_every_kind_of_finding_has_a_name() -> None:
    assert [kind for kind in FindingKind if f"finding.{kind}" not in VI.words] == []


def test_no_word_waits_for_a_sentence_that_nobody_says() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in SCHEDULER.glob("*.py")).replace("'", '"')
    made = re.compile(r"clock_|our_clock_|service_|_count$|_one$")  # from parts
    kinds = {kind.value for kind in FindingKind}
    for key in EN.words:
        section, _, name = key.partition(".")
        if section in ("evidence", "advice", "message") and not made.search(key) and name not in kinds:
            assert f'"{key}"' in source or name in ("new", "still_open", "resolved"), key


VALUES: dict[str, tuple[Value, str, str]] = {
    "text": ("a {b}", "a {b}", "a {b}"),
    "number": (1234, "1.234", "1,234"),
    "share": (0.125, "12,5%", "12.5%"),
    "duration": (timedelta(hours=9), "9 giờ", "9 hours"),
    "time": (
        datetime(2026, 11, 21, 2, tzinfo=UTC),
        "09:00 21/11/2026 (giờ Việt Nam)",
        "2026-11-21 09:00 (Viet Nam)",
    ),
    "no time": (None, "chưa bao giờ", "never"),
    "word": (Word("reason", "timed_out"), "hết thời gian chờ", "timed out"),
    "unknown word": (Word("reason", "another"), "another", "another"),
    "counts": ({"blocked": 3, "another": 1}, "bị chặn 3×, another 1×", "blocked 3×, another 1×"),
    "several": (("a", 2), "a; 2", "a; 2"),
    "sentence": (say("evidence.crawls_in_a_row", n=1), "Lượt thu thập gần nhất", "The last crawl"),
}


@pytest.mark.parametrize(("value", "vi", "en"), VALUES.values(), ids=VALUES)
def test_a_value_is_written_as_each_language_does_and_stored(value: Value, vi: str, en: str) -> None:
    told = (say("evidence.seed", url=value, answer="x"),)
    assert VI.say(told) == f"{vi} (x)"
    stored = Facts.from_json(Facts(told, ()).to_json())
    assert stored == Facts(told, ())
    assert EN.say(stored.evidence) == f"{en} (x)"


@pytest.mark.parametrize(
    ("stored", "vi", "en"),
    [
        ("2026-11-20T18:05:00Z", "01:05 21/11/2026", "2026-11-21 01:05"),
        ("2026-11-20", "20/11/2026", "2026-11-20"),
        ("2026-11", "tháng 11/2026", "2026-11"),
        (date(2026, 11, 2), "02/11/2026", "2026-11-02"),
    ],
)
def test_messages_write_times_as_they_are_known(stored: str | date, vi: str, en: str) -> None:
    assert (VI.moment(stored), EN.moment(stored)) == (vi, en)
