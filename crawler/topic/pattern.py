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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from crawler.topic.phrase import Choice, Gap, Needs, Part, Phrase, Words, heads_of, normal_words

DEFAULT_GAP = 5
"""Words that a gap may hold where its pattern says no number."""
#: With two gaps of this size a search still costs under a thousand steps a word.
MAX_GAP = 15
MAX_GAPS = 2
_PIECE = re.compile(r"\s+|(?P<gap>\.\.\.(\d*))|\{(?P<list>[^{}]*)\}|(?P<mark>[(|]|\)\??)|(?P<word>[^\W_]+)")


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
    parts, needs = parser.sequence(top=True)
    if not needs:
        raise ValueError(f"the pattern {text!r} has no word that must occur")
    if parser.gap_count > MAX_GAPS:
        raise ValueError(f"the pattern {text!r} has more than {MAX_GAPS} gaps")
    if pieces[0][0] == "gap" or pieces[-1][0] == "gap":
        raise ValueError(f"the pattern {text!r} begins or ends with a gap")
    return Phrase(text, parts, heads_of(parts), tuple(sorted(needs, key=_rarity)))


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
    """Recursive descent over the pieces; gives the parts and the necessary words."""

    def __init__(self, pieces: list[tuple[str, str]], lists: Mapping[str, tuple[str, ...]]) -> None:
        self.pieces, self.lists = pieces, lists
        self.position = self.gap_count = 0

    def sequence(self, *, top: bool = False) -> tuple[tuple[Part, ...], list[Needs]]:
        """Return the parts and what each of them needs; those that may be absent need nothing."""
        parts: list[Part] = []
        needs: list[Needs] = []
        while self.position < len(self.pieces):
            kind, value = self.pieces[self.position]
            if kind == "mark" and value != "(":
                if top:
                    raise ValueError(f"{value!r} stands outside brackets")
                break
            if kind == "word":
                row = self._row()
                parts.append(_one_of([row]))
                needs.append((" ".join(row),))
                continue
            self.position += 1
            if kind == "gap":
                parts.append(_gap(value))
                self.gap_count += 1
            else:
                part, need = self._list(value) if kind == "list" else self._choice()
                parts.append(part)
                if all(need):
                    needs.append(need)
        return tuple(parts), needs

    def _row(self) -> tuple[str, ...]:
        first = self.position
        while self.position < len(self.pieces) and self.pieces[self.position][0] == "word":
            self.position += 1
        return _normal(value for _, value in self.pieces[first : self.position])

    def _choice(self) -> tuple[Part, Needs]:
        branches: list[tuple[tuple[Part, ...], list[Needs]]] = []
        while True:
            branches.append(self.sequence())
            if self.position == len(self.pieces):
                raise ValueError("a bracket is never closed")
            mark = self.pieces[self.position][1]
            self.position += 1
            if mark != "|":
                break
        if any(not parts for parts, _ in branches):
            raise ValueError("an alternative is empty; write (a)? for an optional word")
        optional = mark == ")?"
        choice = _choice_of([parts for parts, _ in branches], optional=optional)
        return choice, (("",) if optional else _of_one(needs for _, needs in branches))

    def _list(self, name: str) -> tuple[Part, Needs]:
        if name not in self.lists:
            raise ValueError(f"there is no list {name!r}; known are {', '.join(self.lists) or 'none'}")
        return _of_list(self.lists[name])


def _normal(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(normal_words(" ".join(words)).split())


def _one_of(rows: Iterable[tuple[str, ...]]) -> Words:
    by_head: dict[str, list[tuple[str, ...]]] = {}
    for row in sorted(rows, key=len, reverse=True):
        by_head.setdefault(row[0], []).append(row)
    return Words({head: tuple(found) for head, found in by_head.items()})


def _choice_of(branches: Sequence[tuple[Part, ...]], *, optional: bool = False) -> Part:
    """Return one of the branches as one part; where none begins another their order says nothing."""
    rows = [
        row
        for parts in branches
        if len(parts) == 1 and isinstance(parts[0], Words)
        for found in parts[0].rows.values()
        for row in found
    ]
    if len(rows) == len(branches) and not any(_begins(one, other) for one in rows for other in rows):
        branches = [(_one_of(rows),)]
    if len(branches) == 1 and len(branches[0]) == 1 and not optional:
        return branches[0][0]
    heads = [heads_of(parts) for parts in branches]
    known = [head for found in heads if found is not None for head in found]
    may_be_empty = optional or any(all(part.is_optional for part in parts) for parts in branches)
    return Choice(tuple(branches), None if None in heads else frozenset(known), may_be_empty)


def _begins(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return one is not other and other[: len(one)] == one


@cache
def _of_list(members: tuple[str, ...]) -> tuple[Part, Needs]:
    """Return a list's members as one part and what they need; many patterns name the same list."""
    rows: list[tuple[str, ...]] = []
    patterns: list[list[tuple[str, str]]] = []
    # Longest first, so that "đông hưng (quảng tây)" is not read as a shorter name that begins it.
    for member in sorted(members, key=len, reverse=True):
        pieces = list(_pieces(member))
        if all(kind == "word" for kind, _ in pieces):
            rows.append(_normal(value for _, value in pieces))
        else:
            patterns.append(pieces)
    branches = [_Parser(pieces, {}).sequence(top=True) for pieces in patterns]
    needs = _of_one(found for _, found in branches)
    needs += tuple(map(" ".join, dict.fromkeys(rows)))
    parts = [parts for parts, _ in branches]
    return _choice_of([*parts, (_one_of(rows),)] if rows else parts), needs


def _gap(value: str) -> Gap:
    size = int(value[3:] or DEFAULT_GAP)
    if not 0 < size <= MAX_GAP:
        raise ValueError(f"a gap is 1 to {MAX_GAP} words, not {size}")
    return Gap(size)


def _of_one(branches: Iterable[list[Needs]]) -> Needs:
    """Return what is needed where one of several branches must be there: the rarest part of each."""
    return tuple(row for needs in branches for row in min(needs, key=_rarity, default=("",)))


def _rarity(need: Needs) -> tuple[int, int]:
    """Return what sorts by how rarely a text holds one of the rows: few and long ones first."""
    return len(need), -min(map(len, need))
