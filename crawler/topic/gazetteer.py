"""Which places of the border an article names: provinces, gates, districts, neighbours.

The facts stand in places/*.toml, which a person who knows the border may correct. A name counts
where it is written as one (its capitals), is not part of a longer name, and where the entry's rule
and context allow it: Lào is not Lào Cai, and Thanh Thủy is a gate only beside the word.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from crawler.declaration import convert, read_toml, unknown
from crawler.errors import DeclarationError
from crawler.topic.phrase import Phrase, PhraseIndex, compile_phrase
from crawler.topic.tokens import SENTENCE_REACH, Reading, normal_words

BUILT_IN = Path(__file__).with_name("places")

KINDS = ("province", "gate", "district", "abroad-province", "abroad-city", "country")
RULES = ("free", "near", "adjacent")

#: Where the border is spoken of, in the words of a reading.
_BORDER_WORD = re.compile(
    r" (?:cửa khẩu|lối mở|lối thông quan|thông quan|hải quan|biên phòng|biên giới|xuất nhập cảnh)(?= )"
)
# Directly before a gate's name; up to four words say what kind of gate it is.
_BEFORE_GATE = re.compile(
    r" (?:cửa khẩu|lối mở|lối thông quan|ckqt|chợ biên giới)"
    r"(?: (?:quốc tế|quốc gia|chính|phụ|song phương|đường bộ|đường sắt|biên giới|cầu|như|là|tại|ở|của)){0,4}$"
)
_NAME_END = re.compile(r"^(?: và| với)?$")
#: A place's name in the name of a street is not the place.
_STREET = re.compile(r"(?: đường|(?<! thành) phố| đại lộ)$")


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the gazetteer.

    Args:
        id: kebab-case ASCII; for a country its ISO code.
        kind: province, gate, district, abroad-province, abroad-city or country.
        countries: the neighbours it borders on, lies in, or is.
        variants: further spellings of the name.
        never: longer names that contain the name and mean something else.
        context: one of these must stand in the article too.
        rule: "free", "near" or "adjacent": where the name means the place (places/gates.toml).
        level: for a gate: international, main or auxiliary.
        province: the Vietnamese province, or the one abroad, that it lies in.
        district: for a gate: the district that it lay in until they were abolished.
        neighbour: for a gate: the province across the border.
        counterpart: for a gate: the gate across the border.
        merged_into: the province that has its area since July 2025.
        since: the day from which it has a land border, where it had none before.
        lat: approximate, in degrees north.
        lon: approximate, in degrees east.
        confirmed: False where no source at hand confirmed it.
    """

    id: str
    name: str
    kind: str
    countries: tuple[str, ...]
    variants: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    rule: str = "free"
    level: str | None = None
    province: str | None = None
    district: str | None = None
    neighbour: str | None = None
    counterpart: str | None = None
    merged_into: str | None = None
    since: str | None = None
    lat: float | None = None
    lon: float | None = None
    confirmed: bool = True

    def __post_init__(self) -> None:
        for value, known in ((self.kind, KINDS), (self.rule, RULES)):
            if value not in known:
                raise ValueError(unknown("kind or rule", value, known))


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where it is named, in the words of a reading."""

    place: Place
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Name:
    """A spelling: the place it names, None for a name that only contains one."""

    text: str
    place: Place | None

    def written_in(self, source: str) -> bool:
        """Tell whether the capitals of the name are capitals in `source` too."""
        words, found = _words(self.text), _words(source)
        return len(words) != len(found) or all(
            one[0].isupper() for name, one in zip(words, found, strict=True) if name[0].isupper()
        )


@dataclass(frozen=True)
class Gazetteer:
    """All places, by id, and what finds them."""

    places: Mapping[str, Place]

    @classmethod
    def load(cls, folder: Path | None = None) -> Gazetteer:
        """Return the gazetteer of the TOML files in `folder`, the built-in one when None.

        Raises:
            DeclarationError: an entry is wrong, or names a place that is not there.
        """
        places: dict[str, Place] = {}
        for path in sorted((folder or BUILT_IN).glob("*.toml")):
            for place in convert(tuple[Place, ...], read_toml(path).get("place", []), path, "place"):
                if place.id in places:
                    raise DeclarationError(path, place.id, "is the id of two places")
                places[place.id] = place
        for place in places.values():
            for name in (place.province, place.neighbour, place.merged_into):
                if name and name not in places:
                    raise DeclarationError(folder or BUILT_IN, place.id, unknown("place", name, places))
        return cls(places)

    def find(self, reading: Reading) -> list[Mention]:
        """Return every mention of a place, in the order of the text."""
        mentions: list[Mention] = []
        for start, end, names in self._longest(reading):
            mentions += self._judge(start, end, names, reading, mentions)
        return mentions

    def lists(self) -> dict[str, tuple[str, ...]]:
        """Return the names that the patterns of a topic may use as {list}: those that need no context."""
        clear = [place for place in self.places.values() if not place.context]

        def names(*kinds: str, country: str = "") -> tuple[str, ...]:
            return tuple(
                normal_words(name)
                for place in clear
                if place.kind in kinds and (not country or country in place.countries)
                for name in (place.name, *place.variants)
            )

        across = ("country", "abroad-province", "abroad-city")
        return {
            "abroad_places": names("abroad-province", "abroad-city"),
            "home_provinces": names("province"),
            "gate_names": names("gate"),
            "countries": names("country"),
            "in_china": names(*across, country="CN"),
            "in_laos": names(*across, country="LA"),
            "in_cambodia": names(*across, country="KH"),
        }

    def _longest(self, reading: Reading) -> Iterator[tuple[int, int, list[_Name]]]:
        """Yield the names found, none within another, in the order of the text."""
        spans = {
            (start, end): key
            for key, phrase in self._index.candidates(reading.vocabulary)
            for start, end in phrase.find(reading.words)
        }
        covered = 0
        for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            if start < covered:
                continue
            source = reading.source[slice(*reading.source_span(start, end))]
            written = [name for name in self._names[spans[start, end]] if name.written_in(source)]
            if written:
                covered = end
                if not _STREET.search(reading.words, max(0, start - 12), start - 1):
                    yield start, end, written

    def _judge(
        self, start: int, end: int, names: list[_Name], reading: Reading, before: list[Mention]
    ) -> list[Mention]:
        """Return the mentions that the names found are: a gate, or else what shares its name."""
        possible = {
            name.place.id: name.place
            for name in names
            if name.place and self._in_context(name.place, reading)
        }
        gates = [place for place in possible.values() if place.kind == "gate"]
        others = [
            place
            for place in possible.values()
            if place.kind != "gate" and (place.rule != "near" or _border_sentence(start, reading))
        ]
        if gates:
            beside = _beside_gate_word(start, reading, before)
            near = beside or (not others and _border_sentence(start, reading))
            allowed = {"free"} | ({"near"} if near else set()) | ({"adjacent", "near"} if beside else set())
            others = [gate for gate in gates if gate.rule in allowed] or others
        return [Mention(place, start, end) for place in others]

    def _in_context(self, place: Place, reading: Reading) -> bool:
        context = self._contexts.get(place.id)
        return context is None or any(words in reading.words for words in context)

    @cached_property
    def _contexts(self) -> Mapping[str, tuple[str, ...]]:
        return {
            place.id: tuple(f" {normal_words(one)} " for one in place.context)
            for place in self.places.values()
            if place.context
        }

    @cached_property
    def _names(self) -> Mapping[str, list[_Name]]:
        names: dict[str, list[_Name]] = defaultdict(list)
        for place in self.places.values():
            for text in (place.name, *place.variants):
                names[normal_words(text)].append(_Name(text, place))
            for text in place.never:
                names[normal_words(text)].append(_Name(text.lower(), None))
        return names

    @cached_property
    def _index(self) -> PhraseIndex:
        phrases: list[tuple[str, Phrase]] = [(key, compile_phrase(key)) for key in self._names]
        return PhraseIndex(phrases)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def _beside_gate_word(start: int, reading: Reading, before: list[Mention]) -> bool:
    """Tell whether a gate's name at `start` follows the word, or another gate in a list."""
    if _BEFORE_GATE.search(reading.words, max(0, start - 80), start - 1):
        return True
    last = before[-1] if before else None
    return (
        last is not None
        and last.place.kind == "gate"
        and _NAME_END.match(reading.words[last.end : start - 1]) is not None
    )


def _border_sentence(position: int, reading: Reading) -> bool:
    """Tell whether the sentence around `position` speaks of the border, near enough."""
    left = max(reading.words.rfind(" . ", 0, position), position - SENTENCE_REACH, 0)
    right = reading.words.find(" . ", position)
    right = position + SENTENCE_REACH if right < 0 else min(right + 1, position + SENTENCE_REACH)
    return _BORDER_WORD.search(reading.words, left, right) is not None
