"""How the topic reads a text: one spelling, one space between words, sentence ends kept.

Every pattern of the topic and every name of the gazetteer is matched against a `Reading`, never
against the text itself. What the words mean does not belong here.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from crawler.identity.content import modern_tone_placement

#: Of a longer text the first 100,000 characters are read; the verdict says so.
MAX_CHARS = 100_000
#: Words of a text without a marked lead that stand in for it, to the end of their sentence.
LEAD_WORDS = 60

#: Beside a title, a text of at most this many words is a teaser: what makes the story may not be in it.
TEASER_WORDS = 60

#: How far, in characters, a sentence is looked through that has no end in sight.
SENTENCE_REACH = 400

#: The token that stands where a sentence ends; no word contains it.
STOP = "."
#: What else ends one, a sign each; a full stop does so only in some places.
_STOPS = "!?;|\n\r…"

#: Sentences that have a bit of their own in `Reading.sentences_of`; later ones share them in turn.
SENTENCE_BITS = 256

# A full stop ends a sentence only before white space and not after an abbreviation (TP. , H. , Tx.):
# "3.000" and "TP.HCM" go on.
_TOKEN = re.compile(r"[^\W_]+|[!?;|\n\r…]|(?<!\b[A-ZĐ])(?<!\b[A-ZĐ]\w)\.(?=\s|$|[\"”’)\]])")


@dataclass(frozen=True)
class Reading:
    """An article, ready for matching.

    Args:
        source: the NFC text that was read, entities decoded: title, lead and body, a line each.
        words: " việt nam . lào ": words in lower case and modern tone placement, each with one
            space before it, a lone full stop for a sentence end, a space at the end.
        title_end: where in `words` the title ends; 0 without one.
        lead_end: where in `words` the lead ends.
    """

    source: str
    words: str
    title_end: int = 0
    lead_end: int = 0

    def zone(self, position: int) -> str:
        """Return where in the article the word at `position` stands: "title", "lead" or "text"."""
        if position < self.title_end:
            return "title"
        return "lead" if position < self.lead_end else "text"

    @property
    def form(self) -> str:
        """What there is of the article: "article", "teaser", "title" (nothing else) or "untitled"."""
        if not self.title_end:
            return "untitled"
        word_count = sum(word != STOP for word in self.words[self.title_end :].split())
        return "title" if not word_count else "teaser" if word_count <= TEASER_WORDS else "article"

    @cached_property
    def sentences_of(self) -> Mapping[str, int]:
        """In which sentences each word stands, a bit for each: where a pattern is worth a search."""
        found: dict[str, int] = {}
        bit = 1
        for word in self.words.split():
            if word == STOP:
                bit = bit << 1 if bit >> (SENTENCE_BITS - 1) == 0 else 1
            else:
                found[word] = found.get(word, 0) | bit
        return found

    def spans_of(self, sentences: int) -> Iterator[tuple[int, int]]:
        """Yield where in `words` the sentences of these bits stand, with the spaces around them."""
        while sentences:
            bit = sentences & -sentences
            sentences ^= bit
            for number in range(bit.bit_length() - 1, len(self.stops) + 1, SENTENCE_BITS):
                start = self.stops[number - 1] + 1 if number else 0
                yield start, self.stops[number] if number < len(self.stops) else len(self.words)

    @cached_property
    def stops(self) -> list[int]:
        """Where in `words` the sentences end."""
        found, position = [], self.words.find(f" {STOP} ")
        while position >= 0:
            found.append(position + 1)
            position = self.words.find(f" {STOP} ", position + 2)
        return found

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Where in `source` each word and sentence end of `words` stands."""
        return [match.span() for match in _TOKEN.finditer(self.source)]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in `source` the words at `start`:`end` stand."""
        first = self.words.count(" ", 0, start) - 1
        last = self.words.count(" ", 0, end) - 1
        return self.spans[first][0], self.spans[last][1]

    def sentence(self, start: int, end: int) -> str:
        """Return the sentence of `source` around the words at `start`:`end`, on one line.

        Of a sentence without an end `SENTENCE_REACH` characters on either side are given.
        """
        before = self.words.rfind(f" {STOP} ", 0, start)
        after = self.words.find(f" {STOP} ", end)
        left = before + 3 if before >= 0 else 1
        right = after if after >= 0 else len(self.words) - 1
        if start - left > SENTENCE_REACH:
            left = self.words.rfind(" ", 0, start - SENTENCE_REACH) + 1
        if right - end > SENTENCE_REACH:
            right = self.words.find(" ", end + SENTENCE_REACH)
        begin, finish = self.source_span(left, right)
        return " ".join(self.source[begin:finish].split())


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
    title_words, lead_words, body_words = (_words(source) for source in sources)
    head = f"{title_words}{STOP}"
    words = f"{head}{lead_words}{STOP}{body_words}"
    lead_end = len(head) + (len(lead_words) if lead else 1 + _lead_length(body_words))
    return Reading("\n".join(sources), words, len(title_words) if title else 0, lead_end)


def read(text: str) -> Reading:
    """Return the reading of the whole of `text`, however long, as body: for pages."""
    source = clean(text)
    return Reading(source, _words(source))


def clean(text: str) -> str:
    """Return `text` in NFC with its entities decoded: what a reading's `source` is made of."""
    return unicodedata.normalize("NFC", html.unescape(text) if "&" in text else text)


def normal_words(text: str) -> str:
    """Return the words of a short `text` (a pattern's word, a place's name) as a reading has them."""
    return _words(clean(text)).strip()


def _words(source: str) -> str:
    words = " ".join(_TOKEN.findall(source))
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
