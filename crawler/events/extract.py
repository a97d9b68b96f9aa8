"""Events out of an article: `extract_events` puts together what the other modules of this package read.

Deterministic and pure: rules over words of the TOML files beside it, nothing learned, nothing downloaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from functools import cached_property

from crawler.events.choosing import LEAD_SENTENCES, choose_kind
from crawler.events.dates import Day, parse_published
from crawler.events.event import Agreement, Body, Event, EventKind, EventStatus
from crawler.events.figures import FigureReader
from crawler.events.kinds import SURE_POINTS, Scene, Scenes, is_crossing
from crawler.events.landscape import HOME, NEIGHBOURS, Landscape
from crawler.events.lexicon import Lexicon
from crawler.events.parties import MAX_BODIES, MAX_PAPERS, PartyReader
from crawler.events.people import PeopleReader
from crawler.events.places import PlaceReader
from crawler.events.posts import PostReader
from crawler.events.prose import Prose
from crawler.events.when import DAY_PRECISION, Dating, nearest_act
from crawler.events.where import Siting
from crawler.events.who import Cast

MAX_EVENTS = 4
HEAD_SENTENCES = 4
"""Sentences, with the title, that name the parties."""


_TOLD_BY_YEAR = frozenset(
    (EventKind.EXCHANGE, EventKind.INFRASTRUCTURE, EventKind.DEMARCATION, EventKind.GATE)
)
"""Kinds of which an earlier event is told by its year or month; of others that names a paper or period."""
_OF_OBJECTS = frozenset((EventKind.GATE, EventKind.INFRASTRUCTURE, EventKind.DEMARCATION))
"""Kinds of acts that are others at another gate, bridge or marker, though on the same day."""


def extract_events(title: str | None, text: str, published: str | None = None) -> tuple[Event, ...]:
    """Return the events that an article tells of, the main one first; at most `MAX_EVENTS`.

    Spans count characters of title and text in NFC with entities decoded, as the collection keeps them.

    Args:
        title: None where there is none.
        text: lead and body.
        published: ISO, as far as it is known: a day, a month or a year; None where nothing is.
    """
    return Article(title or "", text, parse_published(published)).events()


def _of_scenes(scenes: Sequence[Scene]) -> Set[str]:
    """Return the neighbours that scenes name."""
    return frozenset().union(*(scene.neighbours for scene in scenes))


class Article:
    """An article as all modules of this package read it."""

    def __init__(self, title: str, text: str, published: Day | None) -> None:
        self.lexicon = Lexicon.load()
        self.prose = Prose(title, text)
        self.land = Landscape(self.prose, self.lexicon)
        self.scenes = Scenes(self.prose, self.land, self.lexicon)
        self.posts = PostReader(self.prose, self.land, self.lexicon)
        self.siting = Siting(self.prose, PlaceReader(self.prose, self.land, self.lexicon), self.lexicon)
        self.parties = PartyReader(self.prose, self.land, self.lexicon, self.posts)
        self.cast = Cast(
            self.prose, self.scenes, PeopleReader(self.prose, self.land, self.lexicon, self.posts)
        )
        self.figures = FigureReader(self.prose, self.lexicon)
        self.dating = Dating(self.prose, self.scenes, published)

    def events(self) -> tuple[Event, ...]:
        """Return its events, the main one first."""
        kind = choose_kind(self.scenes) if self.is_possible else None
        if kind is None:
            return ()
        main = self._main(kind)
        found = [main]
        for event in self._further(main):
            if len(found) == MAX_EVENTS:
                break
            if all(self._differs(event, other) for other in found):
                found.append(event)
        return tuple(found)

    @property
    def is_possible(self) -> bool:
        """Whether there can be an event: a neighbour is concerned, and Viet Nam."""
        is_near = any(one.entry or one.side in NEIGHBOURS for one in self.land.order)
        return is_near and bool(self._neighbours) and self._is_ours

    @cached_property
    def _neighbours(self) -> tuple[str, ...]:
        """The neighbours that the article is about."""
        near = next(filter(None, self._named()), frozenset())
        return tuple(code for code in NEIGHBOURS if code in near)

    def _named(self) -> Iterator[Set[str]]:
        """Yield the neighbours of the title, of the lead, of its gates, of all, and that of its places."""
        scenes = self.scenes.scenes
        head = [scene for scene in scenes if scene.sentence.number <= LEAD_SENTENCES]
        yield _of_scenes(head[:1])
        yield _of_scenes(head)
        yield self._across_gates(head)
        yield _of_scenes(scenes)
        yield self._by_home()

    def _across_gates(self, scenes: Sequence[Scene]) -> Set[str]:
        """Return the neighbour to which the first gate leads that is named."""
        for scene in scenes:
            for one in self.land.within(scene.sentence.first, scene.sentence.end):
                if one.entry is not None and is_crossing(one):
                    return frozenset(one.entry.countries)
        return frozenset()

    @cached_property
    def _is_ours(self) -> bool:
        """Whether Viet Nam has a part: title or lead name it where they name others, or two neighbours."""
        sides = [
            {one.side for one in self.land.within(scene.sentence.first, scene.sentence.end)}
            for scene in self.scenes.scenes[:HEAD_SENTENCES]
        ]
        named = set().union(*sides)
        is_of_others = not named <= {HOME, *NEIGHBOURS} or len(set().union(*sides[:1]) & set(NEIGHBOURS)) > 1
        return HOME in named or not is_of_others or self.land.has_viet_in_row

    def _by_home(self) -> Set[str]:
        """Return the neighbour of the places of ours that are named, where they have one alone."""
        found = [set(one.entry.countries) for one in self.land.order if one.entry and one.entry.countries]
        both = self.scenes.scenes and any(scene.is_joint for scene in self.scenes.scenes)
        return found[0] if found and both and len(found[0]) == 1 else set()

    def _main(self, kind: EventKind) -> Event:
        named = [scene for scene in self.scenes.scenes if any(act.kind is kind for act in scene.acts)]
        dated = self.dating.best_date(kind)
        head = [scene for scene in named if scene.sentence.number <= 4]
        anchors = ([dated.scene] if dated else []) + [scene for scene in head if not scene.is_before]
        anchors = list(dict.fromkeys(anchors)) or named[:1]
        is_plan = self.dating.is_plan(kind, dated)
        acts = (act for scene in (anchors + named) for act in scene.acts if act.kind is kind)
        act = max(acts, key=lambda act: act.points)
        if is_plan and dated and not dated.scene.is_plan:
            near = nearest_act(dated)
            is_told = any(
                one.kind is kind and one.points >= SURE_POINTS and one.first < dated.at
                for one in dated.scene.acts
            )
            dated = dated if near is None or near.kind is kind or is_told else None
            is_plan = dated is None
        days = self.dating.days(dated, is_plan)
        if days and not is_plan and self.dating.is_ahead(days[0]):
            # What has happened did not happen after it was told: a day is announced, a month is another's.
            is_plan = days[0].day is not None
            dated, days = (dated, days) if is_plan else (None, None)
        told = [scene for scene in self.scenes.scenes if not scene.is_press]
        return Event(
            kind,
            EventStatus.PLANNED if is_plan else EventStatus.HELD,
            self.prose.span(act.first, act.end),
            str(days[0]) if days else None,
            str(days[1]) if days and days[1] and days[1] != days[0] else None,
            self.prose.span_of(dated.words.start, dated.words.end) if days and dated else None,
            self._neighbours,
            self.siting.places(self._near(anchors), kind, dated, is_main=True),
            tuple(self.cast.people(told, kind)),
            self._bodies(anchors),
            self._papers(),
            self.figures.of_event(self.scenes.scenes, kind),
        )

    def _near(self, anchors: Sequence[Scene]) -> list[Scene]:
        """Return the scenes of an event, those behind that may tell where it took place, and the lead."""
        last = max(scene.sentence.number for scene in anchors)
        telling = [
            scene
            for scene in self.scenes.scenes
            if not (scene.is_before or scene.sentence.is_caption or scene.is_press)
        ]
        following = (scene for scene in telling if last < scene.sentence.number <= last + 4)
        lead = (scene for scene in telling if scene.sentence.number <= HEAD_SENTENCES)
        return list({scene.sentence.number: scene for scene in (*anchors, *following, *lead)}.values())

    def _further(self, main: Event) -> Iterator[Event]:
        for dated in self.dating.dates:
            scene = dated.scene
            near = nearest_act(dated)
            if near is None or scene.sentence.is_caption or scene.is_press or self.dating.is_aside(dated):
                continue
            if not self.scenes.tie(near, scene) and near.kind is not main.kind:
                continue
            if scene.is_wish or (self.dating.is_framed(dated) and near.kind is not EventKind.AGREEMENT):
                continue
            if dated.words.precision < DAY_PRECISION and near.kind not in _TOLD_BY_YEAR:
                continue
            named = self.dating.day_before(dated) if dated.words.is_same else dated
            days = self.dating.calendar.resolve(named.words, scene.is_plan) if named else None
            if days is None:
                continue
            neighbours = tuple(code for code in NEIGHBOURS if code in scene.neighbours) or main.countries
            yield Event(
                near.kind,
                EventStatus.PLANNED if scene.is_plan and not scene.is_before else EventStatus.HELD,
                self.prose.span(near.first, near.end),
                str(days[0]),
                str(days[1]) if days[1] and days[1] != days[0] else None,
                self.prose.span_of(dated.words.start, dated.words.end),
                neighbours,
                self.siting.places([scene], near.kind, dated),
                tuple(self.cast.people([scene], near.kind)),
                self._bodies([scene]),
            )

    @staticmethod
    def _differs(one: Event, other: Event) -> bool:
        """Whether two events are not one: another day, or on one day another act at another place."""
        if one.date is None or other.date is None:
            return one.kind is not other.kind
        first, last = other.date, other.date_end or other.date
        is_within = first <= one.date <= last or (
            one.kind is other.kind and one.date <= first <= (one.date_end or one.date)
        )
        if first.startswith(one.date) or one.date.startswith(first) or is_within:
            places = ({place.name.casefold() for place in event.places} for event in (one, other))
            here, there = places
            may_differ = one.kind is not other.kind or one.kind in _OF_OBJECTS
            return may_differ and bool(here and there) and here.isdisjoint(there)
        return True

    def _bodies(self, scenes: Sequence[Scene]) -> tuple[Body, ...]:
        found: dict[str, Body] = {}
        for scene in scenes:
            for body in self.parties.bodies(scene.sentence.first, scene.sentence.end):
                key = body.name.casefold()
                if not any(key in other for other in found):
                    found.setdefault(key, body)
        return tuple(found.values())[:MAX_BODIES]

    def _papers(self) -> tuple[Agreement, ...]:
        found: dict[str, Agreement] = {}
        for scene in self.scenes.scenes:
            if scene.sentence.is_caption or scene.is_before:
                continue
            for paper in self.parties.papers(scene.sentence.first, scene.sentence.end):
                found.setdefault(paper.name.casefold(), paper)
        return tuple(found.values())[:MAX_PAPERS]
