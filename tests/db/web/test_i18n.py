"""The words of the pages: every key in both languages, used, and complete."""

from __future__ import annotations

import re
import string
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

import db.web
from crawler.decision import Kind, Outcome, Rejection
from crawler.declaration import read_toml
from crawler.events.corrections import Said
from crawler.events.event import EventKind, EventStatus
from crawler.finding import FindingKind, Severity
from crawler.report import TERMS, RunStatus, SourceStatus
from crawler.topic.relevance import Grade
from crawler.topic.topic import Topic
from db.web.i18n import CODES, STRINGS, languages, preferred

HERE = Path(next(iter(db.web.__path__)))
VI, EN = languages()["vi"], languages()["en"]


def test_every_key_is_in_both_languages_with_the_same_values() -> None:
    assert set(VI.words) == set(EN.words)
    for key, text in VI.words.items():
        names = [
            {name for _, name, _, _ in string.Formatter().parse(one) if name} for one in (text, EN.words[key])
        ]
        assert names[0] == names[1], key
        assert text, key


def test_no_entry_is_half_translated() -> None:
    def check(table: dict[str, Any], key: str) -> None:
        if set(table) & set(CODES):
            assert set(table) == set(CODES), key
        else:
            for name, value in table.items():
                check(value, f"{key}.{name}")

    check(read_toml(STRINGS), "")


def test_every_key_that_a_template_or_a_page_names_is_there() -> None:
    named = set()
    for path in [*(HERE / "templates").glob("*.html"), *HERE.glob("*.py")]:
        source = path.read_text(encoding="utf-8")
        named |= set(re.findall(r"""\bt(?:\.count)?\(["']([a-z_.]+)["'][,)]""", source))
        named |= set(re.findall(r'language\("([a-z_.]+)"', source))
    assert len(named) > 120
    assert named - set(VI.words) == set()


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("kind", Kind),
        ("reason", Rejection),
        ("reason", Outcome),
        ("status", RunStatus),
        ("status", SourceStatus),
        ("finding", FindingKind),
        ("severity", Severity),
        ("grade", Grade),
        ("event_kind", EventKind),
        ("event_status", EventStatus),
        ("said", Said),
    ],
)
def test_every_word_that_is_stored_has_a_name(section: str, words: type[StrEnum]) -> None:
    assert [word.value for word in words if f"{section}.{word.value}" not in VI.words] == []


def test_every_field_of_the_built_in_topic_has_a_name() -> None:
    fields = {feature.field for feature in Topic.load().file.features.values() if feature.field}
    assert [one for one in fields if f"field.{one}" not in VI.words] == []
    assert VI.name("field", "of-another-topic") == "of-another-topic"


def test_every_term_of_the_identity_has_a_name() -> None:
    assert [term for term in TERMS.values() if f"term.{term}" not in VI.words] == []


@pytest.mark.parametrize(
    ("stored", "vi", "en"),
    [
        ("2026-11-20T18:05:00Z", "21/11/2026, 01:05", "21 Nov 2026, 01:05"),
        ("2026-11-20", "20/11/2026", "20 Nov 2026"),
        ("2026-11", "tháng 11/2026", "Nov 2026"),
        (None, "không rõ ngày", "date unknown"),
        (datetime(2026, 3, 1, 17, 0, tzinfo=UTC), "02/03/2026, 00:00", "2 Mar 2026, 00:00"),
    ],
)
def test_times_are_those_of_viet_nam_and_no_more_exact_than_known(stored: str, vi: str, en: str) -> None:
    assert (VI.time(stored), EN.time(stored)) == (vi, en)


def test_numbers_are_grouped_as_each_language_does() -> None:
    assert (VI.number(1234567), EN.number(1234567)) == ("1.234.567", "1,234,567")
    assert (EN.count("articles.count", 1), EN.count("articles.count", 1000)) == (
        "1 article",
        "1,000 articles",
    )
    assert VI.short_day(date(2026, 3, 9)) == "9/3"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5, "5 seconds"),
        (60, "1 minute"),
        (5400, "90 minutes"),
        (7200, "2 hours"),
        (86400, "1 day"),
        (200000, "2 days"),
    ],
)
def test_durations_are_whole_numbers(seconds: float, text: str) -> None:
    assert EN.duration(seconds) == text


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "vi"),
        ("", "vi"),
        ("en", "en"),
        ("EN-us", "en"),
        ("vi;q=0.1,en;q=0.2", "en"),
        ("de,en;q=0.1", "en"),
        ("en;q=x", "vi"),
        ("," * 5000 + "en", "vi"),
    ],
)
def test_the_language_that_a_browser_likes_best(header: str | None, code: str) -> None:
    assert preferred(header) == code
