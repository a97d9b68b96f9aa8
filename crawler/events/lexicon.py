"""What the TOML files beside this module say, read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from crawler.declaration import declare, read_toml
from crawler.errors import DeclarationError
from crawler.events.event import EventKind
from crawler.events.prose import AllPhrases, Phrases
from crawler.topic.pattern import compile_phrase
from crawler.topic.phrase import PhraseIndex, normal_words

FOLDER = Path(__file__).resolve().parent


def phrases(rows: Iterable[str]) -> Phrases[bool]:
    """Return what finds the rows of a list."""
    return Phrases(dict.fromkeys(rows, True))


def words_of(rows: Iterable[str]) -> frozenset[str]:
    """Return rows as a reading has their words, for looking them up."""
    return frozenset(normal_words(row) for row in rows)


@dataclass(frozen=True)
class ActWords:
    """Patterns that name acts of one kind.

    Args:
        points: how surely: 1 to 3.
        acts: whether they name an act that has a day of its own.
    """

    kind: EventKind
    points: float
    patterns: tuple[str, ...]
    acts: bool = True


@dataclass(frozen=True)
class Marks:
    """Words that say how a sentence is meant."""

    both: tuple[str, ...]
    frame: tuple[str, ...]
    before: tuple[str, ...]
    plan: tuple[str, ...]
    wish: tuple[str, ...]
    press: tuple[str, ...]
    joint_press: tuple[str, ...]
    tells: tuple[str, ...]
    procedure: tuple[str, ...]
    deadlines: tuple[str, ...]
    aside: tuple[str, ...]
    speech: tuple[str, ...]
    takes: tuple[str, ...]
    decisions: tuple[str, ...]
    talks: tuple[str, ...]
    forces: tuple[str, ...]
    leaders: tuple[str, ...]
    together: tuple[str, ...]


@dataclass(frozen=True)
class Kinds:
    """kinds.toml."""

    lists: Mapping[str, tuple[str, ...]]
    act: tuple[ActWords, ...]
    marks: Marks

    @cached_property
    def index(self) -> PhraseIndex:
        """Finds the acts in a reading; what it gives is the number of an entry of `act`."""
        return PhraseIndex(
            (str(number), compile_phrase(pattern, self.lists))
            for number, entry in enumerate(self.act)
            for pattern in entry.patterns
        )

    @cached_property
    def mark_words(self) -> AllPhrases:
        """Finds the words of all marks; what it gives is their key."""
        return AllPhrases((row, name) for name, rows in vars(self.marks).items() for row in rows)


@dataclass(frozen=True)
class Offices:
    """offices.toml."""

    offices: tuple[str, ...]
    not_offices: tuple[str, ...]
    peers: tuple[str, ...]
    degrees: tuple[str, ...]
    former: tuple[str, ...]
    joints: tuple[str, ...]
    realm: tuple[str, ...]
    verbs: tuple[str, ...]
    open: tuple[str, ...]
    sides: Mapping[str, tuple[str, ...]]

    @cached_property
    def heads(self) -> Phrases[bool]:
        """Finds offices; the value is False for what is none."""
        known = dict.fromkeys((*self.offices, *self.peers), True)
        return Phrases(known | dict.fromkeys(self.not_offices, False))

    @cached_property
    def peer_words(self) -> Phrases[bool]:
        """Finds who holds the same office."""
        return phrases(self.peers)

    @cached_property
    def degree_words(self) -> Phrases[bool]:
        """Finds what stands before an office and belongs to it."""
        return phrases(self.degrees)

    @cached_property
    def former_words(self) -> frozenset[str]:
        """Words of former office."""
        return words_of(self.former)

    @cached_property
    def joint_words(self) -> Phrases[bool]:
        """Finds what joins office and realm."""
        return phrases(self.joints)

    @cached_property
    def realm_words(self) -> frozenset[str]:
        """Small words within the name of an office."""
        return words_of(self.realm)

    @cached_property
    def verb_words(self) -> frozenset[str]:
        """Words that end a realm."""
        return words_of(self.verbs)

    @cached_property
    def open_words(self) -> frozenset[str]:
        """Words that end no post."""
        return words_of(self.open)

    @cached_property
    def own_sides(self) -> Phrases[str]:
        """Finds offices that one side alone has."""
        return Phrases({row: side for side, rows in self.sides.items() for row in rows})


@dataclass(frozen=True)
class People:
    """names.toml."""

    address: tuple[str, ...]
    ranks: tuple[str, ...]
    family: tuple[str, ...]
    chinese: tuple[str, ...]
    never: tuple[str, ...]

    @cached_property
    def addresses(self) -> Phrases[bool]:
        """Finds forms of address."""
        return phrases(self.address)

    @cached_property
    def rank_words(self) -> Phrases[bool]:
        """Finds ranks."""
        return phrases(self.ranks)

    @cached_property
    def families(self) -> frozenset[str]:
        """Family names."""
        return words_of(self.family)

    @cached_property
    def chinese_families(self) -> frozenset[str]:
        """Family names of Chinese alone."""
        return words_of(self.chinese)

    @cached_property
    def never_words(self) -> frozenset[str]:
        """Words that are in no name."""
        return words_of(self.never)


@dataclass(frozen=True)
class Locations:
    """places.toml."""

    narrow: tuple[str, ...]
    not_types: tuple[str, ...]
    gate: tuple[str, ...]
    local: tuple[str, ...]
    district: tuple[str, ...]
    city: tuple[str, ...]
    province: tuple[str, ...]
    at: tuple[str, ...]
    resident: tuple[str, ...]
    proper: tuple[str, ...]
    capitals: tuple[str, ...]
    firm: tuple[str, ...]
    inner: tuple[str, ...]
    never: tuple[str, ...]
    seats: tuple[str, ...]
    ways: tuple[str, ...]
    beside: tuple[str, ...]
    posts: tuple[str, ...]
    small: tuple[str, ...]
    objects: tuple[str, ...]
    home: tuple[str, ...]
    abroad: Mapping[str, tuple[str, ...]]

    @cached_property
    def types(self) -> Phrases[int]:
        """Finds types of places; the narrower the lower the number, and below 0 for what is none."""
        levels = (self.narrow, self.gate, self.local, self.district, self.city, self.province)
        known = {row: number for number, rows in enumerate(levels) for row in rows}
        return Phrases(known | dict.fromkeys(self.not_types, -1))

    @cached_property
    def before(self) -> Phrases[bool]:
        """Finds what stands before a place; the value says whether something happens there."""
        firm = words_of(self.firm)
        return Phrases({row: normal_words(row) in firm for row in (*self.at, *self.firm)})

    @cached_property
    def inner_words(self) -> Phrases[bool]:
        """Finds what stands within a chain of places."""
        return phrases(self.inner)

    @cached_property
    def proper_words(self) -> Phrases[bool]:
        """Finds places with a name in small letters."""
        return phrases(self.proper)

    @cached_property
    def seat_words(self) -> Phrases[bool]:
        """Finds whose house a place is that stands behind "tại"."""
        return phrases(self.seats)

    @cached_property
    def words(self) -> Mapping[str, frozenset[str]]:
        """The words of each list, by its key."""
        return {name: words_of(rows) for name, rows in vars(self).items() if isinstance(rows, tuple)}

    @cached_property
    def sides(self) -> Phrases[str]:
        """Finds places that the gazetteer does not have, and the country that they lie in."""
        abroad = {row: side for side, rows in self.abroad.items() for row in rows}
        return Phrases(dict.fromkeys(self.home, "VN") | abroad)


@dataclass(frozen=True)
class UnitWords:
    """Units in which one thing is counted."""

    what: str
    units: tuple[str, ...]
    clear: bool = False


@dataclass(frozen=True)
class Mixed:
    """Units in which several things are counted."""

    units: tuple[str, ...]


@dataclass(frozen=True)
class FigureWords:
    """Words around numbers."""

    drugs: tuple[str, ...]
    markers: tuple[str, ...]
    growth: tuple[str, ...]
    trade: tuple[str, ...]
    never_before: tuple[str, ...]
    never_after: tuple[str, ...]
    plan: tuple[str, ...]
    change: tuple[str, ...]
    period: tuple[str, ...]


@dataclass(frozen=True)
class Figures:
    """figures.toml."""

    factors: Mapping[str, int]
    numerals: Mapping[str, int]
    ones: Mapping[str, int]
    unit: tuple[UnitWords, ...]
    mixed: Mixed
    words: FigureWords

    @cached_property
    def units(self) -> Phrases[UnitWords]:
        """Finds units."""
        known = {row: entry for entry in self.unit for row in entry.units}
        return Phrases(known | dict.fromkeys(self.mixed.units, UnitWords("", self.mixed.units)))

    @cached_property
    def lists(self) -> Mapping[str, Phrases[bool]]:
        """Finds the words of each list, by its key."""
        return {name: phrases(rows) for name, rows in vars(self.words).items()}


@dataclass(frozen=True)
class Parties:
    """parties.toml."""

    bodies: tuple[str, ...]
    not_bodies: tuple[str, ...]
    sources: tuple[str, ...]
    nameless: tuple[str, ...]
    papers: tuple[str, ...]
    verbs: tuple[str, ...]

    @cached_property
    def no_heads(self) -> Phrases[bool]:
        """Finds what only begins or ends like an organisation."""
        return phrases(self.not_bodies)

    @cached_property
    def heads(self) -> Phrases[bool]:
        """Finds first words of organisations."""
        return phrases(self.bodies)

    @cached_property
    def nameless_words(self) -> frozenset[str]:
        """Heads that are nobody's name."""
        return words_of(self.nameless)

    @cached_property
    def paper_words(self) -> Phrases[bool]:
        """Finds papers."""
        return phrases(self.papers)

    @cached_property
    def verb_words(self) -> Phrases[bool]:
        """Finds what is done with papers."""
        return phrases(self.verbs)


