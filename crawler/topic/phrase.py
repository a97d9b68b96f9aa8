"""Texts as the topic reads them, and phrases searched in them.

Every pattern, and every name of the gazetteer, is matched against a `Reading`, never against the text
itself: one spelling, one space between words, sentence ends kept. How a pattern is written: pattern.py.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import accumulate, count
from operator import add, and_
from typing import TYPE_CHECKING, Protocol

from crawler.text.normalize import modern_tone_placement

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

#: Of a longer text the first 100,000 characters are read; the verdict says so.
MAX_CHARS = 100_000
#: Words of a text without a marked lead that stand in for it, to the end of their sentence.
LEAD_WORDS = 60
#: Beside a title, a text of at most this many words is a teaser: what makes the story may not be in it.
TEASER_WORDS = 60

#: The token that stands where a sentence ends; no word contains it.
STOP = "."
#: What else ends one, a sign each; a full stop does so only in some places.
_STOPS = "!?;|\n\r…"
_STOP = re.compile(r" \.(?= )")
#: Sentences that have a bit of their own where phrases are looked for; later ones share them in turn.
SENTENCE_BITS = 256

# A full stop ends a sentence only before white space and not after an abbreviation (TP. , H. , Tx.):
# "3.000" and "TP.HCM" go on. What stands before it is asked behind it, so that it alone is looked for.
_TOKEN = re.compile(r"[^\W_]+|[!?;|\n\r…]|\.(?<!\b[A-ZĐ]\.)(?<!\b[A-ZĐ]\w\.)(?=\s|$|[\"”’)\]])")
#: Rows of words of which a text must hold one; of something that may be absent, the empty one is among them.
Needs = tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """An article, ready for matching.

    Args:
        source: the NFC text that was read, entities decoded: title, lead and body, a line each.
        words: " việt nam . lào ": words in lower case and modern tone placement, each with one
            space before it, a lone full stop for a sentence end, a space at the end.
        written: the same words, and what ends a sentence, as `source` has them.
        title_end: where in `words` the title ends; 0 without one.
        lead_end: where in `words` the lead ends.
    """

    source: str
    words: str
    written: tuple[str, ...] = ()
    title_end: int = 0
    lead_end: int = 0

    def zone(self, position: int) -> str:
        """Return where in the article the word at `position` stands: "title", "lead" or "text"."""
        if position < self.title_end:
            return "title"
        return "lead" if position < self.lead_end else "text"

    @property
    def has_words(self) -> bool:
        """Whether there is more than ends of sentences."""
        return bool(self.words.strip(f" {STOP}"))

    @property
    def form(self) -> str:
        """What there is of the article: "article", "teaser", "title" (nothing else) or "untitled"."""
        if not self.title_end:
            return "untitled"
        words = self.words[self.title_end :].split()
        word_count = len(words) - words.count(STOP)
        return "title" if not word_count else "teaser" if word_count <= TEASER_WORDS else "article"

    def spans_of(self, sentences: int) -> Iterator[tuple[int, int]]:
        """Yield where among the tokens the sentences of these bits stand."""
        ends = self._ends
        while sentences:
            bit = sentences & -sentences
            sentences ^= bit
            for number in range(bit.bit_length() - 1, len(ends), SENTENCE_BITS):
                yield ends[number - 1] + 1 if number else 0, ends[number]

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The words and sentence ends, and one more end behind the last."""
        return (*self.words.split(), STOP)

    @cached_property
    def _ends(self) -> list[int]:
        """Which tokens are the ends of sentences."""
        return [number for number, word in enumerate(self.tokens) if word == STOP]

    @cached_property
    def starts(self) -> list[int]:
        """Where in `words` each token starts."""
        return list(map(add, accumulate(map(len, self.tokens), initial=1), count()))

    @cached_property
    def stops(self) -> list[int]:
        """Where in `words` the sentences end."""
        return [match.end() - 1 for match in _STOP.finditer(self.words)]

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Where in `source` each word and sentence end of `words` stands."""
        return [match.span() for match in _TOKEN.finditer(self.source)]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in `source` the words at `start`:`end` stand."""
        first = self.words.count(" ", 0, start) - 1
        last = self.words.count(" ", 0, end) - 1
        return self.spans[first][0], self.spans[last][1]


