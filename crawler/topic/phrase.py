"""The pattern language of topic files: phrases a person who knows borders can write.

    cửa khẩu              these words, next to each other, in one sentence
    (thăm|tiếp) đoàn      one of several; a question mark after the bracket makes it optional
    {neighbour}           one phrase of a list of the topic file
    phối hợp ...8 {lao}   at most 8 words between, in one sentence; plain ... is 5

There is no other repetition than the bounded gap, so no pattern can be catastrophic: searching is
linear in the text. What a phrase is worth does not belong here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crawler.topic.tokens import Reading, normal_words

DEFAULT_GAP = 5
"""Words that a gap may hold where its pattern says no number."""
#: With two gaps of this size a search still costs under a thousand steps a word.
MAX_GAP = 15
MAX_GAPS = 2

_PIECE = re.compile(r"\s+|(?P<gap>\.\.\.(\d*))|\{(?P<list>[^{}]*)\}|(?P<mark>[(|]|\)\??)|(?P<word>[^\W_]+)")
#: Sets of words of which a text must hold one whole.
Needs = tuple[frozenset[str], ...]


@dataclass(frozen=True, eq=False)
class Phrase:
    """A compiled pattern.

    Args:
        text: as it was written.
        needs: what a text must hold of each part; the part with the fewest choices first.
    """

    text: str
    regex: re.Pattern[str]
    needs: tuple[Needs, ...]

    def find(self, words: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
        """Yield where the phrase stands in a reading's words, without the space before it."""
        for match in self.regex.finditer(words, start, len(words) if end is None else end):
            yield match.start() + 1, match.end()


class PhraseIndex:
    """Finds the few phrases of many that a text can hold, and the few sentences that can hold them.

    Args:
        phrases: what a found phrase stands for, with the phrase.
    """

    def __init__(self, phrases: Iterable[tuple[str, Phrase]]) -> None:
        # Many phrases share a part, as {countries}: each stands here once, and is looked at once a text.
        numbers: dict[Needs, int] = {}
        #: First part → what needs it, with its further parts.
        self._by_part: dict[int, list[tuple[str, Phrase, tuple[int, ...]]]] = {}
        for group, phrase in phrases:
            first, *further = [numbers.setdefault(part, len(numbers)) for part in phrase.needs]
            self._by_part.setdefault(first, []).append((group, phrase, tuple(further)))
        uses = Counter(word for part in numbers for need in part for word in need)
        #: The word of a set that the fewest sets share → the parts of which the set is one, its other words.
        self._by_word: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        for part, number in numbers.items():
            for need in part:
                rare = min(need, key=lambda word: (uses[word], -len(word), word))
                self._by_word.setdefault(rare, []).append((number, tuple(need - {rare})))

    def candidates(self, sentences_of: Mapping[str, int]) -> Iterator[tuple[str, Phrase, int]]:
        """Yield the phrases whose necessary words stand in one sentence, with the bits of these.

        Args:
            sentences_of: of a reading; no other phrase, and no other sentence, can match.
        """
        parts: dict[int, int] = {}
        for rare in self._by_word.keys() & sentences_of.keys():
            for number, others in self._by_word[rare]:
                sentences = sentences_of[rare]
                for other in others:
                    sentences &= sentences_of.get(other, 0)
                if sentences:
                    parts[number] = parts.get(number, 0) | sentences
        for first in self._by_part.keys() & parts.keys():
            for group, phrase, further in self._by_part[first]:
                sentences = parts[first]
                for number in further:
                    sentences &= parts.get(number, 0)
                if sentences:
                    yield group, phrase, sentences

    def find(self, reading: Reading) -> Iterator[tuple[str, int, int]]:
        """Yield what each phrase in a reading stands for, and where it stands in its words."""
        for group, phrase, sentences in self.candidates(reading.sentences_of):
            for start, end in reading.spans_of(sentences):
                for left, right in phrase.find(reading.words, start, end):
                    yield group, left, right


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
    return Phrase(text, re.compile(regex + "(?= )"), tuple(sorted(needs, key=len)))


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
        plain, patterns = [], []
        for member in self.lists[name]:
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
        regexes = [regex for regex, _ in branches] + ([_common_beginnings(plain)] if plain else [])
        return f"(?:{'|'.join(regexes)})", needs


def _common_beginnings(texts: Iterable[str]) -> str:
    """Return the regular expression of one of many texts, the longest first.

    What several begin with stands in it once: at a place where none of them stands, a search looks at
    one character and not at hundreds of names.
    """
    tree: dict[str, Any] = {}
    for text in texts:
        node = tree
        for character in text:
            node = node.setdefault(character, {})
        node[""] = {}
    return _branches(tree)


def _branches(tree: Mapping[str, Any]) -> str:
    ends = "" in tree
    found = [re.escape(character) + _branches(rest) for character, rest in tree.items() if character]
    if not found:
        return ""
    if len(found) == 1 and not ends:
        return found[0]
    return f"(?:{'|'.join(found)}){'?' if ends else ''}"


def _gap(value: str) -> str:
    size = int(value[3:] or DEFAULT_GAP)
    if not 0 < size <= MAX_GAP:
        raise ValueError(f"a gap is 1 to {MAX_GAP} words, not {size}")
    return f"(?: [^ .]+){{0,{size}}}?"


def _of_one(branches: Iterable[list[Needs]]) -> Needs:
    """Return what is needed where one of several branches must be there: the narrowest part of each."""
    nothing: Needs = (frozenset(),)
    return tuple(need for needs in branches for need in min(needs, key=len, default=nothing))