@dataclass(frozen=True)
class Lexicon:
    """All that a person who knows borders may correct."""

    kinds: Kinds
    offices: Offices
    people: People
    locations: Locations
    figures: Figures
    parties: Parties

    @cached_property
    def before_names(self) -> frozenset[str]:
        """First words of what a name stands in: an office, a rank, a form of address, a family name."""
        rows = (self.offices.heads, self.offices.degree_words, self.people.rank_words, self.people.addresses)
        return frozenset().union(self.people.families, *(row.firsts for row in rows))

    @cached_property
    def before_places(self) -> frozenset[str]:
        """Words with which what stands before a place begins, or the place itself."""
        locations = self.locations
        rows = (locations.before, locations.inner_words, locations.types, locations.proper_words)
        return frozenset().union(*(row.firsts for row in rows))

    @classmethod
    @cache
    def load(cls) -> Lexicon:
        """Return the lexicon of the files beside this module.

        Raises:
            DeclarationError: a file is wrong: an unknown key, or a pattern that means nothing.
        """
        tables = {
            name: read_toml(FOLDER / f"{name}.toml")
            for name in ("kinds", "offices", "names", "places", "figures", "parties")
        }

        def path(name: str) -> Path:
            return FOLDER / f"{name}.toml"

        lexicon = cls(
            declare(Kinds, tables["kinds"], path("kinds")),
            declare(Offices, tables["offices"], path("offices")),
            declare(People, tables["names"], path("names")),
            declare(Locations, tables["places"], path("places")),
            declare(Figures, tables["figures"], path("figures")),
            declare(Parties, tables["parties"], path("parties")),
        )
        try:
            _ = lexicon.kinds.index
        except ValueError as error:
            raise DeclarationError(path("kinds"), "act", str(error)) from error
        return lexicon