def read_article(title: str | None, lead: str | None, text: str) -> Reading:
    """Return the reading of an article; of a longer text the first `MAX_CHARS` characters.

    The same words give the same reading in NFC or NFD, with entities or without, in upper case, in
    old or modern tone placement and with any dash or space between them.

    Args:
        lead: None where it is not known; then the text's first words stand in for it.
        text: the lead and the body.
    """
    text = text[:MAX_CHARS]
    if lead and text.startswith(lead):
        text = text[len(lead) :]
    sources = [clean(part) for part in (title or "", lead or "", text)]
    parts = [_TOKEN.findall(source) for source in sources]
    title_words, lead_words, body_words = map(_words, parts)
    head = f"{title_words}{STOP}"
    words = f"{head}{lead_words}{STOP}{body_words}"
    lead_end = len(head) + (len(lead_words) if lead else 1 + _lead_length(body_words))
    written = (*parts[0], "\n", *parts[1], "\n", *parts[2])
    return Reading("\n".join(sources), words, written, len(title_words) if title else 0, lead_end)


def read(text: str) -> Reading:
    """Return the reading of the whole of `text`, however long, as body: for pages."""
    source = clean(text)
    written = _TOKEN.findall(source)
    return Reading(source, _words(written), tuple(written))


def clean(text: str) -> str:
    """Return `text` in NFC with its entities decoded: what a reading's `source` is made of."""
    return unicodedata.normalize("NFC", html.unescape(text) if "&" in text else text)


def normal_words(text: str) -> str:
    """Return the words of a short `text` (a pattern's word, a place's name) as a reading has them."""
    return _words(_TOKEN.findall(clean(text))).strip()


def _words(written: Sequence[str]) -> str:
    words = " ".join(written)
    for sign in _STOPS:
        words = words.replace(sign, STOP)
    return modern_tone_placement(f" {words} ".casefold()) if words else " "


def _lead_length(words: str) -> int:
    position = 0
    for _ in range(LEAD_WORDS):
        position = words.find(" ", position + 1)
        if position < 0:
            return len(words)
    stop = words.find(f" {STOP} ", position)
    return len(words) if stop < 0 else stop + 1


