"""Invented articles in any number, their reprints, and other stories told from the same template.

A story is told by a small grammar (stories.toml) from two seeds: one for its words, one for its facts
(places, names, days, numbers). The same words with other facts are another story: a template twin.
Nothing here comes from a newspaper.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

from crawler.article import Article, Precision, Published
from crawler.topic.gazetteer import Gazetteer, Place
from crawler.topic.relevance import Evidence, Grade, MatchedTerm, Relevance

FIELDS = (
    "trade-customs", "border-management", "meetings", "crime", "defence", "transport", "tourism",
    "labour-people", "health-environment", "zones",
)  # fmt: skip
FIRST_DAY = datetime(2023, 1, 1, tzinfo=UTC)
DAY_COUNT = 3 * 365
STOCK_SHARE = 0.12
"""How many paragraphs end with a sentence that every paper writes."""

T = TypeVar("T")


class Paper(NamedTuple):
    """An invented newspaper."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Story:
    """One article as one paper prints it.

    Args:
        slug: names it within the paper.
        event: stories of one event are the same story; copies keep it.
        paragraphs: the first is the lead.
        place_ids: of the gazetteer.
    """

    slug: str
    event: str
    paper: Paper
    title: str
    paragraphs: tuple[str, ...]
    captions: tuple[str, ...]
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    published: datetime
    country: str
    place_ids: tuple[str, ...]
    field: str
    score: int

    @property
    def source_id(self) -> str:
        return self.paper.id

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)

    def article(self) -> Article:
        """Return it as the program would have read it."""
        precision = Precision.DAY if self.score % 10 == 0 else Precision.MINUTE
        return Article(
            url=f"https://{self.paper.id}.example/{self.published:%Y/%m}/{self.slug}.html",
            title=self.title,
            text=self.text,
            lead=self.paragraphs[0],
            captions=self.captions,
            authors=self.authors,
            section="Biên giới" if self.score % 3 else "Kinh tế",
            tags=self.tags,
            published=Published.from_datetime(self.published, precision),
        )

    def relevance(self) -> Relevance:
        """Return a verdict as the topic would give it."""
        terms = (MatchedTerm("gate", "title", 2.5), MatchedTerm("cooperate", "text", 1.0))
        evidence = tuple(Evidence(id_, self.paragraphs[0]) for id_ in (self.country, *self.place_ids))
        return Relevance(
            score=self.score,
            grade=Grade.CORE if self.score >= 60 else Grade.RELATED,
            terms=terms,
            countries=(self.country,),
            places=self.place_ids,
            fields=(self.field,),
            evidence=evidence,
        )


def stories(count: int, seed: int = 0) -> Iterator[Story]:
    """Yield `count` different stories; the same ones for the same seed."""
    base = seed << 32
    for number in range(count):
        yield tell(str(number), base + number)


def twins(story: Story, number: int) -> Iterator[tuple[str, Story]]:
    """Yield (how, another event in the words of `story`), which `tell` made with seed `number`."""
    elsewhere, later = number + (1 << 62), number + (1 << 61)
    yield "elsewhere", tell(f"{story.slug}-elsewhere", number, facts=elsewhere)
    yield "later", tell(f"{story.slug}-later", number, facts=number, numbers=later)


def tell(slug: str, words: int, facts: int | None = None, numbers: int | None = None) -> Story:
    """Return the story of three seeds.

    Args:
        words: how it is told.
        facts: the places and people; as `words` when None.
        numbers: the days and numbers; as `facts` when None.
    """
    facts = words if facts is None else facts
    numbers = facts if numbers is None else numbers
    return _Telling(words, facts, numbers).story(slug)


