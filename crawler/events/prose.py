"""An article as events are read from it: words with their signs, capitals and sentences, title first.

It stands on the topic's `Reading`, so that acts are patterns and places are mentions as everywhere else,
and keeps of the source what a reading leaves out: who is named shows in capitals, what belongs together
in the signs between words.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from crawler.events.event import Part, Span
from crawler.text.normalize import modern_tone_placement
from crawler.topic.phrase import STOP, Reading, normal_words, read_article

T = TypeVar("T")

MAX_EVENT_CHARS = 16_000
"""Of a longer text the beginning is read: news stands there."""
MAX_TITLE_CHARS = 600
LEAD_SENTENCE_COUNT = 3
"""Sentences at the beginning of the text that count as its lead; longer leads are rare."""
_SEPARATOR = "\n\n"
_CAPTION = ("ảnh", "nguồn", "video", "clip", "đồ họa")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, as numbers of words.

    Args:
        number: 0 is the title, 1 the first of the text.
        first, end: its words.
        is_caption: it describes a picture, or was in the text before.
    """

    number: int
    first: int
    end: int
    is_caption: bool = False

    @property
    def is_title(self) -> bool:
        """Whether it is the title."""
        return self.number == 0

    @property
    def is_lead(self) -> bool:
        """Whether it stands at the beginning of the text."""
        return 0 < self.number <= LEAD_SENTENCE_COUNT


class Prose:
    """A title and a text, ready to be read.

    Args:
        title: "" where there is none.
        text: lead and body.
    """

    def __init__(self, title: str, text: str) -> None:
        self.reading: Reading = read_article(title[:MAX_TITLE_CHARS], None, text[:MAX_EVENT_CHARS])
        self.source = self.reading.source
        self._text_start = self.source.find(_SEPARATOR) + len(_SEPARATOR)
        self.words: tuple[str, ...] = self.reading.tokens
        self.spans = self.reading.spans

    @cached_property
    def low(self) -> str:
        """The source in lower case and modern tone placement, character by character."""
        low = modern_tone_placement(self.source.lower())
        if len(low) == len(self.source):
            return low
        return "".join(one if len(small := one.lower()) != 1 else small for one in self.source)

    @cached_property
    def capitals(self) -> tuple[bool, ...]:
        """Which words begin with a capital; the end behind the last does not."""
        source = self.source
        return (*(source[start].isupper() for start, _ in self.spans), False)

    @cached_property
    def gaps(self) -> tuple[str, ...]:
        """What stands before each word, up to the word before it; one more behind the last."""
        source, end, found = self.source, 0, []
        for start, stop in self.spans:
            found.append(source[end:start])
            end = stop
        return (*found, source[end:])

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences with a word, title first; a semicolon ends none."""
        return tuple(self._split())

    @cached_property
    def _firsts(self) -> list[int]:
        return [sentence.first for sentence in self.sentences]

    def sentence_of(self, word: int) -> Sentence:
        """Return the sentence in which a word stands."""
        return self.sentences[max(0, bisect_right(self._firsts, word) - 1)]

    def word_at(self, position: int) -> int:
        """Return the number of the word that begins at or before a position of the source."""
        return max(0, bisect_right(self._starts, position) - 1)

    def word_from(self, position: int) -> int:
        """Return the number of the first word that begins at or behind a position of the source."""
        return bisect_left(self._starts, position)

    def word_of_reading(self, position: int) -> int:
        """Return the number of the word at a position of the reading's words."""
        return bisect_right(self.reading.starts, position) - 1

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _ in self.spans]

    def text(self, first: int, end: int) -> str:
        """Return what is written from a word up to another, on one line."""
        return " ".join(self.source[self.spans[first][0] : self.spans[end - 1][1]].split())

    def span(self, first: int, end: int) -> Span:
        """Return where the words from one up to another stand."""
        return self.span_of(self.spans[first][0], self.spans[end - 1][1])

    def span_of(self, start: int, end: int) -> Span:
        """Return where a piece of the source stands, in its part of the article."""
        if start < self._text_start:
            return Span(Part.TITLE, start, min(end, self._text_start - len(_SEPARATOR)))
        return Span(Part.TEXT, start - self._text_start, end - self._text_start)

    def is_tight(self, word: int) -> bool:
        """Whether nothing but a space stands before a word."""
        gap = self.gaps[word]
        return gap in (" ", "\xa0") or (bool(gap) and gap.isspace() and "\n" not in gap)

    def _split(self) -> Iterator[Sentence]:
        number, first, seen = 0, 0, set[tuple[str, ...]]()
        words, source, spans = self.words, self.source, self.spans
        title_end = bisect_left(self._starts, max(0, self._text_start - len(_SEPARATOR)))
        for at, word in enumerate(words):
            if word != STOP:
                continue
            is_soft = at < len(spans) and source[spans[at][0]] in ";…|" and at + 1 < len(words)
            if is_soft:
                continue
            if at > first:
                row = words[first:at]
                is_title = at <= title_end
                number = 0 if is_title else number + 1
                is_repeat = len(row) > 3 and row in seen and not is_title
                yield Sentence(number, first, at, is_repeat or self._is_caption(first, at))
                if not is_title:
                    seen.add(row)
            first = at + 1

    def _is_caption(self, first: int, end: int) -> bool:
        words = self.words
        return words[first] in _CAPTION or any(
            words[at] in ("ảnh", "video") and ":" in self.gaps[at + 1] for at in range(first, end)
        )


class Phrases(Generic[T]):
    """Rows of words, found in prose: the longest at each place.

    Args:
        entries: row of words, as people write it → what it stands for.
    """

    def __init__(self, entries: Mapping[str, T]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        for text, value in entries.items():
            row = tuple(normal_words(text).split())
            if row:
                self._by_first.setdefault(row[0], []).append((row, value))
        for rows in self._by_first.values():
            rows.sort(key=lambda entry: -len(entry[0]))

    def at(self, words: tuple[str, ...], position: int) -> tuple[int, T] | None:
        """Return the word behind the longest row at a position, and what it stands for."""
        for row, value in self._by_first.get(words[position], ()):
            end = position + len(row)
            if words[position:end] == row:
                return end, value
        return None

    def find(self, words: tuple[str, ...], first: int, end: int) -> Iterator[tuple[int, int, T]]:
        """Yield (first word, word behind the last, value) of the rows from `first` up to `end`."""
        position, known = first, self._by_first
        while position < end:
            found = self.at(words, position) if words[position] in known else None
            if found and found[0] <= end:
                yield position, found[0], found[1]
                position = found[0]
            else:
                position += 1

    def within(self, words: tuple[str, ...], first: int, end: int) -> bool:
        """Whether one of the rows stands between two words."""
        return next(self.find(words, first, end), None) is not None


class AllPhrases:
    """Rows of words, all of which are found, one within another too.

    Args:
        entries: row of words, as people write it, and the name of what it stands for.
    """

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for text, name in entries:
            row = tuple(normal_words(text).split())
            if row:
                self._by_first.setdefault(row[0], []).append((row, name))

    def find(self, words: tuple[str, ...]) -> dict[str, list[int]]:
        """Return the first words of what stands for each name, in the order of the text."""
        found: dict[str, list[int]] = {}
        known = self._by_first
        for at, word in enumerate(words):
            if word in known:
                for row, name in known[word]:
                    if len(row) == 1 or words[at : at + len(row)] == row:
                        found.setdefault(name, []).append(at)
        return found
