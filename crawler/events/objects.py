"""What an event is about and others are too: named bridges, opened gates, yearly meetings, agreements.

The nouns and names stand in objects.toml. An object is looked for where the event is told: in its
paragraph, and for the main event in title and lead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from crawler.declaration import declare, read_toml
from crawler.events.event import Event, NamedObject, Part, Span
from crawler.events.profile import ROMAN_VALUES, heard, joining_data
from crawler.text.normalize import canonical_text, modern_tone_placement

DATA = Path(__file__).with_name("objects.toml")

MAX_OBJECTS = 3
"""Of one event."""
_MAX_NAME_WORDS = 8
_EDITION_WORDS = 14
"""So far from the name of a series its edition may stand."""
_LEAST_AGREEMENT_WORDS = 8
"""An agreement with fewer words in its name ("biên bản ghi nhớ") is not told from others by it."""
_LEAST_NAME_WORDS = 2
"""One word with a capital is the beginning of something else, unless it has a digit."""
_MAX_PARAGRAPH_CHARS = 3_000

_WORD = re.compile(r"[^\W_]+(?:[+/.]\d+)*")
_ROMAN = re.compile(r"[IVX]{1,5}")
_BETWEEN = re.compile(r"[ \xa0]?[-–][ \xa0]?|[ \xa0]")
_SENTENCE_END = re.compile(r"[.!?…;][\s\"”’)]|\n")


@dataclass(frozen=True, slots=True)
class Thing:
    """Nouns that begin a name."""

    kind: str
    heads: tuple[str, ...]
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """Meetings that come again."""

    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a thing has come."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class ObjectData:
    """What objects.toml says."""

    thing: tuple[Thing, ...]
    series: tuple[Series, ...]
    stage: tuple[Stage, ...]
    numbers: Mapping[str, int]

    @cached_property
    def heads(self) -> Mapping[str, Sequence[tuple[tuple[str, ...], Thing | Series]]]:
        """First word → the words that may begin there and what they begin, the longest first."""
        begin: list[tuple[str, Thing | Series]] = [(text, one) for one in self.thing for text in one.heads]
        begin += [(text, one) for one in self.series for text in one.names]
        found: dict[str, list[tuple[tuple[str, ...], Thing | Series]]] = {}
        for text, one in begin:
            words = tuple(canonical_text(text).split())
            found.setdefault(words[0], []).append((words, one))
        return {first: sorted(those, key=lambda one: -len(one[0])) for first, those in found.items()}

    @cached_property
    def beside(self) -> Mapping[str, tuple[str, ...]]:
        """Kind → the words of which one must stand in the sentence, in canonical text between spaces."""
        return {
            one.kind: tuple(f" {canonical_text(word)} " for word in one.beside)
            for one in self.thing
            if one.beside
        }

    @cached_property
    def stages(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Stages and their words in canonical text between spaces, the furthest first."""
        return tuple(
            (one.name, tuple(f" {canonical_text(word)} " for word in one.words)) for one in self.stage
        )

    @cached_property
    def numbers_by_word(self) -> Mapping[str, int]:
        """Number words in canonical text."""
        return {canonical_text(word): number for word, number in self.numbers.items()}


@cache
def object_data() -> ObjectData:
    """Return what objects.toml says."""
    return declare(ObjectData, read_toml(DATA), DATA)


class _Word(NamedTuple):
    text: str
    plain: str
    start: int
    end: int


def with_objects(events: Sequence[Event], title: str | None, text: str) -> tuple[Event, ...]:
    """Return the events of an article with the objects that they share with others."""
    return tuple(
        replace(event, objects=tuple(_objects(event, number, title or "", text))[:MAX_OBJECTS])
        for number, event in enumerate(events)
    )


def _objects(event: Event, number: int, title: str, text: str) -> Iterator[NamedObject]:
    seen = set()
    for part, start, end in _told_in(event, number, title, text):
        whole = title if part is Part.TITLE else text
        for found in _find(whole[start:end], part, start, title):
            if found.key not in seen:
                seen.add(found.key)
                yield found
    for agreement in event.agreements:
        key = canonical_text(agreement.name)
        if len(key.split()) >= _LEAST_AGREEMENT_WORDS and key not in seen:
            seen.add(key)
            yield NamedObject(agreement.name, f"agreement:{key}", agreement.span, stage="agreed")


def _told_in(event: Event, number: int, title: str, text: str) -> Iterator[tuple[Part, int, int]]:
    """Yield where an event is told: (part, start, end); title and lead are about the main event."""
    if number == 0 or event.act.part is Part.TITLE:
        yield Part.TITLE, 0, len(title)
    lead_end = min(_end_of_paragraph(text, 0), _MAX_PARAGRAPH_CHARS)
    if number == 0:
        yield Part.TEXT, 0, lead_end
    if event.act.part is Part.TEXT and (number or event.act.start >= lead_end):
        start = max(text.rfind("\n", 0, event.act.start) + 1, event.act.start - _MAX_PARAGRAPH_CHARS)
        yield (
            Part.TEXT,
            start,
            min(_end_of_paragraph(text, event.act.start), start + 2 * _MAX_PARAGRAPH_CHARS),
        )


