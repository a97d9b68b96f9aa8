"""Invented events and what papers make of them: 400 acts with two to five reports each, and 200 near twins.

Every name of a person is invented; places are those of the gazetteer. Deterministic.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

from crawler.events.event import (
    Agreement,
    Body,
    Event,
    EventKind,
    EventStatus,
    Figure,
    NamedObject,
    Part,
    Person,
    Place,
    Span,
)
from crawler.events.profile import gazetteer, joining_data
from crawler.events.report import Report

EVENT_COUNT = 400
TWIN_COUNT = 200
FIRST_DAY = date(2021, 1, 4)
DAYS = 1400

HERE = Span(Part.TEXT, 0, 1)

NAMES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_BODIES = (
    ("Ủy ban nhân dân tỉnh {}", "UBND tỉnh {}", "UBND {}"),
    ("Bộ Chỉ huy Bộ đội Biên phòng tỉnh {}", "BĐBP tỉnh {}", "Bộ đội biên phòng {}"),
    ("Công an tỉnh {}", "Công an {}"),
    ("Cục Hải quan tỉnh {}", "Hải quan {}"),
    ("Sở Ngoại vụ tỉnh {}", "Sở Ngoại vụ {}"),
    ("Sở Công Thương tỉnh {}", "Sở Công thương {}"),
)
_KINDS = tuple(
    kind for kind in EventKind if kind not in (EventKind.EXERCISE, EventKind.DEMARCATION, EventKind.OTHER)
)


@dataclass(frozen=True)
class Act:
    """What truly happened."""

    event: Event
    day: date


class Inventor:
    """Makes acts and their reports out of one stream of random numbers."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        places = gazetteer().places.values()
        self.gates = [one for one in places if one.kind == "gate" and one.province and one.neighbour]
        names = [f"{a} {b} {c}" for a in NAMES["surnames"] for b in NAMES["middle"] for c in NAMES["given"]]
        self.random.shuffle(names)
        self.hosts = {
            province: [(names.pop(), post) for post in NAMES["posts"]["hosts"]]
            for province in sorted({gate.province for gate in self.gates if gate.province})
        }
        across = sorted({(gate.neighbour, gate.countries[0]) for gate in self.gates if gate.neighbour})
        self.guests = {
            id_: [
                (name, post)
                for name, post in zip(self._foreign(country), NAMES["posts"]["guests"], strict=False)
            ]
            for id_, country in across
        }
        self.article_count = 0

    def _foreign(self, country: str) -> list[str]:
        return self.random.sample(NAMES["guests"][country], 3)

    def act(self) -> Act:
        """An act at a gate, between those who hold the posts on both sides."""
        random = self.random
        gate = random.choice(self.gates)
        assert gate.province
        assert gate.neighbour
        country = gate.countries[0]
        known = gazetteer().places
        kind = random.choice(_KINDS)
        day = FIRST_DAY + timedelta(days=random.randrange(DAYS))
        people = [
            Person(name, f"{post} {known[gate.province].name}", "VN", (HERE,))
            for name, post in random.sample(self.hosts[gate.province], random.randint(1, 2))
        ]
        people += [
            Person(name, f"{post} {known[gate.neighbour].name}", country, (HERE,))
            for name, post in random.sample(self.guests[gate.neighbour], random.randint(1, 2))
        ]
        if kind in (EventKind.OPERATION, EventKind.TRADE) and random.random() < 0.6:
            people = []
        bodies = [
            Body(forms[0].format(known[gate.province].name), "VN", HERE)
            for forms in random.sample(_BODIES, random.randint(1, 2))
        ]
        figures = [
            Figure("people", random.randint(12, 90), "đại biểu", HERE),
            Figure("goods", random.randint(100, 9000), "tấn", HERE),
        ][: random.randint(0, 2)]
        agreements = (
            [Agreement(f"Biên bản ghi nhớ số {random.randint(1, 999)} về phối hợp quản lý {gate.name}", HERE)]
            if kind is EventKind.AGREEMENT
            else []
        )
        objects = ()
        if kind is EventKind.INFRASTRUCTURE:
            objects = (NamedObject(f"cầu {gate.name} II", f"bridge:{gate.id} 2", HERE),)
        end = (day + timedelta(days=random.randint(1, 3))).isoformat() if random.random() < 0.1 else None
        return Act(
            Event(
                kind,
                EventStatus.HELD,
                HERE,
                day.isoformat(),
                end,
                None,
                (country,),
                (
                    Place(f"cửa khẩu {gate.name}", HERE, gate.id),
                    Place(known[gate.province].name, HERE, gate.province),
                    Place(known[gate.neighbour].name, HERE, gate.neighbour),
                ),
                tuple(people),
                tuple(bodies),
                tuple(agreements),
                tuple(figures),
                objects,
            ),
            day,
        )

    def reports(self, act: Act, count: int) -> list[Report]:
        """What so many papers print of an act, some of them copying the first."""
        own = self._sketch()
        found = []
        for number in range(count):
            is_copy = bool(number) and self.random.random() < 0.25
            keys = (*own[:40], *self._sketch()[:8]) if is_copy else own if not number else self._sketch()
            published = act.day + timedelta(days=self.random.choice((0, 0, 1, 1, 2, 3)))
            self.article_count += 1
            event = self._told(act, published)
            found.append(Report(self.article_count, self.article_count, 0, event, published, keys))
        return found

    def _sketch(self) -> tuple[bytes, ...]:
        return tuple(self.random.randbytes(6) for _ in range(48))

    def _told(self, act: Act, published: date) -> Event:
        """The act as one paper tells it: something left out, something spelt or counted otherwise."""
        random, event = self.random, act.event
        kind = event.kind
        if random.random() < 0.2:
            kind = EventKind(random.choice(sorted(joining_data().kinds[kind.value])))
        chance = random.random()
        day, end = event.date, event.date_end
        if chance < 0.06:
            day, end = (act.day + timedelta(days=random.choice((-1, 1)))).isoformat(), None
        elif chance < 0.11 and (published - act.day).days <= 3:
            day, end = None, None
        places = list(event.places)
        if (left_out := random.random()) < 0.15:
            places = places[1:2]  # the province alone
        elif left_out < 0.5:
            places = places[:2]
        people = [self._named(one) for one in event.people if random.random() < 0.75]
        bodies = [self._called(one) for one in event.bodies if random.random() < 0.8]
        figures = [
            replace(one, value=one.value + random.randint(1, 5)) if random.random() < 0.3 else one
            for one in event.figures
            if random.random() < 0.8
        ]
        return replace(
            event, kind=kind, date=day, date_end=end, places=tuple(places), people=tuple(people),
            bodies=tuple(bodies), figures=tuple(figures),
            agreements=tuple(one for one in event.agreements if random.random() < 0.8),
        )  # fmt: skip

    def _named(self, person: Person) -> Person:
        spellings = person.name.split("|")
        post = person.post if self.random.random() < 0.8 else None
        return replace(person, name=self.random.choice(spellings), post=post)

    def _called(self, body: Body) -> Body:
        for forms in _BODIES:
            head, _, _ = forms[0].partition("{}")
            if body.name.startswith(head):
                return replace(body, name=self.random.choice(forms).format(body.name.removeprefix(head)))
        return body

    def twin(self, act: Act) -> Act:
        """Another act that looks much like one."""
        random = self.random
        match random.randrange(7):
            case 0:  # the same people at the same gate, a year later
                return self._on(act, timedelta(days=random.choice((364, 365, 366))))
            case 1:  # two days later
                return self._on(act, timedelta(days=random.choice((2, 3, 7))))
            case 2 | 3:  # on the same day at another gate of the province
                return self._elsewhere(act)
            case 4:  # on the same day at the same gate, an act of another sort with other people
                return self._otherwise(act)
            case 5:  # the same hosts, with guests of another neighbour
                return self._with_others(act)
            case _:  # the next month, and the same day of it
                return self._on(act, timedelta(days=random.choice((28, 30, 31))))

    def _on(self, act: Act, later: timedelta) -> Act:
        day = act.day + later
        return Act(replace(act.event, date=day.isoformat(), date_end=None), day)

    def _elsewhere(self, act: Act) -> Act:
        here = act.event.places[0].id
        province = act.event.places[1].id
        others = [gate for gate in self.gates if gate.province == province and gate.id != here]
        if not others:
            return self._on(act, timedelta(days=9))
        gate = self.random.choice(others)
        places = (Place(f"cửa khẩu {gate.name}", HERE, gate.id), *act.event.places[1:])
        bodies, people = self._own_bodies(gate.province), self._own_people(act)
        event = replace(act.event, places=places, objects=(), date_end=None, bodies=bodies, people=people)
        return Act(event, act.day)

    def _own_people(self, act: Act) -> tuple[Person, ...]:
        """Others than those of the act, in the same posts' offices."""
        taken = {one.name for one in act.event.people}
        province, neighbour = act.event.places[1].id, act.event.places[2].id
        assert province
        assert neighbour
        hosts = [one for one in self.hosts[province] if one[0] not in taken]
        guests = [one for one in self.guests[neighbour] if one[0] not in taken]
        country = act.event.countries[0]
        return (
            *(Person(name, post, "VN", (HERE,)) for name, post in hosts[:1]),
            *(Person(name, post, country, (HERE,)) for name, post in guests[:1]),
        )

    def _own_bodies(self, province: str | None) -> tuple[Body, ...]:
        name = gazetteer().places[province or ""].name
        return tuple(Body(forms[0].format(name), "VN", HERE) for forms in self.random.sample(_BODIES, 1))

    def _otherwise(self, act: Act) -> Act:
        mixing = joining_data().kinds[act.event.kind.value]
        kind = self.random.choice([one for one in _KINDS if one.value not in mixing])
        event = replace(act.event, kind=kind, people=self._own_people(act), date_end=None)
        return Act(replace(event, figures=(), objects=(), agreements=()), act.day)

    def _with_others(self, act: Act) -> Act:
        country = self.random.choice([one for one in ("CN", "LA", "KH") if one not in act.event.countries])
        people = [one for one in act.event.people if one.side == "VN"]
        people += [Person(name, None, country, (HERE,)) for name in self._foreign(country)[:1]]
        event = replace(
            act.event, countries=(country,), people=tuple(people), places=act.event.places[1:2], objects=(),
            figures=(), date_end=None,
        )  # fmt: skip
        return Act(event, act.day)


def invented(seed: int = 19) -> Sequence[Sequence[Report]]:
    """The reports of each act: first those of the events, then those of their twins."""
    return tuple(_invented(Inventor(seed)))


def _invented(inventor: Inventor) -> Iterator[list[Report]]:
    acts = [inventor.act() for _ in range(EVENT_COUNT)]
    for act in acts:
        yield inventor.reports(act, inventor.random.randint(2, 5))
    for act in inventor.random.sample(acts, TWIN_COUNT):
        yield inventor.reports(inventor.twin(act), inventor.random.randint(1, 3))
