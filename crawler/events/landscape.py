"""On which side of the border lies what an article names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from crawler.events.lexicon import Lexicon
from crawler.events.prose import Prose
from crawler.topic.gazetteer import Gazetteer
from crawler.topic.names import Place as Entry

HOME = "VN"
NEIGHBOURS = ("CN", "LA", "KH")
_DASHES = ("-", "–")
_IN_ROW = ("việt", "lào")
"""Short names of countries beside which Trung is one, too."""
_BESIDE_VIET = frozenset(("trung", "lào", "miên"))
_ACROSS = ("country", "abroad-province", "abroad-city")


@dataclass(frozen=True, slots=True)
class Named:
    """A place that the article names.

    Args:
        first, end: its words.
        side: the country that it lies in.
        entry: of the gazetteer; None for one that lies off the border.
    """

    first: int
    end: int
    side: str
    entry: Entry | None = None


@cache
def gazetteer() -> Gazetteer:
    """Return the built-in gazetteer, loaded once."""
    return Gazetteer.load()


class Landscape:
    """The places of an article.

    Args:
        lexicon: with the places that the gazetteer does not have.
    """

    def __init__(self, prose: Prose, lexicon: Lexicon) -> None:
        self._prose, self._lexicon = prose, lexicon

    @cached_property
    def named(self) -> dict[int, Named]:
        """The places, by the number of their first word; none within another."""
        found: dict[int, Named] = {}
        covered: set[int] = set()
        for one in self._all():
            if covered.isdisjoint(range(one.first, one.end)):
                covered.update(range(one.first, one.end))
                found[one.first] = one
        return found

    def _all(self) -> Iterator[Named]:
        prose = self._prose
        for mention in gazetteer().find(prose.reading):
            first = prose.word_of_reading(mention.start)
            end = prose.word_of_reading(mention.end - 1) + 1
            entry = mention.place
            side = entry.countries[0] if entry.kind in _ACROSS else HOME
            yield Named(first, end, side, entry)
        words, capitals = prose.words, prose.capitals
        for first, end, side in self._lexicon.locations.sides.find(words, 0, len(words)):
            if capitals[first] and (end - first > 1 or not self._is_in_name(first)):
                yield Named(first, end, side)
        for at, word in enumerate(words[:-1]):
            if word == "việt" and words[at + 1] == "nam" and capitals[at] and prose.is_tight(at + 1):
                yield Named(at, at + 2, HOME)
            elif word == "trung" and capitals[at] and self._is_in_row(at):
                yield Named(at, at + 1, "CN")

    @cached_property
    def has_viet_in_row(self) -> bool:
        """Whether Viet Nam is named in short beside others: "ba nước Việt - Lào - Trung"."""
        words, gaps = self._prose.words, self._prose.gaps
        return any(
            "việt" in (words[at - 1], word) and {words[at - 1], word} & _BESIDE_VIET
            for at, word in enumerate(words)
            if at and gaps[at].strip() in _DASHES
        )

    def _is_in_row(self, at: int) -> bool:
        """Whether a short name stands in a row of countries: "Việt - Lào - Trung", "Trung-Việt"."""
        words, gaps = self._prose.words, self._prose.gaps
        before = at > 0 and gaps[at].strip() in _DASHES and words[at - 1] in _IN_ROW
        return before or (
            at + 1 < len(words) and gaps[at + 1].strip() in _DASHES and words[at + 1] in _IN_ROW
        )

    def _is_in_name(self, at: int) -> bool:
        """Whether a capital stands right beside a word, as in the names of people and places."""
        prose = self._prose
        before = at > 0 and prose.is_tight(at) and prose.capitals[at - 1]
        return before or (prose.is_tight(at + 1) and prose.capitals[at + 1])

    @cached_property
    def order(self) -> tuple[Named, ...]:
        """The places in the order of the text."""
        return tuple(sorted(self.named.values(), key=lambda one: one.first))

    def within(self, first: int, end: int) -> Iterator[Named]:
        """Yield the places between two words."""
        named = self.named
        return (named[at] for at in range(first, end) if at in named)

    def side(self, first: int, end: int) -> str | None:
        """Return the side of what is written between two words; None where nothing tells it.

        The first country named decides ("Đại sứ Lào tại Việt Nam"), else what one side alone has, else
        the first place.
        """
        places = list(self.within(first, end))
        countries = [one for one in places if self.is_country(one)]
        if countries:
            return countries[0].side
        own = next(self._lexicon.offices.own_sides.find(self._prose.words, first, end), None)
        if own:
            return own[2]
        across = next((one for one in places if one.side != HOME), None)
        if across:
            return across.side
        return places[0].side if places else None

    def is_country(self, one: Named) -> bool:
        """Whether a place is a country."""
        if one.entry:
            return one.entry.kind == "country" and not self.is_capital(one)
        if one.side not in (HOME, *NEIGHBOURS):
            return True
        return one.side == HOME and self._prose.words[one.first : one.end] == ("việt", "nam")

    def is_capital(self, one: Named) -> bool:
        """Whether a place is the capital of a neighbour."""
        return " ".join(self._prose.words[one.first : one.end]) in self._lexicon.locations.words["capitals"]

    def neighbours(self, first: int, end: int) -> set[str]:
        """Return the neighbours that are named between two words, by themselves or by a place there."""
        return {one.side for one in self.within(first, end) if one.side in NEIGHBOURS}
