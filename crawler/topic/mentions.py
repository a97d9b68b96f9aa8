"""Where a text names places, and whether a name means its place there.

A name counts where it is written as one (its capitals), is not part of a longer name, and where the
entry's rule and context allow it: Lào is not Lào Cai, and Thanh Thủy is a gate only beside the word.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from crawler.topic.names import LONG, Mention, Name, Names, Place, Sounding, syllable_count
from crawler.topic.phrase import STOP, Reading, normal_words

#: How far, in characters, a sentence is looked through that has no end in sight.
SENTENCE_REACH = 400
#: Where the border is spoken of, in the words of a reading.
_BORDER_WORD = re.compile(
    r" (?:cửa khẩu|lối mở|lối thông quan|thông quan|hải quan|biên phòng|biên giới|xuất nhập cảnh)(?= )"
)
# Directly before a gate's name; up to four words say what kind of gate it is.
_BEFORE_GATE = re.compile(
    r" (?:cửa khẩu|lối mở|lối thông quan|ckqt|chợ biên giới)"
    r"(?: (?:quốc tế|quốc gia|chính|phụ|song phương|đường bộ|đường sắt|biên giới|cầu|như|là|tại|ở|của)){0,4}$"
)
_BEFORE_DISTRICT = re.compile(r" (?:huyện|thị xã|thành phố|tp|tx|thị trấn|khu kinh tế cửa khẩu)$")
#: Behind the name of a commune of before July 2025, which those of its name since need not be.
_THEN_DISTRICT = re.compile(r" (?:\. )?(?:huyện|h|thị xã|tx|thành phố|tp) ")
_BEFORE_COMMUNE = re.compile(
    r" (?:(?<! thị )xã|phường|thị trấn|xã biên giới|xã vùng biên|đồn|đồn bp|biên phòng)$"
)
_BEFORE_AREA = re.compile(r" (?:tỉnh|huyện|thị xã|thành phố|tp|châu|quận|khu tự trị|thủ phủ|thị trấn|bản)$")
#: Signs that stand between two names, not within one.
_BETWEEN = frozenset('(),;:/"“”')
_WORD = re.compile(r"[^\W_]+")
_AFTER_NAME = re.compile(r"[ \xa0]?(?:[^\w\s]|\n|$)|[ \xa0][A-ZĐ]")
_NAME_END = re.compile(r"^(?: và| với)?$")
#: A place's name in the name of a street is not the place.
_STREET = re.compile(r" (?:đường|(?<! thành) phố|đại lộ)$")
#: Nor is a province meant where its name is that of a ward.
_WARD = re.compile(r" (?:phường|p|(?<! thị )xã|thị trấn|thôn|ấp|làng|khu phố|khóm)$")
_BEFORE_REACH = 40
"""Characters before a name that are read for what it is."""
_BESIDE_REACH = 24
"""Characters of a reading's words: how far before a name the word is looked for that says what it is,
and how far behind it its country."""


class Finder:
    """One reading, searched for places.

    Args:
        places: of the gazetteer, by id.
    """

    def __init__(self, reading: Reading, names: Names, places: Mapping[str, Place]) -> None:
        self._reading, self._names, self._places = reading, names, places

    def mentions(self) -> list[Mention]:
        """Return every mention of a place, in the order of the text."""
        mentions: list[Mention] = []
        for first, end, names in self._longest():
            mentions += self._judge(self._start(first), self._end(end), names, mentions)
        return mentions

    @cached_property
    def soundings(self) -> list[tuple[int, int, tuple[Place, ...]]]:
        """(First token, token behind the last, places) of what names places by its sound."""
        found = []
        for one in self._names.sounding(self._reading):
            first = bisect_right(self._source_starts, one.start) - 1
            end = bisect_right(self._source_starts, one.end - 1)
            if self._is_name(one, first, end):
                found.append((first, end, one.places))
        return found

    def speaks_of_border(self, position: int) -> bool:
        """Tell whether the sentence around `position` speaks of the border, near enough."""
        return _BORDER_WORD.search(self._words, *self._sentence(position)) is not None

    def _longest(self) -> Iterator[tuple[int, int, list[Name]]]:
        """Yield the names found, none within another, in the order of the text."""
        found: dict[tuple[int, int], list[Name]] = defaultdict(list)
        for first, end, names in self._names.spelt(self._reading.tokens):
            found[first, end] += [name for name in names if self._is_written(name, first, end)]
        for first, end, places in self.soundings:
            found[first, end] += [Name(place.name, place) for place in places]
        covered = 0
        for first, end in sorted(found, key=lambda span: (span[0], -span[1])):
            if first >= covered and found[first, end]:
                covered = end
                if not self._follows(_STREET, first):
                    yield first, end, found[first, end]

    def _is_written(self, name: Name, first: int, end: int) -> bool:
        """Tell whether the capitals of a name are capitals here too.

        A later word may begin small behind a hyphen, and where only a name can stand: behind the word
        for a province or district, before a sign or another capital.
        """
        if name.text.islower():
            return True
        if not _BETWEEN.isdisjoint(self._between(first, end)) and _BETWEEN.isdisjoint(name.text):
            return False
        capitals = [word[0].isupper() for word in _WORD.findall(name.text)]
        source, spans = self._reading.source, self._reading.spans
        if len(capitals) != end - first:
            return source[spans[first][0]].isupper()
        small = [
            number
            for number, (start, _) in enumerate(spans[first:end])
            if capitals[number] and not source[start].isupper()
        ]
        if not small:
            return True
        if small[0] == 0:
            return False
        hyphened = all(source[spans[first + n - 1][1] : spans[first + n][0]].strip() for n in small)
        return (
            hyphened
            or self._follows(_BEFORE_AREA, first)
            or (
                self._reading.tokens[first - 1 : first] not in ((), (STOP,))
                and _AFTER_NAME.match(source, spans[end - 1][1]) is not None
            )
        )

    def _between(self, first: int, end: int) -> str:
        """Return all signs between the words of a name."""
        source, spans = self._reading.source, self._reading.spans
        return "".join(source[spans[n][1] : spans[n + 1][0]] for n in range(first, end - 1))

    def _is_name(self, one: Sounding, first: int, end: int) -> bool:
        """Tell whether what sounds like a name can be one.

        A short one stands for itself, and that of a town or district beside its word or in an article
        that names its country.
        """
        source, spans = self._reading.source, self._reading.spans
        is_long = syllable_count(one.key) >= LONG
        small = [n for n, word in enumerate(one.words) if not word[0].isupper()]
        between = [source[spans[first + n - 1][1] : spans[first + n][0]] for n in small]
        if not is_long and any(" " in part for part in between):
            return False
        if self._follows(_WARD, first):
            return False
        return is_long or (
            not self._stands_in_a_longer_name(first, end)
            and (
                one.places[0].kind != "abroad-city"
                or self._follows(_BEFORE_AREA, first)
                or any(self._is_named(code) for place in one.places for code in place.countries)
            )
        )

    def _stands_in_a_longer_name(self, first: int, end: int) -> bool:
        """Tell whether a capital stands right before or behind, which is how people are called."""
        source, spans = self._reading.source, self._reading.spans
        if source[spans[first][0] : spans[end - 1][1]].isupper():
            return False
        before = first > 0 and source[spans[first - 1][1] : spans[first][0]] == " "
        behind = end < len(spans) and source[spans[end - 1][1] : spans[end][0]] == " "
        return (
            before
            and source[spans[first - 1][0]].isupper()
            and not self._follows(_BEFORE_AREA, first)
            and self._reading.tokens[first - 2 : first - 1] != (STOP,)
        ) or (behind and source[spans[end][0]].isupper())

    def _judge(self, start: int, end: int, names: list[Name], before: list[Mention]) -> list[Mention]:
        """Return the mentions that the names found are: a gate, or else what shares its name."""
        beside = self._beside_gate_word(start, before)
        alone = beside and len(names) == 1
        possible = {
            name.place.id: name.place
            for name in names
            if name.place and self._can_mean(name.place, start, end, is_commune=name.is_commune, alone=alone)
        }
        gates = [place for place in possible.values() if place.kind == "gate"]
        others = self._one_province(start, [one for one in possible.values() if one.kind != "gate"])
        if gates:
            near = beside or (not others and self.speaks_of_border(start))
            allowed = {"free"} | ({"near"} if near else set()) | ({"adjacent", "near"} if beside else set())
            others = [gate for gate in gates if gate.rule in allowed] or others
        return [Mention(place, start, end) for place in others]

    def _can_mean(self, place: Place, start: int, end: int, *, is_commune: bool, alone: bool) -> bool:
        """Tell whether rule and context let a name mean a place here; for gates see `_judge`.

        Args:
            is_commune: it is the name of a part of the place.
            alone: it stands beside the word for a gate and is the name of nothing else.
        """
        if is_commune:
            return (
                self._behind(_BEFORE_COMMUNE, start)
                and not self._goes_on(end)
                and _THEN_DISTRICT.match(self._words, end) is None
                and (self.speaks_of_border(start) or self._is_province_named(place, start))
            )
        if any(f" {normal_words(one)} " in self._words for one in place.context):
            return True
        match place.kind:
            case "province":
                is_ward = self._behind(_WARD, start)
                return not is_ward and (place.rule != "near" or self.speaks_of_border(start))
            case "district" | "landmark":
                return not place.context and self._is_at_home(place, start, end)
            case "abroad-city" | "abroad-province" if place.context:
                return self._is_across(place, start, end)
            case "gate":
                return not place.context or (alone and not self._goes_on(end))
            case _:
                return True

    def _goes_on(self, end: int) -> bool:
        """Tell whether a capital follows a name right behind, as in a longer one."""
        number = bisect_right(self._reading.starts, end)
        spans = self._reading.spans
        gap = self._reading.source[spans[number - 1][1] : spans[number][0]] if number < len(spans) else ""
        return gap == " " and self._reading.source[spans[number][0]].isupper()

    def _is_at_home(self, place: Place, start: int, end: int) -> bool:
        if place.rule == "free" or self._behind(_BEFORE_DISTRICT, start):
            return True
        return (
            place.rule == "near"
            and not self._goes_on(end)
            and (
                self._is_province_named(place)
                or (self.speaks_of_border(start) and any(map(self._is_named, place.countries)))
            )
        )

    def _is_across(self, place: Place, start: int, end: int) -> bool:
        """Tell whether a name that is also something else is said to lie across the border."""
        left, right = self._sentence(start)
        reach = right if self._behind(_BEFORE_AREA, start) else min(right, end + _BESIDE_REACH)
        left = left if self._behind(_BEFORE_AREA, start) else end
        return any(self._names.country(code).search(self._words, left, reach + 1) for code in place.countries)

    def _one_province(self, start: int, places: list[Place]) -> list[Place]:
        """Return the places; of namesakes of a district of ours only those whose province is named.

        A district that is called like a province is meant behind its word, and else the province.
        """
        if any(place.kind == "province" for place in places):
            wanted = "district" if self._behind(_BEFORE_DISTRICT, start) else "province"
            places = [one for one in places if one.kind == wanted] or places
        home = [place for place in places if place.kind in ("district", "landmark")]
        if len({place.province for place in home}) < 2 and len(home) in (0, len(places)):
            return places
        return [place for place in places if place not in home or self._is_province_named(place)]

    def _is_province_named(self, place: Place, position: int | None = None) -> bool:
        """Tell whether the province of a place is named by either name; in one sentence if asked so."""
        province = self._places.get(place.province or "")
        if province is None:
            return False
        now = self._places.get(province.merged_into or "")
        both = (*province.names, *(now.names if now else ()))
        text = self._words if position is None else self._words[slice(*self._sentence(position))]
        return any(f" {normal_words(one)} " in text for one in both)

    def _is_named(self, code: str) -> bool:
        return self._names.country(code).search(self._words) is not None

    def _beside_gate_word(self, start: int, before: list[Mention]) -> bool:
        """Tell whether a name at `start` follows the word for a gate, or another gate in a list."""
        if _BEFORE_GATE.search(self._words, max(0, start - 80), start - 1):
            return True
        last = before[-1] if before else None
        return (
            last is not None
            and last.place.kind == "gate"
            and _NAME_END.match(self._words[last.end : start - 1]) is not None
        )

    def _behind(self, pattern: re.Pattern[str], start: int) -> bool:
        return pattern.search(self._words, max(0, start - _BEFORE_REACH), start - 1) is not None

    def _follows(self, pattern: re.Pattern[str], first: int) -> bool:
        return self._behind(pattern, self._start(first))

    def _sentence(self, position: int) -> tuple[int, int]:
        left = max(self._words.rfind(" . ", 0, position), position - SENTENCE_REACH, 0)
        right = self._words.find(" . ", position)
        return left, position + SENTENCE_REACH if right < 0 else min(right + 1, position + SENTENCE_REACH)

    def _start(self, token: int) -> int:
        return self._reading.starts[token]

    def _end(self, token: int) -> int:
        return self._reading.starts[token] - 1

    @property
    def _words(self) -> str:
        return self._reading.words

    @cached_property
    def _source_starts(self) -> list[int]:
        return [start for start, _ in self._reading.spans]


def sentence_around(reading: Reading, start: int, end: int) -> str:
    """Return the sentence of a reading's `source` around the words at `start`:`end`, on one line.

    Of a sentence without an end `SENTENCE_REACH` characters on either side are given.
    """
    before = reading.words.rfind(f" {STOP} ", 0, start)
    left = before + 3 if before >= 0 else 1
    after = reading.words.find(f" {STOP} ", end)
    right = after if after >= 0 else len(reading.words) - 1
    if start - left > SENTENCE_REACH:
        left = reading.words.rfind(" ", 0, start - SENTENCE_REACH) + 1
    if right - end > SENTENCE_REACH:
        right = reading.words.find(" ", end + SENTENCE_REACH)
    begin, finish = reading.source_span(left, right)
    return " ".join(reading.source[begin:finish].split())
