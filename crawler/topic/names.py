"""The names of the gazetteer, and how texts are searched for them: word by word, and by sound.

One rule instead of lists says how Lao, Khmer and highland names sound, whatever their spelling.
Vietnamese papers write Savannakhet also Xavannakhet, Sạ-vẳn-na-khệt, Xa Va Na Khẹt. `sound` gives
all of them one key. A key keeps what the spellings agree in:

- no tones, no marks (ă is a), no hyphens, spaces or apostrophes, no doubled letters;
- consonants that stand for one sound: x s, c k q kh, p ph f, t th, r l, nh n, w v; b is p behind m or t,
  a final l is n, a final r or h is nothing;
- vowels by kind: o u ô ơ ư ou; e ê; ie ia ea; i y; ay ai ey ây; ua uo oa oua.

What a spelling adds or loses besides is said of a name, not of every text: `keys` gives those too.
The letters are those of the keys alone; what a name means stands in the gazetteer.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from crawler.declaration import unknown
from crawler.topic.phrase import Reading, normal_words

KINDS = ("province", "gate", "district", "landmark", "abroad-province", "abroad-city", "country")
RULES = ("free", "near", "adjacent")
ABROAD = ("abroad-province", "abroad-city", "country")
#: Names of fewer syllables are too like ordinary words and people's names to stand by themselves.
LONG = 3
#: From so many syllables on a slip of the pen leaves a name that nothing else has.
VERY_LONG = 4
_SAME = {"đ": "d", "x": "s", "z": "s", "c": "k", "q": "k", "f": "p", "w": "v"}
_VIETNAMESE = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
_LETTERS = str.maketrans({letter: unicodedata.normalize("NFD", letter)[0] for letter in _VIETNAMESE} | _SAME)
# After the letters: "kh" is what c and k with h became, so ch is told apart before.
_CONSONANTS = {"ngh": "N", "ng": "N", "nh": "n", "kh": "k", "ph": "p", "th": "t", "gh": "g", "dh": "d"}
_VOWELS = {
    vowels: key
    for key, spellings in {
        "a": "a aa",
        "i": "i y",
        "o": "o u oo ou eu uu",
        "e": "e ee",
        "E": "ie ia ea ye ya iea",
        "Y": "ay ai ey ei aay aey",
        "W": "ua uo oa oua uoa ouo oue",
        "Q": "ao au",
        "J": "eo ieo",
        "U": "iu ieu yeu",
        "Z": "oi ui uoi oai uai oay uay uy",
    }.items()
    for vowels in spellings.split()
}
_VOWEL_KEYS = "".join(sorted(set(_VOWELS.values())))
_PART = re.compile(
    r"ngh?|nh|[kptgd]h|[aeiouy]+|(?P<silent>[hr](?![aeiouy]))|(?P<final>l(?![aeiouyl]))|r|(.)\3"
)
_DOUBLED = re.compile(r"(.)\1")
#: A name that is written syllable by syllable: what may stand between two of them.
_NEXT = re.compile(r"(?:[-‐-―'’ʼ]|[ \xa0](?:[-‐-―][ \xa0])?)([^\W\d_]+)")
#: What a name that is also an ordinary word stands behind: xã, thị trấn, đồn biên phòng; cửa khẩu phụ.
_BEFORE_COMMON = frozenset(("xã", "phường", "trấn", "đồn", "bp", "phòng", "khẩu", "phụ"))
#: Capitals, and of the letters with two marks the small ones too.
_CAPITAL = re.compile(r"[A-ZÀ-ÝĂĐĨŨƠƯẠ-ỹ](?<![^\W_].)[^\W\d_]{0,30}(?![^\W_])")
_LEAST_KEY = 4
"""Shorter keys are too like ordinary words."""


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the gazetteer.

    Args:
        id: kebab-case ASCII; for a country its ISO code.
        kind: province, gate, district, landmark, abroad-province, abroad-city (a city, county or
            district there) or country.
        countries: the neighbours it borders on, lies in, or is.
        variants: further spellings of the name.
        by_sound: its spellings follow the ear; others that sound alike name it too
            (crawler/topic/names.py).
        never: longer names that contain the name and mean something else.
        context: one of these must stand in the article too.
        rule: "free", "near" or "adjacent": where the name means the place (places/gates.toml, and
            for districts places/districts.toml).
        communes: of a district: the communes made of it in July 2025, by which it is named since.
        level: for a gate: international, main or auxiliary.
        province: the Vietnamese province, or the one abroad, that it lies in.
        district: for a gate: the district that it lay in until they were abolished.
        neighbour: for a gate: the province across the border.
        counterpart: for a gate: the gate across the border.
        merged_into: the province that has its area now.
        merged_on: the day from which it is called so.
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
    by_sound: bool = False
    never: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    rule: str = "free"
    communes: tuple[str, ...] = ()
    level: str | None = None
    province: str | None = None
    district: str | None = None
    neighbour: str | None = None
    counterpart: str | None = None
    merged_into: str | None = None
    merged_on: str | None = None
    since: str | None = None
    lat: float | None = None
    lon: float | None = None
    confirmed: bool = True

    def __post_init__(self) -> None:
        for value, known in ((self.kind, KINDS), (self.rule, RULES)):
            if value not in known:
                raise ValueError(unknown("kind or rule", value, known))

    @property
    def is_abroad(self) -> bool:
        """Whether it lies across the border."""
        return self.kind in ABROAD

    @property
    def names(self) -> tuple[str, ...]:
        """The name and its further spellings."""
        return self.name, *self.variants


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where it is named, in the words of a reading."""

    place: Place
    start: int
    end: int