class _Telling:
    """One story while it is told."""

    def __init__(self, words: int, facts: int, numbers: int) -> None:
        self._rules, self._names, self._papers, home, gates, abroad = material()
        self._random = Random(words).random
        self._facts = Random(facts ^ 0x5EED).random
        self._numbers = Random(numbers ^ 0xDA7E).random
        self._event = f"{facts}-{numbers}"
        self.gate: Place = self._fact(gates)
        self._country = self.gate.countries[0]
        self.province: Place = self._fact(home[self._country])
        self.neighbour: Place = self._fact(abroad[self._country])
        name = self._name
        self.villages: list[str] = [name("village_front", "village_back") for _ in range(3)]
        self.people: list[str] = [name("family_name", "middle_name", "given_name") for _ in range(4)]
        self.rivers: list[str] = [name("river") for _ in range(2)]
        self.published = FIRST_DAY + timedelta(minutes=int(self._numbers() * DAY_COUNT * 24 * 60))
        self.crossing: str = self.one(["cửa khẩu", "lối mở", "lối thông quan", "cặp chợ"])
        goods = self._names["goods"]  # the first ones are in every other story, the last ones rare
        self.goods: list[str] = [goods[int(len(goods) * self._random() ** 2)] for _ in range(3)]

    def _fact(self, options: list[T]) -> T:
        return options[int(len(options) * self._facts())]

    def _name(self, *lists: str) -> str:
        return " ".join(self._fact(self._names[one]) for one in lists)

    def story(self, slug: str) -> Story:
        title = self._say("title")
        paragraphs = [self._say("lead")]
        missing = 225 + 225 * self._random()
        while missing > 0:
            sentences = [self._say("sentence") for _ in range(2 + int(3 * self._random()))]
            if self._random() < STOCK_SHARE:
                sentences.append(self._say("stock"))
            paragraphs.append(" ".join(sentences))
            missing -= paragraphs[-1].count(" ") + 1
        return Story(
            slug=slug,
            event=self._event,
            paper=self.one(self._papers),
            title=title,
            paragraphs=tuple(paragraphs),
            captions=(self._say("caption"),),
            authors=(self.people[3],),
            tags=(f"{self.crossing} {self.gate.name}", self.goods[0], self.province.name),
            published=self.published,
            country=self._country,
            place_ids=(self.gate.id, self.province.id, self.neighbour.id),
            field=FIELDS[int(len(FIELDS) * self._random() ** 2)],
            score=30 + int(70 * self._random()),
        )

    def _say(self, name: str) -> str:
        said: list[str] = []
        self._append(said, self._rules[name])
        text = "".join(said)
        return text[:1].upper() + text[1:]

    def _append(self, said: list[str], rule: _Rule) -> None:
        for part in rule[int(len(rule) * self._random())]:
            if isinstance(part, str):
                said.append(part)
            elif isinstance(part, _Rule):
                self._append(said, part)
            elif isinstance(part, _Capital):
                said.append(self._say(part.name))
            else:
                said.append(part(self))

    def one(self, options: list[T]) -> T:
        return options[int(len(options) * self._random())]

    def number(self, low: int, high: int) -> int:
        return low + int((high - low) * self._numbers())

    def day(self, days_before: float = 0) -> str:
        day = self.published - timedelta(days=int(days_before))
        return f"{day.day}/{day.month}"


# A story names the same few places and people over and over; its numbers are new each time.
_FACTS: dict[str, Callable[[_Telling], str]] = {
    "gate": lambda told: told.gate.name,
    "crossing": lambda told: f"{told.crossing} {told.gate.name}",
    "home": lambda told: f"tỉnh {told.province.name}",
    "home_short": lambda told: told.province.name,
    "abroad": lambda told: told.neighbour.name,
    "village": lambda told: told.one(told.villages),
    "person": lambda told: told.one(told.people),
    "river": lambda told: told.one(told.rivers),
    "goods": lambda told: told.one(told.goods),
    "goods_cap": lambda told: told.one(told.goods).capitalize(),
    "day": lambda told: f"{told.one(['Ngày', 'Sáng', 'Chiều', 'Tối'])} {told.day()}",
    "day_plain": lambda told: f"ngày {told.day()}",
    "day_lower": lambda told: f"ngày {told.day(told.number(0, 30))}",
    "month": lambda told: str(told.number(1, 13)),
    "year": lambda told: str(told.number(2019, 2027)),
    "n2": lambda told: str(told.number(2, 99)),
    "n3": lambda told: str(told.number(100, 999)),
    "n4": lambda told: f"{told.number(1, 99)}.{told.number(100, 999)}",
    "pct": lambda told: f"{told.number(1, 98)},{told.number(1, 9)}",
}


class _Rule(list[list[Any]]):
    """The ways to say something: each a row of texts, facts, and rules for the rest."""


@dataclass(frozen=True, slots=True)
class _Capital:
    """A rule at the start of a sentence."""

    name: str


class Material(NamedTuple):
    rules: dict[str, _Rule]
    names: dict[str, list[str]]
    papers: list[Paper]
    home: dict[str, list[Place]]
    gates: list[Place]
    abroad: dict[str, list[Place]]


@cache
def material() -> Material:
    lists = tomllib.loads((Path(__file__).parent / "stories.toml").read_text(encoding="utf-8"))
    papers = [Paper(**paper) for paper in lists.pop("paper")]
    rules = {name: _Rule() for name in lists}
    for name, options in lists.items():
        rules[name].extend(_option(text, rules) for text in options)
    places = Gazetteer.load().places.values()

    def by_country(*kinds: str) -> dict[str, list[Place]]:
        return {
            country: [one for one in places if one.kind in kinds and country in one.countries]
            for country in ("CN", "LA", "KH")
        }

    gates = [one for one in places if one.kind == "gate" and one.countries]
    abroad = by_country("abroad-province", "abroad-city")
    return Material(rules, lists, papers, by_country("province"), gates, abroad)


def _option(text: str, rules: dict[str, _Rule]) -> list[Any]:
    """Return literal texts and, for every ``{name}`` between them, the fact or rule of that name."""
    parts: list[Any] = re.split(r"\{(\w+)\}", text)
    for index in range(1, len(parts), 2):
        name = parts[index]
        if name in _FACTS:
            parts[index] = _FACTS[name]
        else:
            parts[index] = _Capital(name.removesuffix("_cap")) if name.endswith("_cap") else rules[name]
    return [part for part in parts if part != ""]
