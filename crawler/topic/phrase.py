"""The pattern language of topic files: phrases a person who knows borders can write.

    cửa khẩu              these words, next to each other, in one sentence
    (thăm|tiếp) đoàn      one of several; a question mark after the bracket makes it optional
    {neighbour}           one phrase of a list of the topic file
    phối hợp ...8 {lao}   at most 8 words between, in one sentence; plain ... is 5

There is no other repetition than the bounded gap, so no pattern can be catastrophic: searching is
linear in the text. What a phrase is worth does not belong here.

Every pattern, and every name of the gazetteer, is matched against a `Reading`, never against the text
itself: one spelling, one space between words, sentence ends kept.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from crawler.text.normalize import modern_tone_placement
from crawler.topic.alternatives import one_of

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
DEFAULT_GAP = 5
"""Words that a gap may hold where its pattern says no number."""
#: With two gaps of this size a search still costs under a thousand steps a word.
MAX_GAP = 15
MAX_GAPS = 2
_PIECE = re.compile(r"\s+|(?P<gap>\.\.\.(\d*))|\{(?P<list>[^{}]*)\}|(?P<mark>[(|]|\)\??)|(?P<word>[^\W_]+)")
#: Sets of words of which a text must hold one whole.
Needs = tuple[frozenset[str], ...]


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
        words = self.words[self.title_end :].split()
        word_count = len(words) - words.count(STOP)
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
        return [match.start() for match in re.finditer(r"(?<= )\.(?= )", self.words)]

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
        left = before + 3 if before >= 0 else 1
        after = self.words.find(f" {STOP} ", end)
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


@dataclass(frozen=True, eq=False)
class Phrase:
    """A compiled pattern.

    Args:
        text: as it was written.
        expression: the regular expression; of most patterns no text ever holds what they need, so it is
            compiled with the first that does.
        needs: what a text must hold of each part; the part with the fewest choices first.
    """

    text: str
    expression: str
    needs: tuple[Needs, ...]

    def __getstate__(self) -> dict[str, object]:
        """Leave out what can be compiled again where it is needed."""
        return {"text": self.text, "expression": self.expression, "needs": self.needs}

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The compiled expression."""
        return re.compile(self.expression)

    def find(self, words: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
        """Yield where the phrase stands in a reading's words, without the space before it."""
        for match in self.regex.finditer(words, start, len(words) if end is None else end):
            yield match.start() + 1, match.end()


class PhraseIndex:
    """Finds the few phrases of many that a text can hold, in the few sentences that can hold them.

    Args:
        phrases: what a found phrase stands for, with the phrase.
    """

    def __init__(self, phrases: Iterable[tuple[str, Phrase]]) -> None:
        self._phrases = tuple(phrases)
        # Many phrases share a part, as {countries}: each stands here once, and is looked at once a text.
        numbers: dict[Needs, int] = {}
        #: First part → what needs it, with its further parts.
        self._by_part: dict[int, list[tuple[str, Phrase, tuple[int, ...]]]] = {}
        for group, phrase in self._phrases:
            first, *further = [numbers.setdefault(part, len(numbers)) for part in phrase.needs]
            self._by_part.setdefault(first, []).append((group, phrase, tuple(further)))
        uses = Counter(word for part in numbers for need in part for word in need)
        #: The word of a set that the fewest sets share → the parts of which the set is one, its other words.
        self._by_word: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        for part, number in numbers.items():
            for need in part:
                rare = min(need, key=lambda word: (uses[word], -len(word), word))
                self._by_word.setdefault(rare, []).append((number, tuple(need - {rare})))

    def of(self, names: Collection[str]) -> PhraseIndex:
        """Return the index of those phrases alone that stand for one of `names`."""
        return PhraseIndex(entry for entry in self._phrases if entry[0] in names)

    def find(self, reading: Reading) -> Iterator[tuple[str, int, int]]:
        """Yield what each phrase stands for and where it is, searched where all necessary words are."""
        holding = reading.sentences_of
        parts: dict[int, int] = {}
        for rare in self._by_word.keys() & holding.keys():
            for number, others in self._by_word[rare]:
                sentences = holding[rare]
                for word in others:
                    sentences &= holding.get(word, 0)
                if sentences:
                    parts[number] = parts.get(number, 0) | sentences
        for first in self._by_part.keys() & parts.keys():
            for group, phrase, further in self._by_part[first]:
                sentences = parts[first]
                for number in further:
                    sentences &= parts.get(number, 0)
                for left, right in reading.spans_of(sentences):
                    for start, end in phrase.find(reading.words, left, right):
                        yield group, start, end


def compile_phrase(text: str, lists: Mapping[str, tuple[str, ...]] | None = None) -> Phrase:
    """Return the compiled pattern.

    Args:
        text: the pattern, as described at the top of this module.
        lists: the phrases behind each {name}; they are patterns too, without lists of their own.

    Raises:
        ValueError: what is wrong with the pattern, without a final full stop.
    """
    pieces = list(_pieces(text))
    parser = _Parser(pieces, lists or {})
    regex, needs = parser.sequence(top=True)
    if not needs:
        raise ValueError(f"the pattern {text!r} has no word that must occur")
    if parser.gap_count > MAX_GAPS:
        raise ValueError(f"the pattern {text!r} has more than {MAX_GAPS} gaps")
    if pieces[0][0] == "gap" or pieces[-1][0] == "gap":
        raise ValueError(f"the pattern {text!r} begins or ends with a gap")
    return Phrase(text, regex + "(?= )", tuple(sorted(needs, key=len)))


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        match = _PIECE.match(text, position)
        if match is None:
            raise ValueError(
                f"{text[position]!r} in the pattern {text!r} means nothing; patterns are words, (a|b), "
                "(a)?, {list} and ...5"
            )
        if match.lastgroup:
            yield match.lastgroup, match[match.lastgroup]
        position = match.end()


class _Parser:
    """Recursive descent over the pieces; gives the regular expression and the necessary words."""

    def __init__(self, pieces: list[tuple[str, str]], lists: Mapping[str, tuple[str, ...]]) -> None:
        self.pieces, self.lists = pieces, lists
        self.position = self.gap_count = 0

    def sequence(self, *, top: bool = False) -> tuple[str, list[Needs]]:
        """Return the expression and what each part of it needs; parts that may be absent need nothing."""
        regex = ""
        words: set[str] = set()
        needs: list[Needs] = []
        while self.position < len(self.pieces):
            kind, value = self.pieces[self.position]
            if kind == "mark" and value != "(":
                if top:
                    raise ValueError(f"{value!r} stands outside brackets")
                break
            self.position += 1
            if kind == "word":
                word = normal_words(value)
                regex += f" {re.escape(word)}"
                words.update(word.split())
            elif kind == "gap":
                regex += _gap(value)
                self.gap_count += 1
            else:
                part, need = self._list(value) if kind == "list" else self._choice()
                regex += part
                if all(need):
                    needs.append(need)
        if words:
            needs.append((frozenset(words),))
        return regex, needs

    def _choice(self) -> tuple[str, Needs]:
        branches: list[tuple[str, list[Needs]]] = []
        while True:
            branches.append(self.sequence())
            if self.position == len(self.pieces):
                raise ValueError("a bracket is never closed")
            mark = self.pieces[self.position][1]
            self.position += 1
            if mark != "|":
                break
        if any(not regex for regex, _ in branches):
            raise ValueError("an alternative is empty; write (a)? for an optional word")
        optional = mark == ")?"
        regex = f"(?:{'|'.join(regex for regex, _ in branches)}){'?' if optional else ''}"
        return regex, ((frozenset(),) if optional else _of_one(needs for _, needs in branches))

    def _list(self, name: str) -> tuple[str, Needs]:
        if name not in self.lists:
            raise ValueError(f"there is no list {name!r}; known are {', '.join(self.lists) or 'none'}")
        return _of_list(self.lists[name])


@cache
def _of_list(members: tuple[str, ...]) -> tuple[str, Needs]:
    """Return the expression of a list's members and what they need; many patterns name the same list."""
    plain, patterns = [], []
    for member in members:
        words = [(kind, normal_words(value)) for kind, value in _pieces(member)]
        if all(kind == "word" for kind, _ in words):
            plain.append("".join(f" {word}" for _, word in words))
        else:
            patterns.append(member)
    # Longest first, so that "đông hưng (quảng tây)" is not read as a shorter name that begins it.
    branches = [
        _Parser(list(_pieces(member)), {}).sequence(top=True)
        for member in sorted(patterns, key=len, reverse=True)
    ]
    needs = _of_one(found for _, found in branches)
    needs += tuple(frozenset(words.split()) for words in dict.fromkeys(plain))
    regexes = [regex for regex, _ in branches] + ([one_of(plain)] if plain else [])
    return f"(?:{'|'.join(regexes)})", needs


def _gap(value: str) -> str:
    size = int(value[3:] or DEFAULT_GAP)
    if not 0 < size <= MAX_GAP:
        raise ValueError(f"a gap is 1 to {MAX_GAP} words, not {size}")
    return f"(?: [^ .]+){{0,{size}}}?"


def _of_one(branches: Iterable[list[Needs]]) -> Needs:
    """Return what is needed where one of several branches must be there: the narrowest part of each."""
    nothing: Needs = (frozenset(),)
    return tuple(need for needs in branches for need in min(needs, key=len, default=nothing))