def _end_of_paragraph(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _find(said: str, part: Part, offset: int, title: str) -> Iterator[NamedObject]:
    """Yield the objects that a stretch of text names."""
    starts = [0, *(match.end() for match in _SENTENCE_END.finditer(said)), len(said)]
    for begin, end in pairwise(starts):
        sentence = said[begin:end]
        words = _words(sentence)
        plain = f" {' '.join(word.plain for word in words)} "
        for name, key, first, last, edition in _named(sentence, words, plain):
            stage = _stage(plain) or _stage(f" {canonical_text(title)} ")
            span = Span(part, offset + begin + first, offset + begin + last)
            yield NamedObject(name, key, span, edition, stage)


def _words(sentence: str) -> list[_Word]:
    """Return the words of a sentence, with what counts of them when they are compared."""
    plain = modern_tone_placement(sentence.casefold())
    is_as_long = len(plain) == len(sentence)  # not so for letters that casefold into two
    return [
        _Word(
            match[0],
            plain[match.start() : match.end()] if is_as_long else canonical_text(match[0]),
            match.start(),
            match.end(),
        )
        for match in _WORD.finditer(sentence)
    ]


def _named(
    sentence: str, words: Sequence[_Word], plain: str
) -> Iterator[tuple[str, str, int, int, int | None]]:
    """Yield (name, key, start, end, edition) of what a sentence names."""
    heads, at = object_data().heads, 0
    while at < len(words):
        if words[at].plain not in heads:
            at += 1
            continue
        head = next(
            (
                (len(begin), one)
                for begin, one in heads.get(words[at].plain, ())
                if tuple(word.plain for word in words[at : at + len(begin)]) == begin
            ),
            None,
        )
        if head is None:
            at += 1
            continue
        length, one = head
        start, behind = words[at].start, at + length
        if isinstance(one, Series):
            end = words[behind - 1].end
            yield (
                sentence[start:end],
                f"series:{_series_key(one, words[at:behind])}",
                start,
                end,
                _edition(words, at, behind),
            )
        elif name := _name_behind(sentence, words, behind):
            behind += len(name)
            if not one.beside or any(word in plain for word in object_data().beside[one.kind]):
                end = words[behind - 1].end
                yield sentence[start:end], f"{one.kind}:{_key(sentence, name)}", start, end, None
        at = behind


def _series_key(series: Series, words: Sequence[_Word]) -> str:
    """Return the name of a series; of names within each other the shortest: "chương trình …" is left out."""
    said = " ".join(word.plain for word in words)
    within = [canonical_text(name) for name in series.names if canonical_text(name) in said]
    return min(within, key=len, default=said)


def _name_behind(sentence: str, words: Sequence[_Word], at: int) -> Sequence[_Word]:
    """Return the words with capitals or digits that follow without a comma."""
    end = at
    while end < len(words) and end - at < _MAX_NAME_WORDS:
        word = words[end]
        if not (word.text[0].isupper() or word.text[0].isdecimal()):
            break
        if end and not _BETWEEN.fullmatch(sentence, words[end - 1].end, word.start):
            break
        end += 1
    name = words[at:end]
    has_digit = any(char.isdecimal() for word in name for char in word.text)
    if len(name) < _LEAST_NAME_WORDS and not has_digit:
        return ()
    is_country = " ".join(word.plain for word in name) in joining_data().country_names
    return () if is_country else name


def _key(sentence: str, name: Sequence[_Word]) -> str:
    """Return what a name is compared by: by ear, up to a dash, Roman numbers as digits."""
    parts = []
    for number, word in enumerate(name):
        between = sentence[name[number - 1].end : word.start] if number else ""
        if "-" in between or "–" in between:
            break
        is_roman = number > 0 and _ROMAN.fullmatch(word.text) and word.text in ROMAN_VALUES
        parts.append(str(ROMAN_VALUES[word.text]) if is_roman else word.text)
    return " ".join(part if part.isdecimal() else heard(part) for part in parts)


def _edition(words: Sequence[_Word], start: int, end: int) -> int | None:
    """Return the number behind the nearest "lần thứ", or None."""
    numbers = object_data().numbers_by_word
    near = [*range(end, min(end + _EDITION_WORDS, len(words) - 2)), *range(max(start - 6, 0), start)]
    for at in near:
        if at + 2 < len(words) and (words[at].plain, words[at + 1].plain) == ("lần", "thứ"):
            said = words[at + 2]
            if said.text.isdecimal():
                return int(said.text[:4])
            return ROMAN_VALUES.get(said.text) or numbers.get(said.plain)
    return None


def _stage(plain: str) -> str | None:
    """Return the furthest stage that a sentence tells, in canonical text between spaces."""
    return next((name for name, words in object_data().stages if any(word in plain for word in words)), None)
