"""Where an event takes place: chains of places behind "tại", and the gates and works that it is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.events.event import Place
from crawler.events.landscape import Landscape, Named
from crawler.events.lexicon import Lexicon
from crawler.events.prose import Prose, is_syllable
from crawler.topic.phrase import STOP

MAX_PLACES = 4
MAX_ASIDE_WORDS = 12
"""Words within a chain of places that are none: "tại Km 32, trên quốc lộ 13 thuộc bản Na Lầu"."""
NARROW, GATE, LOCAL, DISTRICT, CITY, PROVINCE = range(6)
"""Types of places, the narrower the lower (places.toml)."""
_LINKS = frozenset((", ", " (", ", (", " - ", " – ", "-", "–", ") ", "), ", " "))
_LINKING = frozenset(("và", "thuộc", "tại", "khu", "vực", "đoạn", "ở", "với"))
_NAME_ENDS = frozenset(("i", "ii", "1", "2", "quan"))
MAX_SHORT_CHARS = 2
"""Letters of an abbreviated type: "TP.", "H."."""
MAX_SMALL_WORDS = 4
"""Words in small letters within the name of a place, behind its type."""
_PAIR = frozenset((" - ", " – ", "-", "–", " — "))


@dataclass(frozen=True, slots=True)
class Spot:
    """A place as it is written.

    Args:
        first, end: its words, with its type where it has one.
        level: `NARROW` to `PROVINCE`.
        name: the first word of its name.
        is_where: something happens there: it stands behind "tại", or in a chain that does.
        named: the place of the gazetteer that it is.
    """

    first: int
    end: int
    level: int
    name: int
    is_where: bool
    named: Named | None = None


class PlaceReader:
    """Finds the spots of an article."""

    def __init__(self, prose: Prose, land: Landscape, lexicon: Lexicon) -> None:
        self._prose, self._land, self._lexicon = prose, land, lexicon
        self._words, self._gaps, self._capitals = prose.words, prose.gaps, prose.capitals
        self._known: dict[tuple[int, int], list[list[Spot]]] = {}

    def chains(self, first: int, end: int) -> list[list[Spot]]:
        """Return the spots between two words in the order of the text, those of one chain together."""
        found = self._known.get((first, end))
        if found is None:
            found = self._known[first, end] = []
            for spot, goes_on in self._read(first, end):
                if goes_on and found:
                    found[-1].append(spot)
                else:
                    found.append([spot])
        return found

    def place(self, spot: Spot) -> Place:
        """Return a spot as a slot of an event."""
        first = spot.name if spot.level == PROVINCE else spot.first
        entry = spot.named.entry if spot.named else None
        return Place(
            self._prose.text(first, spot.end), self._prose.span(first, spot.end), entry.id if entry else None
        )

    def _read(self, at: int, end: int) -> Iterator[tuple[Spot, bool]]:
        """Yield the spots, and whether they go on with the chain of the one before."""
        locations, words = self._lexicon.locations, self._words
        is_where, chain_end, in_chain, was_firm, open_at, is_object = False, -1, False, False, -1, False
        is_seat = False
        while at < end:
            if words[at] not in self._lexicon.before_places and not (
                at in self._land.named or words[at] == STOP or (is_where and self._capitals[at])
            ):
                at += 1
                continue
            if words[at] == STOP:
                is_where, in_chain, was_firm, open_at, at = False, False, False, -1, at + 1
                continue
            inner = locations.inner_words.at(words, at)
            if inner and inner[0] < end:
                is_beside = is_object and at == chain_end and self._gaps[at].isspace()
                in_chain = in_chain and (is_beside or (is_where and at - chain_end <= MAX_ASIDE_WORDS))
                is_where = is_where or was_firm
                at = chain_end = inner[0]
                continue
            before = locations.before.at(words, at)
            if before and before[0] < end:
                lives = any(word in locations.words["resident"] for word in words[max(0, at - 1) : at])
                if not (in_chain and self._links(chain_end, at)):
                    is_where, in_chain = (before[1] or self._is_open(open_at, at)) and not lives, False
                    was_firm = was_firm or is_where
                    open_at = at if is_where else -1
                    is_seat = is_where and locations.seat_words.at(words, before[0]) is not None
                at = chain_end = before[0]
                continue
            country = self._land.named.get(at)
            if country and self._land.is_country(country):
                chain_end = country.end if self._links(chain_end, at) else chain_end
                at = country.end
                if self._prose.is_tight(at):
                    # Whoever stands there is named after his office: "Đại sứ Việt Nam tại Lào Trần Văn Hai".
                    is_where = False
                continue
            goes_on = self._links(chain_end, at)
            is_led_to = self._is_open(open_at, at) and (is_seat or self._is_led_to(open_at, at))
            if is_led_to and not goes_on and self._is_told(at):
                # "tại Bộ Chỉ huy Quân sự tỉnh Salavan", "tại thực địa cửa khẩu ...": it is there.
                goes_on, is_where, in_chain = True, True, False
            none = locations.types.at(words, at)
            if none and none[1] < 0:
                at = none[0]
                continue
            spot = self._spot(at, end, is_where=is_where and goes_on)
            if spot is None:
                kind = locations.types.at(words, at)
                if kind and goes_on and words[kind[0]].isdecimal():
                    chain_end = kind[0] + 1
                at += 1
                continue
            if (
                in_chain
                and goes_on
                and "," in self._gaps[at]
                and words[spot.first] in locations.words["posts"]
            ):
                at = chain_end = spot.end
                is_where, in_chain = False, False
                continue
            if self._is_by_another(spot.first):
                at = chain_end = spot.end
                is_where, in_chain = False, False
                continue
            yield spot, in_chain and goes_on
            at = chain_end = spot.end
            is_where, in_chain, open_at, is_object = spot.is_where, True, -1, spot.level <= GATE
            is_seat = False

    def _is_by_another(self, at: int) -> bool:
        """Whether words in front of a place say that another lies beside it: "giáp", "đối diện với"."""
        known = self._lexicon.locations.words["beside"]
        return any(" ".join(self._words[max(0, at - count) : at]) in known for count in (1, 2, 3))

    def _is_led_to(self, open_at: int, at: int) -> bool:
        """Whether only small letters, and no word that ends a phrase, stand between "tại" and a place."""
        ends = self._lexicon.locations.words["small"]
        between = range(open_at + 1, at)
        return not any(self._capitals[one] or self._words[one] in ends for one in between)

    def _is_told(self, at: int) -> bool:
        """Whether a place begins that its type or the gazetteer tells."""
        return at in self._land.named or self._lexicon.locations.types.at(self._words, at) is not None

    def _is_open(self, open_at: int, at: int) -> bool:
        """Whether no place was named since a "tại" before a word, and no comma stands between."""
        return (
            open_at >= 0
            and at - open_at <= MAX_ASIDE_WORDS
            and not any("," in gap for gap in self._gaps[open_at + 1 : at + 1])
        )

    def _links(self, chain_end: int, at: int) -> bool:
        """Whether a word goes on with a chain of places that ended before another."""
        if chain_end < 0:
            return False
        if at == chain_end:
            return self._gaps[at] in _LINKS or self._gaps[at].isspace()
        return at - chain_end <= 3 and all(word in _LINKING for word in self._words[chain_end:at])

    def _spot(self, at: int, end: int, *, is_where: bool) -> Spot | None:
        proper = self._lexicon.locations.proper_words.at(self._words, at)
        if proper and proper[0] <= end:
            return Spot(at, proper[0], NARROW, at, is_where)
        kind = self._lexicon.locations.types.at(self._words, at)
        level, name = None, at
        while kind and kind[0] < end and self._is_beside(kind[0]):
            level = kind[1] if level is None else min(level, kind[1])
            name = kind[0]
            kind = self._lexicon.locations.types.at(self._words, name)
            if kind and self._capitals[name] and not self._capitals[at] and kind[1] >= LOCAL:
                break
            if kind and level == NARROW and (kind[1] == GATE or self._is_middle(at, name)):
                at, level = name, None
        if "mốc" in self._words[at:name] and name + 1 < end:
            number = name + (self._words[name] == "số")
            if self._words[number].isdecimal():
                return Spot(at, number + 1, NARROW, name, is_where)
        # The gazetteer's name may have its type in it: "TP Móng Cái".
        named = self._land.named.get(name) or self._land.named.get(at)
        if named and name < named.end <= end:
            return self._of_named(at, name, level, named, end, is_where=is_where)
        if level in (NARROW, GATE) and is_where:
            name = self._capital_from(name, end)
        if not self._capitals[name] or (level is None and not is_where):
            return None
        stop = self._run(name, end, offices=level == NARROW)
        if level is None and not self._is_name(name, stop):
            return None
        if self._is_never(name, stop):
            return None
        return Spot(at, stop, LOCAL if level is None else level, name, is_where)

    def _is_middle(self, at: int, name: int) -> bool:
        """Whether words only say that it is the middle of a place: "trung tâm huyện"."""
        return self._words[at:name] == ("trung", "tâm") and not self._capitals[at]

    def _capital_from(self, name: int, end: int) -> int:
        """Return where the capitals of a name begin: "nghĩa trang liệt sĩ [quốc gia] Nầm"."""
        at = name
        while at < min(end, name + MAX_SMALL_WORDS) and not self._capitals[at] and self._is_plain(at):
            at += 1
        return at if at < end and self._capitals[at] and self._prose.is_tight(at) else name

    def _is_plain(self, at: int) -> bool:
        word = self._words[at]
        is_small = word in self._lexicon.locations.words["small"]
        return self._prose.is_tight(at) and not (is_small or word.isdecimal())

    def _is_never(self, first: int, end: int) -> bool:
        return " ".join(self._words[first:end]) in self._lexicon.locations.words["never"]

    def _is_name(self, first: int, end: int) -> bool:
        """Whether capitals without a type can be a place's name: no abbreviation, no common noun."""
        words = self._words
        start, stop = self._prose.spans[first]
        if end - first > 4 or words[first] in self._lexicon.people.never_words:
            return False
        if end - first == 1:
            return not (self._prose.source[start:stop].isupper() or is_syllable(words[first]))
        return True

    def _is_beside(self, at: int) -> bool:
        """Whether a word follows its type: a space, or the full stop of an abbreviation, stands between."""
        return self._prose.is_tight(at) or (
            self._gaps[at] in (".", ". ") and len(self._words[at - 1]) <= MAX_SHORT_CHARS
        )

    def _of_named(
        self, at: int, name: int, level: int | None, named: Named, end: int, *, is_where: bool
    ) -> Spot | None:
        if self._land.is_country(named) or self._is_never(named.first, named.end):
            return None
        stop = named.end
        if level in (NARROW, GATE):
            stop = self._pair_end(stop, end)
        if level is None:
            kind = named.entry.kind if named.entry else "province"
            level = {
                "gate": GATE,
                "landmark": NARROW,
                "district": DISTRICT,
                "abroad-city": CITY,
                "country": CITY,
            }.get(kind, PROVINCE)
        return Spot(at, stop, level, name, is_where, named)

    def _pair_end(self, stop: int, end: int) -> int:
        """Return the word behind the other half of a pair of gates or the number of a bridge."""
        while stop < end:
            if self._gaps[stop] in _PAIR and self._capitals[stop]:
                other = self._land.named.get(stop)
                stop = other.end if other else self._run(stop, end)
            elif self._prose.is_tight(stop) and self._words[stop] in _NAME_ENDS:
                stop += 1
            else:
                break
        return stop

    def _run(self, at: int, end: int, *, offices: bool = False) -> int:
        """Return the word behind a proper name: capitals and numbers in a row, and the other half of a pair.

        Args:
            offices: small words of offices belong to it, as in "trụ sở Chính phủ".
        """
        start, realm = at, self._lexicon.offices.realm_words - self._lexicon.offices.open_words
        while at < end and (
            self._capitals[at]
            or (at > start and self._gaps[at] == "-")
            or (at > start and self._words[at].isdecimal())
            or (offices and at > start and self._words[at] in realm)
        ):
            at += 1
            is_short = self._gaps[at] == "." and len(self._words[at - 1]) <= MAX_SHORT_CHARS
            if not (self._prose.is_tight(at) or self._gaps[at] == "-" or is_short):
                break
        return self._pair_end(at, end)