@lru_cache(maxsize=8192)
def sound(word: str) -> str:
    """Return the key of one written word, in lower case and NFC: "khệt" → "ket".

    Most words of a text were asked for before; what is kept is what would be computed again.
    """
    return joined("", _PART.sub(_part, word.replace("ch", "C").translate(_LETTERS)))


@lru_cache(maxsize=8192)
def joined(key: str, following: str) -> str:
    """Return the key of two words that follow each other: as if they were written as one."""
    return _DOUBLED.sub(r"\1", f"{key}{following}".replace("mb", "mp").replace("tb", "tp"))


def syllable_count(key: str) -> int:
    """Return how many syllables a key has."""
    return sum(letter in _VOWEL_KEYS for letter in key)


def keys(words: list[str]) -> set[str]:
    """Return every key under which a name of these words is found.

    Beside its own: with a silent final e (Khammouane), a vowel between stop and r (Pờ-rây), another
    nasal before p (Kom Pong); of long names without that r (Pha Băng); of very long ones with two
    consonants changed over (Ranatakiri) or a nasal lost before a consonant (Modunkiri).
    """
    key = ""
    for word in words:
        key = joined(key, sound(word))
    count = syllable_count(key)
    found = {key}
    if count > 1 and key[-1] in "nN":
        found.add(f"{key[:-1]}ne")
    found |= {re.sub(r"([kpt])l", rf"\1{vowel}l", key) for vowel in "ao"}
    found |= {re.sub(r"[mnN](?=p)", nasal, key) for nasal in "mnN"}
    if count >= LONG:
        found.add(re.sub(r"([kpt])l", r"\1", key))
    if count >= VERY_LONG:
        found |= set(_slips(key))
    return found


def _slips(key: str) -> Iterator[str]:
    for match in re.finditer(
        rf"(?<=[{_VOWEL_KEYS}])([a-zN])([{_VOWEL_KEYS}])([a-zN])(?=[{_VOWEL_KEYS}])", key
    ):
        first, vowel, second = match.groups()
        yield f"{key[: match.start()]}{second}{vowel}{first}{key[match.end() :]}"
    for match in re.finditer(rf"[nmN](?=[^{_VOWEL_KEYS}])", key):
        yield key[: match.start()] + key[match.end() :]


def _part(match: re.Match[str]) -> str:
    if match["silent"]:
        return ""
    if match["final"]:
        return "n"
    part = match[0]
    return _CONSONANTS.get(part) or _VOWELS.get(part) or ("l" if part == "r" else part[:1])


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

    def spelt(self, tokens: tuple[str, ...]) -> Iterator[tuple[int, int, list[Name]]]:
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
        capitals = [word for word in set(reading.written) if word[0].isupper()]
        heard = {word: key for word in capitals if (key := sound(word.lower())) in beginnings}
        # Hardly a text goes on with what a name begins with; none is taken apart for nothing.
        for match in _CAPITAL.finditer(source) if self._may_hold_a_name(heard, reading.written) else ():
            word = match[0]
            key = heard.get(word, "")
            if not key or match.start() < covered:
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

    def _may_hold_a_name(self, heard: Mapping[str, str], written: Sequence[str]) -> bool:
        """Tell whether one of the words heard is a name, or two are how one begins."""
        if not self._by_key.keys().isdisjoint(heard.values()):
            return True
        for word, following in pairwise(written):
            if word not in heard or not following[:1].isalpha():
                continue
            if not following.isalpha() or joined(heard[word], sound(following.lower())) in self._beginnings:
                return True
        return False

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


def _read_on(
    spellings: _Spellings, tokens: tuple[str, ...], first: int
) -> Iterator[tuple[int, int, list[Name]]]:
    following = spellings[tokens[first]]
    if "" in following:
        yield first, first + 1, following[""][()]
    if first + 1 < len(tokens) and tokens[first + 1] in following:
        for rest, names in following[tokens[first + 1]].items():
            end = first + 2 + len(rest)
            if tuple(tokens[first + 2 : end]) == rest:
                yield first, end, names
