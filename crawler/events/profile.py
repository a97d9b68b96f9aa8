"""By what a report is compared with others: who, where, what, in forms that do not depend on the spelling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import blake2b
from pathlib import Path

from crawler.declaration import declare, read_toml
from crawler.events.event import Event, EventKind, Person
from crawler.events.report import Report
from crawler.events.times import Known, When, filed_under, looked_up_under, when
from crawler.text.normalize import canonical_text
from crawler.topic.gazetteer import Gazetteer, Place
from crawler.topic.names import joined, sound

DATA = Path(__file__).with_name("joining.toml")

ROMAN_VALUES = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "X": 10}
"""Numbers of bridges, gates and editions."""
_HEARD_SIDES = ("LA", "KH")
"""Neighbours whose names papers spell by ear."""
_MOST_NAMES = 6
"""People, places, bodies and papers of a report by which it is filed, each."""
_FILED_SKETCH_KEYS = 4
"""Of a text's sketch; copies share nearly all."""


@dataclass(frozen=True)
class JoiningData:
    """What joining.toml says."""

    mixing: tuple[tuple[str, ...], ...]
    busy: tuple[str, ...]
    countries: tuple[str, ...]
    place_words: tuple[str, ...]
    body_words: tuple[str, ...]
    short_forms: Mapping[str, str]

    @cached_property
    def kinds(self) -> Mapping[str, frozenset[str]]:
        """Kind → those that may be chosen instead, itself included."""
        return {
            kind.value: frozenset(
                (kind.value, *(one for row in self.mixing if kind.value in row for one in row))
            )
            for kind in EventKind
        }

    @cached_property
    def busy_names(self) -> frozenset[str]:
        """The busy towns as `place_name` has them."""
        return frozenset(map(canonical_text, self.busy))

    @cached_property
    def country_names(self) -> frozenset[str]:
        """The countries as `place_name` has them."""
        return frozenset(map(canonical_text, self.countries))

    @cached_property
    def left_out(self) -> frozenset[str]:
        """Words of bodies that say nothing."""
        return frozenset(map(canonical_text, self.body_words))

    @cached_property
    def in_front(self) -> tuple[str, ...]:
        """What stands in front of a place's name, in canonical text, with the space behind it."""
        return tuple(f"{canonical_text(one)} " for one in self.place_words)


@cache
def joining_data() -> JoiningData:
    """Return what joining.toml says."""
    return declare(JoiningData, read_toml(DATA), DATA)


@cache
def gazetteer() -> Gazetteer:
    """Return the built-in gazetteer."""
    return Gazetteer.load()


_OF_TEXT = "k"
"""How the atoms of a text begin, and no others."""


@dataclass(frozen=True)
class Profile:
    """A report as it is compared.

    Args:
        gates, spots: gazetteer ids, or names that it does not have: of gates; of whatever is narrower than
            a province, gates included.
        far: those of the spots that lie abroad.
        areas: Vietnamese provinces; across: those abroad. A busy town counts as one.
        beyond: the provinces abroad, and those that the gates lead to.
        people: key → side.
    """

    report: Report
    time: When
    kinds: frozenset[str]
    countries: frozenset[str]
    gates: frozenset[str]
    spots: frozenset[str]
    far: frozenset[str]
    areas: frozenset[str]
    across: frozenset[str]
    beyond: frozenset[str]
    people: Mapping[str, str]
    bodies: frozenset[frozenset[str]]
    agreements: frozenset[str]
    objects: frozenset[tuple[str, int | None]]
    figures: frozenset[tuple[str, str, float]]
    keys: frozenset[bytes]

    @property
    def order(self) -> tuple[int, int]:
        """A key that does not depend on which report came first."""
        return self.report.order

    def atoms(self) -> Iterator[str]:
        """Yield by what it is filed: two reports of one act have one of them in common, and a time."""
        for key in self.report.keys[:_FILED_SKETCH_KEYS]:
            yield f"{_OF_TEXT}{key.hex()}"
        if self.time.known is Known.NOTHING:
            return
        for letter, names in (
            ("p", self.people),
            ("s", self.spots),
            ("b", (" ".join(sorted(words)) for words in self.bodies)),
            ("a", self.agreements),
            ("o", (name for name, _ in self.objects)),
        ):
            for name in sorted(names)[:_MOST_NAMES]:
                yield f"{letter}{name}"

    def filed(self) -> Iterator[tuple[int, int]]:
        """Yield (hash of an atom, number of a time) under which it is found."""
        times = filed_under(self.time)
        for atom in self.atoms():
            number = _hash(atom)
            for time in times:
                yield number, time

    def looked_up(self) -> Iterator[tuple[int, int, int]]:
        """Yield (hash of an atom, first and last number of a time) under which others may be found."""
        for atom in self.atoms():
            number = _hash(atom)
            for first, last in looked_up_under(self.time, is_one_text=atom.startswith(_OF_TEXT)):
                yield number, first, last


def _hash(atom: str) -> int:
    """Return 63 bits that stand for an atom, the same on every machine."""
    return int.from_bytes(blake2b(atom.encode(), digest_size=8).digest(), "big") >> 1


