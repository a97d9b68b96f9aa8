"""An article as events are read from it: words with their signs, capitals and sentences, title first.

It stands on the topic's `Reading`, so that acts are patterns and places are mentions as everywhere else,
and keeps of the source what a reading leaves out: who is named shows in capitals, what belongs together
in the signs between words.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
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
MAX_CREDIT_WORDS = 7
"""Of a picture's credit, "Ảnh: Trần Văn Ví/TTXVN"."""
_SYLLABLE = re.compile(
    r"(?:ngh?|gi|gh|kh|ph|th|tr|ch|nh|qu|[bcdđghklmnprstvx])?"
    r"[aăâeêioôơuưyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]{1,3}(?:ch|ng|nh|[cmnpt])?"
)


def is_syllable(word: str) -> bool:
    """Whether a word in small letters can be a Vietnamese one."""
    return _SYLLABLE.fullmatch(word) is not None


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
        number, seen = 0, set[tuple[str, ...]]()
        words = self.words
        title_end = bisect_left(self._starts, max(0, self._text_start - len(_SEPARATOR)))
        pieces = [*self._pieces()]
        for piece, following in zip_longest(pieces, pieces[1:]):
            first, end, is_caption = piece
            # "Hai bên ký biên bản. Ảnh: Văn Thử": the credit tells what stands in front of it.
            is_caption = is_caption or (following is not None and self._is_credit(*following))
            row = words[first:end]
            is_title = end <= title_end
            number = 0 if is_title else number + 1
            is_repeat = len(row) > 3 and row in seen and not is_title
            yield Sentence(number, first, end, is_repeat or is_caption)
            if not is_title:
                seen.add(row)

    def _is_credit(self, first: int, _end: int, is_caption: bool) -> bool:
        return is_caption and self.words[first] == _CAPTION[0] and "\n" not in self.gaps[first]

    def _pieces(self) -> Iterator[tuple[int, int, bool]]:
        """Yield first word, word behind the last, and whether it is a caption; a credit ends one, too."""
        words, source, spans, first = self.words, self.source, self.spans, 0
        for at, word in enumerate(words):
            if word == "ảnh" and ":" in self.gaps[at + 1] and at >= first:
                end = self._credit_end(at + 1)
                yield first, end, True
                first = end
            elif word == STOP:
                if at < len(spans) and source[spans[at][0]] in ";…|" and at + 1 < len(words):
                    continue
                if at > first:
                    yield first, at, words[first] in _CAPTION
                first = at + 1

    def _credit_end(self, at: int) -> int:
        """Return the word behind a credit: its last abbreviation, else what is left of the sentence."""
        last = at
        while last < len(self.spans) and self.words[last] != STOP and last - at < MAX_CREDIT_WORDS:
            start, end = self.spans[last]
            last += 1
            if end - start > 2 and self.source[start:end].isupper():
                return last
        if self.words[last] == STOP:
            return last
        while last > at + 2 and last < len(self.spans):
            last -= 1
        return last


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

    @property
    def firsts(self) -> Set[str]:
        """The words with one of which a row begins."""
        return self._by_first.keys()

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