class Part(Protocol):
    """One part of a phrase."""

    @property
    def heads(self) -> Collection[str] | None:
        """The words with one of which it begins; None where any can be the first."""
        ...

    @property
    def is_optional(self) -> bool:
        """Whether it may be absent."""
        ...

    def ends(self, tokens: tuple[str, ...], at: int) -> Sequence[int]:
        """Return the tokens behind what it is at the token `at`, the preferred way first."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class Words:
    """One of several rows of words, the longest that is there.

    Args:
        rows: first word → the rows that begin with it, the longest first.
    """

    rows: Mapping[str, tuple[tuple[str, ...], ...]]
    is_optional = False

    @property
    def heads(self) -> Collection[str]:
        """The words with one of which it begins."""
        return self.rows

    def ends(self, tokens: tuple[str, ...], at: int) -> Sequence[int]:
        """Return the tokens behind the rows that are at the token `at`."""
        rows = self.rows.get(tokens[at])
        return [end for row in rows if tokens[at : (end := at + len(row))] == row] if rows else ()


@dataclass(frozen=True, eq=False, slots=True)
class Gap:
    """At most `most` words of one sentence, as few as possible."""

    most: int
    heads = None
    is_optional = True

    def ends(self, tokens: tuple[str, ...], at: int) -> Sequence[int]:
        """Return the tokens up to which it may go on from the token `at`."""
        reach = tokens[at : at + self.most]
        return range(at, at + (reach.index(STOP) if STOP in reach else self.most) + 1)


@dataclass(frozen=True, eq=False, slots=True)
class Choice:
    """One of several branches, the first that fits; where it is optional, one rather than none."""

    branches: tuple[tuple[Part, ...], ...]
    heads: Collection[str] | None
    is_optional: bool = False

    def ends(self, tokens: tuple[str, ...], at: int) -> Sequence[int]:
        """Return the tokens behind the branches that are at the token `at`."""
        if self.heads is not None and tokens[at] not in self.heads:
            return (at,) if self.is_optional else ()
        found = [end for parts in self.branches for end in _ends(parts, tokens, at)]
        return [*found, at] if self.is_optional else found


def heads_of(parts: Iterable[Part]) -> Collection[str] | None:
    """Return the words with one of which a row of parts begins; None where any can be the first."""
    heads: Collection[str] = ()
    for part in parts:
        if part.heads is None:
            return None
        heads = {*heads, *part.heads} if heads else part.heads
        if not part.is_optional:
            break
    return heads


def _ends(parts: tuple[Part, ...], tokens: tuple[str, ...], at: int) -> Sequence[int]:
    ends = parts[0].ends(tokens, at)
    for part in parts[1:]:
        ends = [further for end in ends for further in part.ends(tokens, end)]
    return ends


@dataclass(frozen=True, eq=False, slots=True)
class Phrase:
    """A compiled pattern: finds what a regular expression of its words would, and in the same order.

    Args:
        text: as it was written.
        parts: of what it consists, one behind the other.
        heads: the words with one of which it begins; None where any can be the first.
        needs: what a text must hold of each part; what is rarest first.
    """

    text: str
    parts: tuple[Part, ...]
    heads: Collection[str] | None
    needs: tuple[Needs, ...]

    def find(self, reading: Reading, first: int = 0, last: int | None = None) -> Iterator[tuple[int, int]]:
        """Yield where in a reading's words the phrase stands, without the space before it.

        Args:
            first, last: the tokens from which and before which it may begin.
        """
        tokens = reading.tokens
        failed: set[tuple[int, int]] = set()
        free = first
        for at in self._beginnings(reading, first, len(tokens) if last is None else last):
            end = self._end(tokens, 0, at, failed) if at >= free else None
            if end is not None:
                yield reading.starts[at], reading.starts[end] - 1
                free = end

    def _beginnings(self, reading: Reading, first: int, last: int) -> Sequence[int]:
        """Return the tokens from `first` and before `last` with which it may begin."""
        heads = self.heads
        if heads is None:
            return range(first, last)
        return [at for at, word in enumerate(reading.tokens[first:last], first) if word in heads]

    def _end(self, tokens: tuple[str, ...], part: int, at: int, failed: set[tuple[int, int]]) -> int | None:
        """Return the token behind what the parts from number `part` on are at `at`; None if they are not.

        Args:
            failed: where which parts are not, so that nothing is tried twice: the time is linear.
        """
        if (part, at) in failed:
            return None
        ends = self.parts[part].ends(tokens, at)
        further = part + 1
        if further == len(self.parts):
            return ends[0] if ends else None
        for end in ends:
            whole = self._end(tokens, further, end, failed)
            if whole is not None:
                return whole
        if part:
            failed.add((part, at))
        return None


#: What a phrase stands for, and where in a reading's words it is.
Found = tuple[str, int, int]
#: What a phrase stands for, the phrase, and the sentences that may hold it, a bit for each.
Possible = tuple[str, Phrase, int]
#: What a phrase stands for, the phrase, and the numbers of the parts that it needs beside the first.
_Entry = tuple[str, Phrase, tuple[int, ...]]


class PhraseIndex:
    """Finds the few phrases of many that a text can hold, in the few sentences that can hold them.

    Args:
        phrases: what a found phrase stands for, with the phrase.
    """

    def __init__(self, phrases: Iterable[tuple[str, Phrase]]) -> None:
        self._phrases = tuple(phrases)

    def __getstate__(self) -> dict[str, object]:
        """Leave out what can be worked out again."""
        return {"_phrases": self._phrases}

    def of(self, names: Collection[str]) -> PhraseIndex:
        """Return the index of those phrases alone that stand for one of `names`."""
        return PhraseIndex(entry for entry in self._phrases if entry[0] in names)

    def find(self, reading: Reading, possible: Iterable[Possible] | None = None) -> Iterator[Found]:
        """Yield what each phrase stands for and where it is, searched where all necessary rows are."""
        for group, phrase, sentences in self.possible(reading) if possible is None else possible:
            for left, right in reading.spans_of(sentences):
                for start, end in phrase.find(reading, left, right):
                    yield group, start, end

    def possible(self, reading: Reading) -> list[Possible]:
        """Return what each phrase stands for whose necessary rows share a sentence, and those sentences."""
        finder, parts_of, by_part = self._compiled
        stops, rows, parts = reading.stops, dict[int, int](), dict[int, int]()
        for row, start, _ in finder.find_matches_as_indexes(reading.words, overlapping=True):
            rows[row] = rows.get(row, 0) | 1 << bisect(stops, start) % SENTENCE_BITS
        for row, sentences in rows.items():
            for part in parts_of[row]:
                parts[part] = parts.get(part, 0) | sentences
        return [
            (group, phrase, sentences)
            for first in by_part.keys() & parts.keys()
            for group, phrase, further in by_part[first]
            if (sentences := reduce(and_, (parts.get(part, 0) for part in further), parts[first]))
        ]

    @cached_property
    def _compiled(self) -> tuple[AhoCorasick, Sequence[Sequence[int]], Mapping[int, Sequence[_Entry]]]:
        """What finds rows of words, of each row the parts of which it is one, and the phrases by a part."""
        from ahocorasick_rs import AhoCorasick

        # Many phrases share a part, as {countries}: each is numbered once, and is looked at once a text.
        numbers: dict[Needs, int] = {}
        by_part: dict[int, list[_Entry]] = {}
        for group, phrase in self._phrases:
            first, *further = [numbers.setdefault(part, len(numbers)) for part in phrase.needs]
            by_part.setdefault(first, []).append((group, phrase, tuple(further)))
        parts_of: dict[str, list[int]] = {}
        for part, number in numbers.items():
            for row in dict.fromkeys(part):
                parts_of.setdefault(row, []).append(number)
        return AhoCorasick([f" {row} " for row in parts_of]), tuple(parts_of.values()), by_part