def profile(report: Report) -> Profile:
    """Return by what a report is compared."""
    event, data = report.event, joining_data()
    places = _Places.of(event)
    return Profile(
        report=report,
        time=when(event, report.published),
        kinds=data.kinds[event.kind.value],
        countries=frozenset(event.countries),
        gates=frozenset(places.gates),
        spots=frozenset(places.spots),
        far=frozenset(places.far),
        areas=frozenset(places.areas),
        across=frozenset(places.across),
        beyond=frozenset(places.across | places.led_to),
        people={person_key(one): one.side for one in event.people},
        bodies=frozenset(filter(None, (body_key(one.name) for one in event.bodies))),
        agreements=frozenset(filter(None, (canonical_text(one.name) for one in event.agreements))),
        objects=frozenset((one.key, one.edition) for one in event.objects),
        figures=frozenset((one.what, canonical_text(one.unit), one.value) for one in event.figures),
        keys=frozenset(report.keys),
    )


@dataclass(frozen=True, slots=True)
class _Places:
    gates: set[str]
    spots: set[str]
    far: set[str]
    areas: set[str]
    across: set[str]
    led_to: set[str]

    @classmethod
    def of(cls, event: Event) -> _Places:
        found = cls(set(), set(), set(), set(), set(), set())
        data, known = joining_data(), gazetteer().places
        for place in event.places:
            name = place_name(place.name)
            entry = known.get(place.id or "") or _by_name().get(name)
            if name in data.busy_names:
                (found.across if entry and entry.is_abroad else found.areas).add(name)
            elif entry is not None:
                found.add(entry)
            elif name and name not in data.country_names:
                found.spots.add(name)
        return found

    def add(self, place: Place) -> None:
        match place.kind:
            case "province":
                self.areas.add(_merged(place.id))
            case "abroad-province":
                self.across.add(place.id)
            case "country":
                pass
            case "gate":
                self.gates.add(place.id)
                self.spots.update((place.id, *_district_of(place)))
                self.led_to.update(filter(None, (place.neighbour,)))
            case _:
                self.spots.add(place.id)
                self.far.update((place.id,) if place.is_abroad else ())
        if place.province:
            (self.across if place.is_abroad else self.areas).add(
                place.province if place.is_abroad else _merged(place.province)
            )


def _district_of(gate: Place) -> tuple[str, ...]:
    """Return the id of the district that a gate lay in, which a paper may name instead of it."""
    found = _districts().get((gate.district or "", gate.province or ""))
    return (found,) if found else ()


@cache
def _districts() -> Mapping[tuple[str, str], str]:
    return {
        (place.name, place.province or ""): place.id
        for place in gazetteer().places.values()
        if place.kind == "district"
    }


@cache
def _merged(province: str) -> str:
    """Return the id of the province that has the area now: papers use either name for a while."""
    place = gazetteer().places[province]
    return place.merged_into or province


@cache
def _by_name() -> Mapping[str, Place]:
    """Provinces here and abroad by their names, for reports whose places have no id."""
    return {
        canonical_text(name): place
        for place in gazetteer().places.values()
        if place.kind in ("province", "abroad-province")
        for name in place.names
    }


def place_ids(event: Event) -> tuple[str, ...]:
    """Return the gazetteer ids of an event's places, of provinces without one those of their names."""
    known = gazetteer().places
    found = (known.get(one.id or "") or _by_name().get(place_name(one.name)) for one in event.places)
    return tuple(dict.fromkeys(place.id for place in found if place is not None and place.kind != "country"))


def provinces_of(places: Iterable[str]) -> tuple[str, ...]:
    """Return the provinces here and abroad in which places are; a gate shows both of its own."""
    known = gazetteer().places
    found = []
    for place in (known[id_] for id_ in places if id_ in known):
        if place.kind in ("province", "abroad-province"):
            found.append(place.id)
        found += filter(None, (place.province, place.neighbour))
    return tuple(dict.fromkeys(found))


def named_provinces(event: Event) -> Iterator[str]:
    """Yield the provinces that posts and organisations name: whose people they are."""
    names = [one.post for one in event.people if one.post] + [one.name for one in event.bodies]
    said = f" {' '.join(canonical_text(name) for name in names)} "
    for name, place in _by_name().items():
        if f" {name} " in said:
            yield place.id


def place_name(name: str) -> str:
    """Return a place's name in canonical text, without the words for what it is."""
    text, in_front = canonical_text(name), joining_data().in_front
    while found := next((words for words in in_front if text.startswith(words)), None):
        text = text[len(found) :]
    head, _, last = text.rpartition(" ")
    return f"{head} {ROMAN_VALUES[last.upper()]}" if head and last.upper() in ROMAN_VALUES else text


def person_key(person: Person) -> str:
    """Return a person's name as it is compared: by ear where papers spell by ear."""
    return heard(person.name) if person.side in _HEARD_SIDES else canonical_text(person.name)


def heard(name: str) -> str:
    """Return how a name sounds: "Prak Sokhonn" and "Prắc Xô-khon" are one."""
    key = ""
    for word in canonical_text(name).split():
        key = joined(key, sound(word))
    return key


def body_key(name: str) -> frozenset[str]:
    """Return the words of an organisation's name that tell it from others."""
    words = list(_written_out(canonical_text(name).split()))
    telling = frozenset(words) - joining_data().left_out
    return telling or frozenset(words)


def _written_out(words: Iterable[str]) -> Iterator[str]:
    short = joining_data().short_forms
    for word in words:
        yield from canonical_text(short[word]).split() if word in short else (word,)
