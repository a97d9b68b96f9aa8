"""What the gazetteer says of one place, and where a text names it."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.declaration import unknown

KINDS = ("province", "gate", "district", "landmark", "abroad-province", "abroad-city", "country")
RULES = ("free", "near", "adjacent")
ABROAD = ("abroad-province", "abroad-city", "country")


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
            (crawler/topic/transcription.py).
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
