"""The names of the gazetteer as texts are searched for them: word by word, and by sound."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from crawler.topic.place import Place
from crawler.topic.tokens import Reading, normal_words
from crawler.topic.transcription import joined, keys, sound

#: A name that is written syllable by syllable: what may stand between two of them.
_NEXT = re.compile(r"(?:[-‐-―'’ʼ]|[ \xa0](?:[-‐-―][ \xa0])?)([^\W\d_]+)")
#: What a name that is also an ordinary word stands behind: xã, thị trấn, đồn biên phòng; cửa khẩu phụ.
_BEFORE_COMMON = frozenset(("xã", "phường", "trấn", "đồn", "bp", "phòng", "khẩu", "phụ"))
#: Capitals, and of the letters with two marks the small ones too.
_CAPITAL = re.compile(r"(?<![^\W_])[A-ZÀ-ÝĂĐĨŨƠƯẠ-ỹ][^\W\d_]{0,30}(?![^\W_])")
_LEAST_KEY = 4
"""Shorter keys are too like ordinary words."""


@dataclass(frozen=True, slots=True)
class Name:
    """A spelling.

    Args:
        place: what it names; None for a name that only contains one.
        is_commune: it names a part of the place.
    """

    text: str
    place: Place | None
    is_commune: bool = False


_Spellings = dict[str, dict[str, dict[tuple[str, ...], list[Name]]]]
"""First word → second word, "" where there is none → further words → what they mean."""


@dataclass(frozen=True, slots=True)
class Sounding:
    """A stretch of a reading's source that sounds like a name and is not spelt as one.

    Args:
        words: as they are written.
        start: in `source`; so is `end`.
    """

    places: tuple[Place, ...]
    key: str
    words: tuple[str, ...]
    start: int
    end: int


class Names:
    """All spellings of all places.

    Args:
        places: the entries of the gazetteer.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = tuple(places)

    def spelt(self, tokens: list[str]) -> Iterator[tuple[int, int, list[Name]]]:
        """Yield (first token, token behind the last, names) for every spelling, one within another too.

        Communes and gates of one syllable are looked for only behind the word for one.
        """
        spellings = self._spellings_by_first
        for first in [number for number, word in enumerate(tokens) if word in spellings]:
            yield from _read_on(spellings, tokens, first)
        common = self._common_by_first
        for first in [number for number, word in enumerate(tokens, 1) if word in _BEFORE_COMMON]:
            if first < len(tokens) and tokens[first] in common:
                yield from _read_on(common, tokens, first)

    def sounding(self, reading: Reading) -> Iterator[Sounding]:
        """Yield what sounds like a name, begins with a capital and is not spelt as a name."""
        by_key, beginnings, spellings = self._by_key, self._beginnings, self._spellings
        source = reading.source
        covered = 0
        for match in _CAPITAL.finditer(source):
            word = match[0]
            key = sound(word.lower())
            if key not in beginnings or match.start() < covered or not word[0].isupper():
                continue
            words, end = [word], match.end()
            found = None
            while key in beginnings:
                if key in by_key:
                    found = Sounding(tuple(by_key[key]), key, tuple(words), match.start(), end)
                following = _NEXT.match(source, end)
                if following is None:
                    break
                key = joined(key, sound(following[1].lower()))
                words.append(following[1])
                end = following.end()
            if found:
                covered = found.end
                if source[found.start : found.end].lower() not in spellings:
                    yield found

    def country(self, code: str) -> re.Pattern[str]:
        """Return what finds a country named in a reading's words, in no longer name."""
        return self._countries[code]

    @cached_property
    def _countries(self) -> Mapping[str, re.Pattern[str]]:
        return {
            place.id: re.compile("|".join(self._not_in_a_longer_one(text) for text in place.names))
            for place in self._places
            if place.kind == "country"
        }

    def _not_in_a_longer_one(self, text: str) -> str:
        words = normal_words(text).split()
        others = {
            other[len(words)]
            for second, further in self._spellings_by_first[words[0]].items()
            for other in [(words[0], second, *rest) for rest in further]
            if second and len(other) > len(words) and list(other[: len(words)]) == words
        }
        longer = f"(?!(?:{'|'.join(map(re.escape, sorted(others)))}) )" if others else ""
        return f" {re.escape(' '.join(words))} {longer}"

    @cached_property
    def _spellings_by_first(self) -> _Spellings:
        names = [Name(text, place) for place in self._places for text in place.names]
        never = [Name(text.lower(), None) for place in self._places for text in place.never]
        return _by_first([*(name for name in names if not _is_common(name)), *never])

    @cached_property
    def _common_by_first(self) -> _Spellings:
        names = [Name(text, place) for place in self._places for text in place.names]
        communes = [Name(text, place, is_commune=True) for place in self._places for text in place.communes]
        return _by_first([*filter(_is_common, names), *communes])

    @cached_property
    def _by_key(self) -> Mapping[str, list[Place]]:
        """What is heard as which places: not what sounds like a name that means something else."""
        found: dict[str, list[Place]] = defaultdict(list)
        for place in self._places:
            if place.by_sound:
                own, never = (
                    {key for text in texts for key in keys(normal_words(text).split())}
                    for texts in (place.names, place.never)
                )
                for key in own - never:
                    if len(key) >= _LEAST_KEY:
                        found[key].append(place)
        return dict(found)

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        return frozenset(key[:end] for key in self._by_key for end in range(1, len(key) + 1))

    @cached_property
    def _spellings(self) -> frozenset[str]:
        return frozenset(text.lower() for place in self._places for text in place.names)


def _is_common(name: Name) -> bool:
    return name.place is not None and name.place.rule == "adjacent" and " " not in name.text


def _by_first(names: Iterable[Name]) -> _Spellings:
    found: _Spellings = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for name in names:
        first, second, *rest = [*normal_words(name.text).split(), ""]
        found[first][second][tuple(rest[:-1] if second else ())].append(name)
    return found


def _read_on(spellings: _Spellings, tokens: list[str], first: int) -> Iterator[tuple[int, int, list[Name]]]:
    following = spellings[tokens[first]]
    if "" in following:
        yield first, first + 1, following[""][()]
    if first + 1 < len(tokens) and tokens[first + 1] in following:
        for rest, names in following[tokens[first + 1]].items():
            end = first + 2 + len(rest)
            if tuple(tokens[first + 2 : end]) == rest:
                yield first, end, names
