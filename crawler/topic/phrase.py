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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from crawler.topic.tokens import normal_words

DEFAULT_GAP = 5
"""Words that a gap may hold where its pattern says no number."""
#: With two gaps of this size a search still costs under a thousand steps a word.
MAX_GAP = 15
MAX_GAPS = 2

_PIECE = re.compile(r"\s+|(?P<gap>\.\.\.(\d*))|\{(?P<list>[^{}]*)\}|(?P<mark>[(|]|\)\??)|(?P<word>[^\W_]+)")
# More alternatives than this are not multiplied out when necessary words are derived.
_MAX_NEEDS = 64

Needs = tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Phrase:
    """A compiled pattern.

    Args:
        text: as it was written.
        needs: sets of words; a text that holds none of these sets whole cannot match.
    """

    text: str
    regex: re.Pattern[str]
    needs: Needs

    def find(self, words: str) -> Iterator[tuple[int, int]]:
        """Yield where the phrase stands in a reading's words, without the space before it."""
        for match in self.regex.finditer(words):
            yield match.start() + 1, match.end()


class PhraseIndex:
    """Finds the few phrases of many that a text can hold, by one rare word of each.

    Args:
        phrases: what a found phrase stands for, with the phrase.
    """

    def __init__(self, phrases: Iterable[tuple[str, Phrase]]) -> None:
        self._by_word: dict[str, list[tuple[frozenset[str], tuple[str, Phrase]]]] = {}
        for entry in phrases:
            for need in entry[1].needs:
                self._by_word.setdefault(max(need, key=len), []).append((need, entry))

    def candidates(self, vocabulary: frozenset[str]) -> list[tuple[str, Phrase]]:
        """Return the phrases whose necessary words are all there; no other one can match."""
        found = {
            id(entry): entry
            for word in self._by_word.keys() & vocabulary
            for need, entry in self._by_word[word]
            if need <= vocabulary
        }
        return list(found.values())


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
    if not any(needs):
        raise ValueError(f"the pattern {text!r} has no word that must occur")
    if parser.gap_count > MAX_GAPS:
        raise ValueError(f"the pattern {text!r} has more than {MAX_GAPS} gaps")
    if pieces[0][0] == "gap" or pieces[-1][0] == "gap":
        raise ValueError(f"the pattern {text!r} begins or ends with a gap")
    return Phrase(text, re.compile(regex + "(?= )"), needs)


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

    def sequence(self, *, top: bool = False) -> tuple[str, Needs]:
        regex = ""
        needs: Needs = (frozenset(),)
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
                needs = _both(needs, (frozenset(word.split()),))
            elif kind == "gap":
                regex += _gap(value)
                self.gap_count += 1
            elif kind == "list":
                part, need = self._list(value)
                regex, needs = regex + part, _both(needs, need)
            else:
                part, need = self._choice()
                regex, needs = regex + part, _both(needs, need)
        return regex, needs

    def _choice(self) -> tuple[str, Needs]:
        branches: list[tuple[str, Needs]] = []
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
        needs = tuple(need for _, alternatives in branches for need in alternatives)
        return regex, ((frozenset(),) if optional else needs)

    def _list(self, name: str) -> tuple[str, Needs]:
        if name not in self.lists:
            raise ValueError(f"there is no list {name!r}; known are {', '.join(self.lists) or 'none'}")
        # Longest first, so that "quảng tây" is not read as a shorter name that begins it.
        members = [
            _Parser(list(_pieces(member)), {}).sequence(top=True)
            for member in sorted(self.lists[name], key=len, reverse=True)
        ]
        regex = f"(?:{'|'.join(regex for regex, _ in members)})"
        return regex, tuple(need for _, needs in members for need in needs)


def _gap(value: str) -> str:
    size = int(value[3:] or DEFAULT_GAP)
    if not 0 < size <= MAX_GAP:
        raise ValueError(f"a gap is 1 to {MAX_GAP} words, not {size}")
    return f"(?: [^ .]+){{0,{size}}}?"


def _both(left: Needs, right: Needs) -> Needs:
    """Return the sets of words needed by two parts that follow each other."""
    if len(left) * len(right) > _MAX_NEEDS:
        return min(left, right, key=lambda needs: (not all(needs), len(needs)))
    return tuple(dict.fromkeys(one | other for one in left for other in right))
